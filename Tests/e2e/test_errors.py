"""Bad input: one clear line that names the thing and the remedy, the right exit code, and nothing lost."""
import json
import os
import resource
import signal
import subprocess

import pytest

from disks import SmallDisk
from harness import RECONCILER, ago, delivered, failed, wait_for


def one_line(result, *words):
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert all(word in result.stderr for word in words), result.stderr
    assert "Fatal" not in result.stderr


HOSTILE = [{"report": [{"msgKey": "SILENT0001", "reportCode": code}]} for code in ("64008\x1b[2J", "6" * 17, "64008 x")]


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: json.dumps(content)[:40])
def test_what_is_no_answer_settles_nothing(world, content):
    """Success in every layer, but a code that cannot be one: never evidence, whatever the row's age."""
    data = {"code": "A000", "result": "Success", "data": content}
    body = json.dumps({"common": {"authCode": "A000", "infobankTrId": "tr-1"}, "data": data})
    world.simulator.faults({"kind": "body", "body": body, "status": 200})
    world.add("SILENT0001", accepted=ago(hours=100))
    result = world.run("once", expect=None)
    assert world.counts() == {"PENDING": 1} and "\x1b" not in result.stdout + result.stderr
    world.simulator.faults()
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")
    assert world.once()["dead_letter"]["stale"] == 1, "silence is over"


def test_a_missing_configuration(world):
    world.config_file.unlink()
    one_line(world.run("once", expect=78), "config.json5")


def test_a_broken_configuration_names_key_line_and_remedy(world):
    world.config_file.write_text('{\n  // comment\n  reconcile: {\n    intervall: "60s",\n  },\n}\n')
    result = world.run("check", "--offline", expect=78)
    assert "config.json5:4" in result.stderr and "intervall" in result.stderr and "interval" in result.stderr


def test_every_problem_of_a_configuration_has_its_own_whole_line(world):
    world.config_file.write_text('{reconcile: {intervall: "60s", after: "soon"},\n log: {level: "loud"}}')
    for words in (["check"], ["once"], ["run"], ["list"], ["status", "--check"]):
        lines = world.run(*words, expect=3 if "--check" in words else 78).stderr.splitlines()
        assert len(lines) == 3
        assert all(line.startswith(f"bizgo-reconciler: {world.config_file}:") for line in lines), lines


def test_a_key_file_others_can_read(world):
    world.key_file.chmod(0o644)
    one_line(world.run("once", expect=78), "api-key", "chmod")


def test_a_certificate_file_that_is_none(world):
    """Also where nothing would use it: the simulator speaks plain HTTP."""
    text = world.folder / "ca.pem"
    for path in (world.folder / "nothing.pem", world.folder, text):
        text.write_text("This is no certificate.\n")
        world.write_config(api={"ca_file": str(path)})
        for words in (["check"], ["check", "--offline"], ["once"], ["run"]):
            one_line(world.run(*words, expect=78), f"{world.config_file}: api.ca_file: ", str(path), "PEM")
    text.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    world.run("check", "--offline")


@pytest.mark.parametrize("content", ["", "two words\n", "trailing \n", "two\n\n", "tab\t\n"])
def test_a_bad_key_is_never_trimmed_and_never_shown(world, content):
    world.key_file.write_text(content)
    result = world.run("once", expect=78)
    one_line(result, "api-key")
    assert content.strip() == "" or content.strip() not in result.stderr


def test_a_missing_database(world):
    world.write_config(store={"path": str(world.folder / "nothing.db")})
    one_line(world.run("once", expect=78), "nothing.db", "init-db")
    assert not (world.folder / "nothing.db").exists()


def test_a_file_that_is_no_database(world):
    world.database.write_bytes(b"This is a letter, not a database.\n" * 100)
    for suffix in ("-wal", "-shm"):
        world.database.with_name(world.database.name + suffix).unlink(missing_ok=True)
    one_line(world.run("once", expect=78), "notifications.db")


def test_a_folder_instead_of_a_database(world):
    world.write_config(store={"path": str(world.folder)})
    one_line(world.run("once", expect=78), world.folder.name)


def test_a_missing_table_and_a_missing_column(world):
    world.write_config(store={"table": "messages"})
    one_line(world.run("once", expect=78), "messages", "notification_history")
    world.write_config(store={"table": "notification_history", "columns": {"report_code": "code"}})
    one_line(world.run("once", expect=78), "code")


def test_a_newer_schema(world):
    world.once()
    world.execute("UPDATE reconciler_meta SET value = '999' WHERE key = 'schema_version'")
    one_line(world.run("once", expect=78), "999")


def test_a_locked_database(world):
    world.once()
    world.add("LOCKED0001", delivered())
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    one_line(world.run("once", expect=75), "lock")
    connection.rollback()
    connection.close()
    assert world.once()["sent"] == 1


def test_what_was_done_before_the_database_was_locked_is_summed_up(world):
    world.once()
    world.add("LATE000001", delivered())
    # Long enough to lock the database before the answer comes, on a busy machine too.
    world.simulator.faults({"kind": "delay", "delay_ms": 8000})
    world.write_config(store={"busy_timeout": "100ms"}, api={"timeout": "30s"})
    command = [RECONCILER, "once", "--json", "--config", world.config_file]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: world.simulator.stats()["in_flight"] == 1, what="the question")
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    output, errors = process.communicate(timeout=60)
    connection.rollback()
    connection.close()
    assert process.returncode == 75 and "locked" in errors
    summary = json.loads(output)
    assert summary["due"] == 1 and summary["requests"] == 1 and summary["sent"] == 0


def test_a_full_disk(world):
    """A real file system without room, then with room again."""
    disk = SmallDisk(world)
    world.write_config(reconcile={"interval": "60s"})  # five of which are not over before `status` looks
    try:
        # The application is connected: its own part of the write-ahead log is there already.
        application = world.sql()
        application.execute("SELECT * FROM notification_history").fetchall()
        world.once()
        world.add_many([(f"FULL{index:05d}A01", [delivered()]) for index in range(3000)])
        world.once("--dry-run")
        world.query("PRAGMA wal_checkpoint(TRUNCATE)")
        disk.fill()
        one_line(world.run("once", expect=74), "full", "room")
        assert world.counts() == {"PENDING": 3000}
        assert world.sink.names() == ["StoreTrouble"]
        assert world.run("status", "--check", expect=1).stdout.count("StoreTrouble") == 1, "kept on the full disk"
        disk.make_room()
        assert world.once()["sent"] == 3000
        assert world.sink.names("resolved") == ["StoreTrouble"]
        assert world.integrity() == "ok"
        application.close()
    finally:
        disk.unmount()


def test_odd_names_and_times(world):
    world.execute('''CREATE TABLE "발송 ""이력""" ("no" INTEGER PRIMARY KEY, "메시지 키" TEXT, "상 태" TEXT, "접수" INTEGER)''')
    now = int(ago(hours=1).timestamp())
    world.execute('INSERT INTO "발송 ""이력""" VALUES (1, \'ODD0000001\', \'대기\', ?)', now)
    world.simulator.load([{"msgKey": "ODD0000001", "acceptedAt": now * 1000, "entries": [delivered()]}])
    world.write_config(store={
        "table": '발송 "이력"', "time_format": "unix",
        "columns": {"id": "no", "message_key": "메시지 키", "status": "상 태", "accepted_at": "접수", "service_type": None,
                    "report_code": None, "error_message": None, "updated_at": None},
        "statuses": {"pending": "대기", "sent": "완료", "dead_letter": "실패"}})
    assert world.once()["sent"] == 1
    assert world.query('SELECT "상 태" FROM "발송 ""이력"""')[0][0] == "완료"


def test_hostile_message_keys_stay_one_path_segment(world):
    for key in ("..", ".", "a/b", "a?b=c", "a%2Fb", "한글", "a b", "../../_sim/faults", "x" * 500, "a#b"):
        world.add(key, delivered(), at_provider=key not in ("..", "."))
    summary = world.once()
    assert summary["sent"] == 8 and summary["still_pending"] == 2


def test_a_row_that_the_applications_own_trigger_protects_does_not_block_the_others(world):
    world.add_many([(f"TRIG{index:04d}A01", [delivered()]) for index in range(50)])
    world.execute("CREATE TRIGGER guard BEFORE UPDATE ON notification_history WHEN old.external_id = 'TRIG0007A01' "
                  "BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    result = world.run("once", expect=78)
    assert "once" not in result.stderr and len(result.stderr.splitlines()) == 1
    assert "the row of msgKey TRIG0007A01 cannot be changed" in result.stderr
    assert world.counts() == {"SENT": 49, "PENDING": 1}
    assert world.sink.names() == ["StoreTrouble"]
    assert world.once()["due"] == 0, "put off"
    assert world.sink.names("resolved") == [], "still refused"
    world.execute("DROP TRIGGER guard")
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")
    assert world.once()["sent"] == 1
    assert world.sink.names("resolved") == ["StoreTrouble"]


def test_store_trouble_lasts_as_long_as_the_table_refuses_rows(world):
    """By a word that its CHECK does not know, and with cycles shorter than group_wait; a restart changes nothing."""
    world.write_config(reconcile={"interval": "1s"}, alerts={"group_wait": "2s"})
    world.execute("CREATE TRIGGER known BEFORE UPDATE ON notification_history WHEN new.status = 'DEAD_LETTER' "
                  "BEGIN SELECT RAISE(ABORT, 'no such word'); END")
    world.add_many([(f"REFUSE{index:02d}A01", [failed("64016")]) for index in range(5)])
    daemon = world.start()
    told = wait_for(lambda: world.sink.of("StoreTrouble"), 20, "StoreTrouble")
    assert "5 rows (msgKey REFUSE00A01, REFUSE01A01, REFUSE02A01, …)" in told[0]["summary"]
    # For `status` alone: after five intervals without a cycle it would be another exit code.
    world.write_config(reconcile={"interval": "60s"})
    assert world.run("status", "--check", expect=1).stdout.count("StoreTrouble") == 1
    status = json.loads(world.run("status", "--json").stdout)
    assert status["refused_rows"] == 5 and [alert["name"] for alert in status["alerts"]] == ["StoreTrouble"]
    daemon.stop()
    before = world.status()["last_cycle"]["started_at"]
    world.write_config(reconcile={"interval": "1s"})
    daemon = world.start()
    wait_for(lambda: world.status()["last_cycle"]["started_at"] > before, 20, "a cycle")
    assert world.sink.names("resolved") == []
    world.execute("UPDATE notification_history SET status = 'SENT'")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), 20, "its end")
    daemon.stop()
    assert len(world.sink.of("StoreTrouble")) == 1
    world.write_config(reconcile={"interval": "60s"})
    world.run("status", "--check", expect=0)


def test_store_trouble_is_told_once_by_many_runs_and_its_end_once(world):
    world.once()
    world.add("TROUBLE001", delivered())
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    memory = world.database.with_name(world.database.name + ".reconciler-trouble")
    for _ in range(3):
        one_line(world.run("once", expect=75), "lock")
    assert world.sink.names() == ["StoreTrouble"]
    assert memory.stat().st_mode & 0o777 == 0o600
    before = memory.read_bytes()
    assert world.run("once", "--dry-run", expect=None).returncode in (0, 75)
    assert memory.read_bytes() == before
    connection.rollback()
    connection.close()
    world.once("--dry-run")
    assert memory.read_bytes() == before and world.sink.names("resolved") == []
    for _ in range(2):
        world.once()
        assert world.sink.names() == ["StoreTrouble"] and world.sink.names("resolved") == ["StoreTrouble"]
        assert memory.read_text().isspace()


def test_trouble_with_a_missing_database_is_over_when_it_is_back(world):
    world.once()
    away = world.database.with_name("away.db")
    world.database.rename(away)
    for _ in range(2):
        world.run("once", expect=78)
    assert world.sink.names() == ["StoreTrouble"]
    away.rename(world.database)
    world.once()
    assert world.sink.names("resolved") == ["StoreTrouble"]


def test_a_daemon_ends_the_store_trouble_that_a_killed_one_told(world):
    world.write_config(alerts={"group_wait": "0s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.add("TROUBLE001", delivered())
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    memory = world.database.with_name(world.database.name + ".reconciler-trouble")
    wait_for(lambda: world.sink.of("StoreTrouble"), 20, "StoreTrouble")
    wait_for(lambda: not (text := memory.read_text()).isspace()
             and all("toldAt" in sink for sink in json.loads(text)["sinks"]), 20, "its memory of every sink")
    daemon.signal(signal.SIGKILL)
    daemon.process.wait(10)
    connection.rollback()
    connection.close()
    daemon = world.start()
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), 20, "its end")
    wait_for(lambda: memory.read_text().isspace(), 20, "an end of the memory")
    daemon.stop()
    assert not daemon.events("store.recovered")
    assert world.sink.names() == ["StoreTrouble"] and world.sink.names("resolved") == ["StoreTrouble"]


def test_no_written_file_takes_the_place_of_one_that_is_needed(world):
    """Also through a symbolic link; before anything is written."""
    world.add("SAFE000001", delivered())
    link = world.folder / "link"
    link.symlink_to(world.database)
    needed = {world.database: "store.path", link: "store.path", world.key_file: "api.key_file",
              world.database.with_name("notifications.db-wal"): "store.path",
              world.config_file: "the configuration itself"}
    before = {path: path.read_bytes() for path in (world.database, world.key_file)}
    for path, name in needed.items():
        for section, key in (("metrics", "textfile"), ("status_page", "file")):
            world.write_config(metrics={"textfile": None}, status_page={"file": None})
            world.write_config(**{section: {key: str(path)}})
            for words in (["check", "--offline"], ["run"], ["once"]):
                one_line(world.run(*words, expect=78), f"{world.config_file}:", f"{section}.{key}", name)
        world.write_config(metrics={"textfile": None}, status_page={"file": None})
        one_line(world.run("report", "--html", str(path), expect=74), str(path), name)
    assert before == {path: path.read_bytes() for path in before} and link.is_symlink()
    page = world.folder / "page.html"
    world.write_config(status_page={"file": str(page)})
    world.run("report", "--html", str(page))
    assert "<html" in page.read_text()


@pytest.mark.parametrize("change, words", [
    ("DROP TABLE reconciler_alert", ["reconciler_alert", "restore a backup"]),
    ("ALTER TABLE reconciler_audit DROP COLUMN detail", ["reconciler_audit", "detail", "restore a backup"]),
    ("UPDATE reconciler_meta SET value = 'abc' WHERE key = 'schema_version'", ["schema_version", "restore a backup"]),
])
def test_check_refuses_the_tables_that_once_refuses(world, change, words):
    world.once()
    world.execute(change)
    for command in (["check", "--offline"], ["once", "--dry-run"], ["once"], ["run"], ["status"]):
        result = world.run(*command, expect=78)
        one_line(result, str(world.database), *words)


def test_a_foreign_table_in_the_way_is_named(world):
    world.execute("CREATE TABLE reconciler_message (x)")
    for command in (["check", "--offline"], ["once"]):
        result = world.run(*command, expect=78)
        one_line(result, "reconciler_message", "rename")
        assert "CREATE TABLE" not in result.stderr


@pytest.mark.parametrize("room", [0, 6_000, 20_000, 40_000, 60_000])
def test_a_full_disk_leaves_nothing_of_a_new_database(world, room):
    world.database.unlink()
    before = set(os.listdir(world.folder))
    result = subprocess.run(
        [RECONCILER, "init-db", "--config", str(world.config_file)], capture_output=True, text=True, timeout=60,
        restore_signals=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    assert result.returncode == 74 and result.stderr.count("\n") == 1, result.stderr
    assert set(os.listdir(world.folder)) == before


# Otherwise a few requests would answer for all messages.
NO_HISTORY = {"kind": "status", "status": 404, "match": "history"}


def limited(world, soft, hard, *words):
    """A run with so many file descriptors."""
    return subprocess.run(
        [RECONCILER, words[0], "--config", str(world.config_file), *words[1:]], capture_output=True, text=True,
        timeout=60, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))


@pytest.mark.parametrize("limit", [8, 12, 16, 24, 31])
def test_too_few_descriptors_for_anything(world, limit):
    for words in (["run"], ["once"], ["check", "--offline"]):
        result = limited(world, limit, limit, *words)
        assert result.returncode == 70
        one_line(result, str(limit), "LimitNOFILE", "ulimit")


def test_too_few_descriptors_for_what_is_configured(world):
    world.write_config(api={"max_in_flight": 500})
    for words in (["run"], ["once"], ["check", "--offline"]):
        result = limited(world, 64, 64, *words)
        assert result.returncode == 78
        one_line(result, f"{world.config_file}: api.max_in_flight: ", "500", "64", "lower it to 5")
    assert limited(world, 32, 32, "status").returncode == 0


def settles_within(world, count, soft, hard):
    """All of so many messages, asked about one by one, in a run with so many file descriptors."""
    world.simulator.settings(latency_ms=50)
    world.simulator.faults(NO_HISTORY)
    world.add_many([(f"LIMIT{index:05d}A{index % 7}01", [delivered()]) for index in range(count)])
    result = limited(world, soft, hard, "once", "--json")
    assert result.returncode == 0 and json.loads(result.stdout)["sent"] == count, result.stderr


def test_descriptors_that_are_just_enough_are_enough(world):
    """With a host's name to be looked up, a page, metrics and slow answers, so that all are used at once."""
    world.write_config(api={"max_in_flight": 5, "base_url": world.simulator.url.replace("127.0.0.1", "localhost")},
                       status_page={"file": str(world.folder / "page.html")},
                       metrics={"textfile": str(world.folder / "m.prom")})
    settles_within(world, 60, 64, 64)


def test_a_soft_limit_is_raised(world):
    world.write_config(api={"max_in_flight": 200})
    settles_within(world, 400, 64, 4096)


def test_sockets_never_take_the_last_descriptors(world):
    """Whatever the limit was reckoned from: here it is lowered below what is configured while the daemon runs."""
    world.write_config(api={"max_in_flight": 200})
    world.simulator.settings(latency_ms=200)
    world.simulator.faults(NO_HISTORY)
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (42, 4096))
    world.add_many([(f"CROWD{index:04d}A{index % 7}01", [delivered()]) for index in range(400)])
    daemon.wait_for_event("provider.unreachable")
    daemon.wait_for_event("cycle.failed", 2)
    assert world.counts().get("DEAD_LETTER", 0) == 0
    daemon.stop()


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_nobody_elses(world, redirection):
    """The next file that is opened would get the number, and the log would be written into it."""
    world.once()
    world.write_config(log={"level": "debug"})
    world.add("CLOSED0001", delivered())
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$0" run --config "$1" {redirection}', RECONCILER, world.config_file],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    world.processes.append(process)
    wait_for(lambda: world.row("CLOSED0001")["status"] == "SENT", 20, "a settlement")
    streams = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1, 2)]
    assert not any(str(world.folder) in place or "anon" in place or "socket" in place for place in streams), streams
    process.terminate()
    assert process.wait(20) == 0
    lock = world.database.with_name(world.database.name + ".reconciler-lock")
    assert lock.read_text() == f"{process.pid}\n"
    assert world.integrity() == "ok"


def test_an_answer_that_nobody_gets_is_a_failure(world):
    command = f'exec "{RECONCILER}" status --json --config "{world.config_file}" >&-'
    result = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=30)
    assert result.returncode == 74
    one_line(result, "standard output")
