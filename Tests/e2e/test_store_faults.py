"""The store as the field has it: a file with two names, tables that change under the daemon, keys, functions and
schemas of the application's own. What is one row's trouble keeps nobody else; what is the whole table's is over as soon
as it is mended; and no advice destroys a healthy file."""
import os
import shutil
import signal
import sqlite3
import subprocess

import pytest

from harness import RECONCILER, TABLE, World, ago, delivered, failed, iso, wait_for

READERS = [["status"], ["list"], ["report", "--html", "page.html"], ["backup", "copy.db"]]
WRITERS = [["check"], ["check", "--offline"], ["once"], ["once", "--dry-run"], ["run"],
           ["requeue", "TWONAME001"]]


def one_line(result, *words):
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert all(word in result.stderr for word in words), result.stderr


def application(world) -> sqlite3.Connection:
    """With what only the application has."""
    connection = sqlite3.connect(world.database, timeout=30, isolation_level=None)
    connection.create_function("app_fn", 1, lambda value: value, deterministic=True)
    connection.create_collation("korean", lambda one, other: (one > other) - (one < other))
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


@pytest.fixture(params=["asking", "polling"])
def reported(tmp_path, request):
    """A world whose outcomes are asked for, or fetched by polling, as `report` has it."""
    polls = request.param == "polling"
    world = World(tmp_path, *(["--report-method", "polling"] if polls else []))
    world.write_config(api={"report_method": "polling" if polls else "webhook"}, alerts={"group_wait": "0s"})

    def report(messages, table="notification_history"):
        accepted = iso(ago(seconds=5) if polls else ago(hours=1))

        def write():
            connection = application(world)
            connection.executemany(f"INSERT INTO {table} (external_id, created_at) VALUES (?, ?)",
                                   [(key, accepted) for key, _ in messages])
            connection.close()

        def load():
            world.simulator.load([{"msgKey": key, "acceptedAt": accepted, "entries": entries, "announce": polls}
                                  for key, entries in messages])

        # No daemon asks about a row that the provider does not know yet, nor fetches a report that has no row yet.
        for step in (write, load) if polls else (load, write):
            step()

    world.report = report
    yield world
    world.stop()


def files(folder) -> set[str]:
    return set(os.listdir(folder))


# MARK: Two names for one database

def namespaced(script: str, *words, check: bool = False) -> subprocess.CompletedProcess:
    """A shell script in mounts of its own; skips the test where none can be had."""
    unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    probe = subprocess.run([*unshare, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"nothing can be mounted here: {probe.stderr.strip()}")
    return subprocess.run([*unshare, "sh", "-ec", script, "sh", *map(str, words)], capture_output=True, text=True,
                          timeout=60, check=check)


class SecondName:
    """The application works on the database by one name, the reconciler is configured with another."""

    def __init__(self, world, kind: str):
        self.world, self.kind = world, kind
        self.folder = world.folder / "elsewhere"
        self.folder.mkdir()
        self.path = self.folder / "notifications.db"
        if kind == "hard link":
            os.link(world.database, self.path)
        else:
            self.path.touch()
        world.write_config(store={"path": str(self.path)})

    def run(self, *words) -> subprocess.CompletedProcess:
        command = [RECONCILER, words[0], "--config", self.world.config_file, *words[1:]]
        if self.kind == "hard link":
            return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.world.folder)
        mount = 'cd "$1"; mount --bind "$2" "$3"; shift 3; exec "$@"'
        return namespaced(mount, self.world.folder, self.world.database, self.path, *command)


@pytest.fixture(params=["hard link", "bind mount"])
def second(world, request):
    world.add_many([(f"TWONAME{index:03d}", [delivered()]) for index in range(300)])
    world.query("PRAGMA wal_checkpoint(TRUNCATE)")
    yield SecondName(world, request.param)


def test_the_application_loses_nothing_by_a_second_name(world, second):
    """It works in WAL by its own name, checkpoints later, and finds its file as it left it."""
    connection = application(world)
    assert connection.execute("SELECT count(*) FROM notification_history").fetchone()[0] == 300
    result = second.run("once")
    assert result.returncode == 78, result.stdout + result.stderr
    one_line(result, "store.path", str(second.path), "mount its folder")
    connection.execute("INSERT INTO notification_history (external_id, created_at) VALUES ('LATER00001', ?)",
                       (iso(ago(minutes=1)),))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    second.run("once")
    connection.close()
    assert world.counts() == {"PENDING": 301} and world.integrity() == "ok"


def test_nobody_opens_a_database_by_a_second_name(world, second):
    before, beside = files(world.folder), files(second.folder)
    for words in WRITERS + READERS:
        result = second.run(*words)
        assert result.returncode == 78, (words, result.stdout, result.stderr)
        one_line(result, "store.path", str(second.path), "mount its folder")
    assert second.run("status", "--check").returncode == 3
    assert files(second.folder) == beside and files(world.folder) == before, "no file was made"
    assert world.simulator.stats()["requests"] == {} and world.sink.received == []


def test_init_db_fills_no_file_with_two_names(world):
    empty = world.folder / "empty.db"
    empty.touch()
    second = world.folder / "second.db"
    os.link(empty, second)
    world.write_config(store={"path": str(second)})
    one_line(world.run("init-db", expect=78), "store.path", "hard links")
    assert empty.stat().st_size == 0 and not (world.folder / "second.db-wal").exists()


def test_a_configuration_with_a_second_name_is_not_taken(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    second = world.folder / "elsewhere" / "notifications.db"
    second.parent.mkdir()
    os.link(world.database, second)
    world.write_config(store={"path": str(second)})
    daemon.signal(signal.SIGHUP)
    assert "hard links" in daemon.wait_for_event("daemon.reload_failed")[0]
    world.add("STAYS00001", delivered())
    wait_for(lambda: world.row("STAYS00001")["status"] == "SENT", what="work by the old configuration")
    assert files(second.parent) == {"notifications.db"}
    daemon.stop()


def test_a_file_with_two_names_that_takes_the_place_of_the_open_one(world):
    world.write_config(alerts={"group_wait": "0s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    folder = world.folder / "elsewhere"
    folder.mkdir()
    other = folder / "notifications.db"
    copy = sqlite3.connect(other)
    copy.execute(TABLE)
    copy.execute("INSERT INTO notification_history (external_id, created_at) VALUES ('OTHER00001', ?)",
                 (iso(ago(hours=1)),))
    copy.commit()
    copy.close()
    world.simulator.load([{"msgKey": "OTHER00001", "acceptedAt": iso(ago(hours=1)), "entries": [delivered()]}])
    new = world.folder / "new.db"
    os.link(other, new)
    for suffix in ("-wal", "-shm"):
        world.database.with_name(world.database.name + suffix).unlink(missing_ok=True)
    new.rename(world.database)
    assert "hard links" in wait_for(lambda: world.sink.of("StoreTrouble"), what="StoreTrouble")[0]["summary"]
    daemon.wait_for_event("cycle.failed", 2)
    assert not any(world.database.with_name(world.database.name + suffix).exists() for suffix in ("-wal", "-shm"))
    other.unlink()
    wait_for(lambda: world.row("OTHER00001")["status"] == "SENT", what="work on the file with one name")
    daemon.wait_for_event("store.recovered")
    daemon.stop()


def test_links_and_mounted_folders_are_no_second_names(world):
    """A symbolic link to the file, one to its folder, and the folder mounted elsewhere: the log is where the file is."""
    world.add_many([(f"ONENAME{index:03d}", [delivered()]) for index in range(3)])
    link = world.folder / "link.db"
    link.symlink_to(world.database)
    folder = world.folder / "linked"
    folder.symlink_to(world.folder, target_is_directory=True)
    for path in (link, folder / "notifications.db"):
        world.write_config(store={"path": str(path)})
        world.run("check", "--offline")
        world.once()
    assert world.counts() == {"SENT": 3}
    mounted = world.folder / "mounted"
    mounted.mkdir()
    world.add("ONENAME100", delivered())
    world.write_config(store={"path": str(mounted / "notifications.db")})
    command = [RECONCILER, "once", "--config", world.config_file]
    result = namespaced('mount --bind "$1" "$2"; shift 2; exec "$@"', world.folder, mounted, *command)
    assert result.returncode == 0, result.stderr
    assert world.row("ONENAME100")["status"] == "SENT"


def test_an_overlay_has_its_own_way_to_count_links(world):
    """What lies in a layer below may have links there; the overlay's file is another one as soon as it is written."""
    world.add("OVERLAY001", delivered())
    world.query("PRAGMA journal_mode=DELETE")
    lower = world.folder / "lower"
    lower.mkdir()
    os.link(world.database, lower / "notifications.db")
    for name in ("upper", "work", "merged"):
        (world.folder / name).mkdir()
    world.write_config(store={"path": str(world.folder / "merged" / "notifications.db")})
    script = """cd "$1"; shift; mount -t tmpfs none work; mkdir work/up work/w; touch work/ok
        mount -t overlay overlay -o lowerdir=lower,upperdir=work/up,workdir=work/w merged || exit 99
        "$@" check --offline --config config.json5; "$@" once --config config.json5
        ln merged/notifications.db merged/second.db
        "$@" once --config config.json5"""
    result = namespaced(script, world.folder, RECONCILER)
    if result.returncode == 99:
        pytest.skip(f"no overlay here: {result.stderr}")
    assert result.returncode == 78, result.stderr
    assert "1 due: 1 sent" in result.stdout and result.stderr.count("hard links") == 1, result.stdout + result.stderr


# MARK: Trouble of the whole table

FAULTS = {
    "a renamed column": ("ALTER TABLE notification_history RENAME COLUMN report_code TO result_code",
                         "ALTER TABLE notification_history RENAME COLUMN result_code TO report_code", "report_code"),
    "a dropped column": ("ALTER TABLE notification_history DROP COLUMN updated_at",
                         "ALTER TABLE notification_history ADD COLUMN updated_at TEXT", "updated_at"),
    "a renamed table": ("ALTER TABLE notification_history RENAME TO history",
                        "ALTER TABLE history RENAME TO notification_history", "notification_history"),
    "a function": ("CREATE TRIGGER tell AFTER UPDATE ON notification_history BEGIN SELECT app_fn(new.status); END",
                   "DROP TRIGGER tell", "app_fn"),
    "a function of an index": ("CREATE INDEX tell ON notification_history (app_fn(status))", "DROP INDEX tell", "app_fn"),
    "a table": ("CREATE TRIGGER tell AFTER UPDATE ON notification_history BEGIN INSERT INTO journal VALUES (1); END",
                "DROP TRIGGER tell", "journal"),
}
KEYS = [f"WHOLE{index:05d}" for index in range(12)]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_the_table_is_the_whole_stores_trouble(reported, fault):
    """Named, tried again every cycle, and over in the cycle after the mend."""
    world = reported
    breaking, mending, name = FAULTS[fault]
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    application(world).execute(breaking)
    world.report([(key, [delivered()]) for key in KEYS],
                 "history" if fault == "a renamed table" else "notification_history")
    told = wait_for(lambda: world.sink.of("StoreTrouble"), what="StoreTrouble")[0]["summary"]
    assert name in told and "others are settled" not in told and "UPDATE" not in told, told
    daemon.wait_for_event("cycle.failed", 3)
    assert world.query("SELECT count(*) FROM reconciler_message WHERE refusal IS NOT NULL")[0][0] == 0
    one_line(world.run("check", "--offline", expect=78), name)
    application(world).execute(mending)
    daemon.wait_for_event("store.recovered")
    wait_for(lambda: world.counts() == {"SENT": len(KEYS)}, what="all of them")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="its end")
    daemon.stop()


def test_a_pass_by_itself_fails_as_a_whole_and_goes_on_at_once(world):
    world.once()
    world.add_many([(key, [delivered()]) for key in KEYS])
    for breaking, mending, name in FAULTS.values():
        application(world).execute(breaking)
        one_line(world.run("once", expect=78), name)
        one_line(world.run("requeue", KEYS[0], expect=78), name)
        application(world).execute(mending)
    assert world.once()["sent"] == len(KEYS)
    assert world.sink.names("resolved") == world.sink.names() != []


# MARK: Rows that are refused

GUARD = ("CREATE TRIGGER guard BEFORE UPDATE OF status ON notification_history "
         "WHEN old.external_id IN (SELECT key FROM frozen) BEGIN SELECT RAISE(ABORT, 'frozen'); END")


def frozen(world, *keys):
    """A table that refuses these rows, by what stands in another one."""
    connection = application(world)
    connection.execute("CREATE TABLE frozen (key TEXT)")
    connection.executemany("INSERT INTO frozen VALUES (?)", [(key,) for key in keys])
    connection.execute(GUARD)
    connection.close()


def mend_definition(world, daemon):
    world.execute("DROP TRIGGER guard")
    return daemon


def mend_and_reload(world, daemon):
    world.execute("DELETE FROM frozen")
    daemon.signal(signal.SIGHUP)
    return daemon


def mend_and_restart(world, daemon):
    daemon.stop()
    world.execute("DELETE FROM frozen")
    return world.start()


@pytest.mark.parametrize("mend", [mend_definition, mend_and_reload, mend_and_restart])
def test_refused_rows_are_tried_at_once_when_they_may_be_taken(reported, mend):
    world = reported
    frozen(world, KEYS[0], KEYS[1])
    world.report([(key, [delivered()]) for key in KEYS])
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT") == len(KEYS) - 2, what="the others")
    assert "frozen" in wait_for(lambda: world.sink.of("StoreTrouble"), what="StoreTrouble")[0]["summary"]
    daemon = mend(world, daemon)
    wait_for(lambda: world.counts() == {"SENT": len(KEYS)}, what="those, too")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="its end")
    daemon.stop()
    assert len(world.sink.of("StoreTrouble")) == 1


def test_refused_rows_are_put_off_while_nothing_is_mended(world):
    """A single pass tries them again when the table is another one."""
    frozen(world, KEYS[0])
    world.add(KEYS[0], delivered())
    world.run("once", expect=78)
    assert world.once()["due"] == 0
    world.execute("DROP TRIGGER guard")
    assert world.once()["sent"] == 1
    assert world.sink.names("resolved") == ["StoreTrouble"]


def test_a_row_whose_values_an_index_cannot_take_is_one_rows_trouble(world):
    """A failure's text is no JSON, which only shows when it is written."""
    world.execute("CREATE INDEX detail ON notification_history (json_extract(error_message, '$.reason'))")
    world.add_many([(key, [delivered()]) for key in KEYS[1:]])
    world.add(KEYS[0], failed())
    one_line(world.run("once", expect=78), KEYS[0], "cannot be changed", "JSON")
    assert world.counts() == {"SENT": len(KEYS) - 1, "PENDING": 1}


def test_requeue_goes_on_with_the_rows_that_are_taken(world):
    world.add_many([(key, [failed()]) for key in KEYS])
    world.once()
    frozen(world, KEYS[3])
    result = world.run("requeue", *KEYS, expect=78)
    assert f"{len(KEYS) - 1} messages are pending again" in result.stdout
    one_line(result, "refuses", KEYS[3], "frozen")
    assert world.counts() == {"PENDING": len(KEYS) - 1, "DEAD_LETTER": 1}
    result = world.run("requeue", "--reason", "reported", expect=78)
    one_line(result, "refuses", KEYS[3])


# MARK: Schemas and damage

def change_schema(world, sql: str, *values):
    """Behind SQLite's back, as another version of it would have written it."""
    connection = sqlite3.connect(world.database, timeout=30, isolation_level=None)
    version = connection.execute("PRAGMA schema_version").fetchone()[0]
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute(sql, values)
    connection.execute(f"PRAGMA schema_version={version + 1}")
    connection.close()


def put_into_schema(world, name: str, sql: str):
    change_schema(world, "INSERT INTO sqlite_schema VALUES ('trigger', ?, 'notification_history', 0, ?)", name, sql)


NEWER = "CREATE TRIGGER newer AFTER UPDATE ON notification_history WHENEVER new.status BEGIN SELECT 1; END"


def test_a_schema_of_a_newer_sqlite_is_no_damage(world):
    world.once()
    world.add("NEWER00001", delivered())
    put_into_schema(world, "newer", NEWER)
    for words in (["check", "--offline"], ["once", "--dry-run"], ["once"], ["run"], ["status"],
                  ["backup", str(world.folder / "copy.db")]):
        result = world.run(*words, expect=78)
        one_line(result, str(world.database), "newer in the schema", f"SQLite {sqlite3.sqlite_version}",
                 "newer libsqlite3")
        assert not any(word in result.stderr for word in ("damaged", "backup", ".recover")), result.stderr


def test_a_newer_schema_while_the_daemon_runs(world):
    world.write_config(alerts={"group_wait": "0s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.add("NEWER00001", delivered(), at_provider=False)
    put_into_schema(world, "newer", NEWER)
    told = wait_for(lambda: world.sink.of("StoreTrouble"), what="StoreTrouble")[0]["summary"]
    assert "newer libsqlite3" in told and "damaged" not in told
    connection = sqlite3.connect(world.database, timeout=30, isolation_level=None)
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute("DELETE FROM sqlite_schema WHERE name = 'newer'")
    connection.execute("PRAGMA writable_schema=RESET")
    connection.close()
    daemon.wait_for_event("store.recovered")
    daemon.stop()


def test_damage_is_said_of_damage(world):
    world.query("PRAGMA journal_mode=DELETE")
    world.add_many([(f"DAMAGE{index:04d}", [delivered()]) for index in range(3000)], at_provider=False)
    pages = world.query("PRAGMA page_count")[0][0]
    with world.database.open("r+b") as file:
        file.seek(4096 * (pages // 2))
        file.write(b"x" * 4096 * 4)
    result = world.run("once", expect=74)
    one_line(result, "is damaged", "quick_check", "restore a backup")


def test_an_index_out_of_step_is_no_damage(world):
    """SQLite says "malformed" of it, too."""
    world.add_many([(key, [delivered()]) for key in KEYS])
    world.execute("UPDATE notification_history SET report_code = 'old'")
    world.execute("CREATE INDEX step ON notification_history (service_type)")
    change_schema(world, "UPDATE sqlite_schema SET sql = replace(sql, 'service_type', 'report_code') WHERE name = 'step'")
    result = world.run("once", expect=78)
    one_line(result, "quick_check finds the file sound", "REINDEX")
    assert "restore" not in result.stderr and ".recover" not in result.stderr
    world.execute("REINDEX step")
    assert world.once()["sent"] == len(KEYS)
    assert world.integrity() == "ok"


def test_sqlites_own_functions_in_a_schema_are_no_obstacle(world):
    """An index on a JSON value and a generated column of one: usual things, which an untrusted schema may not hold."""
    world.execute("CREATE INDEX kind ON notification_history (json_extract(service_type, '$.kind'))")
    world.execute("ALTER TABLE notification_history ADD COLUMN kind TEXT AS (json_extract(service_type, '$.kind'))")
    world.add_many([(key, [delivered()]) for key in KEYS])
    world.run("check", "--offline")
    assert world.once()["sent"] == len(KEYS)
    world.run("status")


# MARK: Foreign keys

def lookup(world, *words, key: str = "status", deferred: bool = False, parent: str = "word TEXT PRIMARY KEY"):
    """The table with a key into a table of words."""
    connection = application(world)
    connection.execute("DROP TABLE notification_history")
    connection.execute(f"CREATE TABLE words ({parent})")
    connection.executemany("INSERT INTO words (word) VALUES (?)", [(word,) for word in words])
    suffix = " DEFERRABLE INITIALLY DEFERRED" if deferred else ""
    connection.execute(TABLE.rstrip().removesuffix(")") +
                       f", customer INTEGER REFERENCES customers (id), FOREIGN KEY ({key}) REFERENCES words (word){suffix})")
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    connection.close()


@pytest.mark.parametrize("deferred", [False, True], ids=["immediate", "deferred"])
def test_a_word_that_its_table_lacks_is_a_refusal_that_names_the_key(world, deferred):
    lookup(world, "PENDING", "SENT", deferred=deferred)
    one_line(world.run("check", "--offline", expect=78), "store.statuses.dead_letter", '"DEAD_LETTER"', "words (word)",
             "status")
    world.add_many([(key, [delivered()]) for key in KEYS[2:]] + [(key, [failed()]) for key in KEYS[:2]])
    result = world.run("once", expect=78)
    one_line(result, "2 rows", KEYS[0], "cannot be changed", "status refers to words (word)", '"DEAD_LETTER"')
    assert world.counts() == {"SENT": len(KEYS) - 2, "PENDING": 2}
    assert world.query("PRAGMA foreign_key_check") == []
    connection = application(world)
    connection.execute("UPDATE notification_history SET status = status")
    connection.execute("INSERT INTO words VALUES ('DEAD_LETTER')")
    connection.close()
    world.run("check", "--offline")
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")
    assert world.once()["dead_letter"]["reported"] == 2
    assert world.sink.names("resolved") == ["StoreTrouble"]


def test_a_report_code_may_be_a_key_too(world):
    lookup(world, "64016", key="report_code")
    one_line(world.run("check", "--offline", expect=78), '"10000"', "words (word)", "report_code")
    world.add(KEYS[0], failed("64016"))
    world.add(KEYS[1], failed("64017"))
    world.add(KEYS[2], delivered())
    one_line(world.run("once", expect=78), "2 rows", "report_code refers to words (word)")
    assert world.row(KEYS[0])["report_code"] == "64016"
    assert world.counts() == {"DEAD_LETTER": 1, "PENDING": 2}


def test_requeue_keeps_the_keys(world):
    lookup(world, "SENT", "DEAD_LETTER")
    world.execute("INSERT INTO notification_history (external_id, status, created_at) VALUES (?, 'DEAD_LETTER', ?)",
                  KEYS[0], iso(ago(hours=1)))
    one_line(world.run("requeue", KEYS[0], expect=78), KEYS[0], '"PENDING"', "words (word)")
    assert world.counts() == {"DEAD_LETTER": 1}


def test_reports_keep_the_keys_however_they_come(reported):
    world = reported
    lookup(world, "PENDING", "SENT")
    world.report([(KEYS[0], [failed()]), (KEYS[1], [delivered()])])
    daemon = world.start()
    told = wait_for(lambda: world.sink.of("StoreTrouble"), what="StoreTrouble")[0]["summary"]
    assert KEYS[0] in told and "words (word)" in told
    wait_for(lambda: world.counts() == {"SENT": 1, "PENDING": 1}, what="the other")
    daemon.stop()
    assert world.query("PRAGMA foreign_key_check") == []


def test_a_dangling_key_of_another_column_stops_nobody(world):
    lookup(world, "PENDING", "SENT", "DEAD_LETTER")
    world.add_many([(KEYS[0], [delivered()]), (KEYS[1], [failed()])])
    world.execute("UPDATE notification_history SET customer = 4711")
    assert len(world.query("PRAGMA foreign_key_check")) == 2
    world.run("check", "--offline")
    assert world.once()["sent"] == 1
    assert world.counts() == {"SENT": 1, "DEAD_LETTER": 1}


def test_a_key_to_what_cannot_be_one_is_named(world):
    lookup(world, "PENDING", "SENT", "DEAD_LETTER", parent="word TEXT")
    for words in (["check", "--offline"], ["once"], ["run"]):
        one_line(world.run(*words, expect=78), "foreign key", "words", "UNIQUE")


# MARK: What only the application has

NEEDS = {
    "a trigger": ("CREATE TRIGGER tell AFTER UPDATE ON notification_history BEGIN SELECT app_fn(new.status); END",
                  ["trigger tell", "function app_fn"]),
    "an expression index": ("CREATE INDEX tell ON notification_history (app_fn(status))",
                            ["index tell", "function app_fn"]),
    "a partial index": ("CREATE INDEX tell ON notification_history (id) WHERE app_fn(status) = 'PENDING'",
                        ["index tell", "function app_fn"]),
    "a generated column": ("ALTER TABLE notification_history ADD COLUMN shown TEXT AS (app_fn(status))",
                           ["table notification_history", "function app_fn"]),
    "a check": ("ALTER TABLE notification_history ADD COLUMN x CHECK (app_fn(status) <> 'LOST')",
                ["table notification_history", "function app_fn"]),
    "a trigger with a function of SQLite's used otherwise": (
        "CREATE TRIGGER tell AFTER UPDATE ON notification_history BEGIN SELECT abs(1, 2); END",
        ["trigger tell", "function abs"]),
    "a trigger with a function that no schema may use": (
        "CREATE TRIGGER tell AFTER UPDATE ON notification_history BEGIN SELECT load_extension(new.status); END",
        ["trigger tell", "function load_extension"]),
    "a trigger that compares": (
        "CREATE TRIGGER tell AFTER UPDATE ON notification_history WHEN new.status > 'A' COLLATE korean "
        "BEGIN SELECT 1; END", ["trigger tell", "collation korean"]),
}


@pytest.mark.parametrize("create_index", [False, True])
@pytest.mark.parametrize("what", NEEDS)
def test_what_only_the_application_has_is_named_with_what_needs_it(world, what, create_index):
    definition, names = NEEDS[what]
    world.write_config(store={"create_index": create_index})
    world.add("NEEDS00001", delivered())
    application(world).execute(definition).fetchall()
    before = world.query("SELECT * FROM sqlite_schema WHERE name NOT GLOB 'reconciler_*'")
    for words in (["check", "--offline"], ["once", "--dry-run"], ["once"], ["run"]):
        if what == "a check" and "--dry-run" in words:
            continue  # a connection that only reads knows no CHECK
        result = world.run(*words, expect=78)
        one_line(result, str(world.database), *names)
        assert "SQLite error" not in result.stderr and "UPDATE" not in result.stderr
    assert world.counts() == {"PENDING": 1}
    assert world.query("SELECT * FROM sqlite_schema WHERE name NOT GLOB 'reconciler_*'") == before


def test_a_collation_of_the_applications_is_named(world):
    connection = application(world)
    connection.execute("DROP TABLE notification_history")
    connection.execute(TABLE.replace("status TEXT", "status TEXT COLLATE korean"))
    connection.close()
    world.write_config(store={"create_index": True})
    for words in (["check", "--offline"], ["once"], ["run"], ["status"]):
        one_line(world.run(*words, expect=78), "table notification_history", "collation korean")


def test_what_is_not_ours_to_use_is_no_obstacle(world):
    """Collations and functions of columns and triggers that a settlement does not touch."""
    world.add("OTHERS0001", delivered())
    connection = application(world)
    connection.execute("ALTER TABLE notification_history ADD COLUMN title TEXT COLLATE korean")
    connection.execute("CREATE INDEX by_title ON notification_history (title)")
    connection.execute("CREATE INDEX by_function ON notification_history (app_fn(service_type))")
    connection.execute("CREATE TRIGGER tell AFTER UPDATE OF title ON notification_history BEGIN SELECT app_fn(1); END")
    connection.close()
    world.run("check", "--offline")
    assert world.once()["sent"] == 1


def test_check_writes_nothing(world):
    lookup(world, "PENDING", "SENT", "DEAD_LETTER")
    world.add("NOWRITE001", delivered())
    world.query("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(world.database, world.folder / "before.db")
    connection = application(world)
    connection.execute("BEGIN IMMEDIATE")  # a writer at work does not hold it up
    world.run("check", "--offline", timeout=20)
    connection.rollback()
    connection.close()
    assert world.database.read_bytes() == (world.folder / "before.db").read_bytes()
