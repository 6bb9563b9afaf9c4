"""Times in the application's rows: written in the row's own form by whoever writes, and told where nobody can read them."""
import json
import re
from datetime import datetime, timedelta

import pytest

from harness import KST, World, ago, delivered, failed, in_flight, iso, wait_for

# What drivers and languages write, and what is written beside it. `#` is a digit.
FORMS = [
    ("2026-11-29 14:29:21.397 +00:00", "Sequelize"),
    ("2026-11-29 14:29:21 UTC", "Ruby, Rails"),
    ("2026-11-29 23:29:21 +0900", "Ruby"),
    ("2026-11-29 23:29:21.397123+09:00", "Python, mattn/go-sqlite3"),
    ("2026-11-29 23:29:21.3971234", ".NET"),
    ("2026-11-29T23:29:21.397123456+09:00[Asia/Seoul]", "java.time"),
    ("2026-11-29 23:29:21", "PHP, SQLite"),
    ("2026-11-29T14:29:21.397Z", "JavaScript"),
    ("2026-11-29 23:29:21.397+09", "PostgreSQL's"),
    ("1795962561.397123", "time.time() as text"),
    ("2026-11-29 23:29:21.397 +0900 KST m=+0.012", "Go's String()"),
    ("2026-11-29T23:29:21+09:00", "this program until now"),
]


def like(text: str, moment: datetime) -> str:
    """That moment, of Korean time, in the form of that text."""
    if text[10:11] not in ("T", " "):
        whole, fraction = f"{moment.timestamp():.3f}".split(".")
        return f"{whole}.{fraction}000"
    text = re.sub(r" m=.*", "", text)
    if re.search(r"Z$|UTC|\+00:00", text):
        moment -= timedelta(hours=9)
    fraction = re.search(r":21(\.\d+)?", text)[1] or ""
    digits = f"{moment.microsecond // 1000:03}".ljust(9, "0")[:max(0, len(fraction) - 1)]
    return moment.strftime(f"%Y-%m-%d{text[10]}%H:%M:%S") + ("." + digits if fraction else "") \
        + text[19 + len(fraction):]


def shape(text) -> str:
    return re.sub(r"\d", "#", re.sub(r" m=.*", "", str(text)))


@pytest.fixture
def polling(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    world.write_config(api={"report_method": "polling"})
    yield world
    world.stop()


def set_times(world, key, accepted, updated=None):
    world.execute("UPDATE notification_history SET created_at = ?, updated_at = ? WHERE external_id = ?", accepted,
                  updated, key)


def test_what_is_written_has_the_form_of_the_rows_own_time(world):
    accepted = ago(hours=1)
    world.add_many([(f"FORM{index:04d}A01", [delivered()]) for index in range(2 * len(FORMS))])
    for index, (text, _) in enumerate(FORMS):
        if not text.startswith("179"):
            set_times(world, f"FORM{2 * index:04d}A01", like(text, accepted) + (" m=+0.012" if "m=" in text else ""))
        set_times(world, f"FORM{2 * index + 1:04d}A01", "2026-11-29 12:00", text)
    started = datetime.now(KST)
    assert world.once()["sent"] == 2 * len(FORMS)
    ended = datetime.now(KST)
    for index, (text, who) in enumerate(FORMS):
        for number in (2 * index, 2 * index + 1):
            if text.startswith("179") and number % 2 == 0:
                continue
            written = world.row(f"FORM{number:04d}A01")["updated_at"]
            assert shape(written) == shape(text), who
            assert like(text, started)[:16] <= written[:16] <= like(text, ended)[:16], who


def test_every_writer_keeps_the_form(world):
    old = "2026-11-29 23:29:21.397"
    world.add("WRITER0SENT", delivered())
    world.add("WRITER0DEAD", failed())
    world.add("WRITERSTALE", accepted=ago(days=4))
    for key in ("WRITER0SENT", "WRITER0DEAD"):
        set_times(world, key, ago(hours=1).strftime("%Y-%m-%d %H:%M:%S.000"), old)
    set_times(world, "WRITERSTALE", ago(days=4).strftime("%Y-%m-%d %H:%M:%S.000"))
    summary = world.once()
    assert (summary["sent"], summary["dead_letter"]["reported"], summary["dead_letter"]["stale"]) == (1, 1, 1)
    world.run("requeue", "WRITER0DEAD")
    world.run("requeue", "--reason", "stale")
    for key, status in (("WRITER0SENT", "SENT"), ("WRITER0DEAD", "PENDING"), ("WRITERSTALE", "PENDING")):
        row = world.row(key)
        assert row["status"] == status and shape(row["updated_at"]) == shape(old) and row["updated_at"] > old, key


def test_polled_and_late_reports_keep_the_form(polling):
    old = "2026-11-29T14:29:21.397123Z"
    for key, status in (("POLLED0001", "PENDING"), ("POLLED0002", "DEAD_LETTER")):
        polling.add(key, status=status, accepted=ago(minutes=20), at_provider=False)
        set_times(polling, key, old, None)
    polling.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(minutes=20)), "entries": [delivered()], "announce": True}
                            for key in ("POLLED0001", "POLLED0002")])
    summary = polling.once()
    assert (summary["sent"], summary["late"]) == (1, 1)
    for key in ("POLLED0001", "POLLED0002"):
        row = polling.row(key)
        assert row["status"] == "SENT" and shape(row["updated_at"]) == shape(old), key


@pytest.mark.parametrize("unit, other, time_format", [(1000, 1, "unix_ms"), (1, 1000, "unix")])
def test_a_strict_table_with_numbers_for_times(world, unit, other, time_format):
    """Each column's numbers count what they counted before."""
    world.execute("DROP TABLE notification_history")
    world.execute(
        "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL,"
        " service_type TEXT, report_code TEXT, error_message TEXT, created_at INTEGER NOT NULL, updated_at INTEGER)"
        " STRICT")
    world.write_config(store={"time_format": time_format})
    then = int(ago(hours=1).timestamp())
    rows = {"STRICT0NONE": (None, unit), "STRICT0SAME": (then * unit, unit), "STRICT0ZERO": (0, unit),
            "STRICTOTHER": (then * other, other)}
    for key, (updated, _) in rows.items():
        world.execute("INSERT INTO notification_history (external_id, status, created_at, updated_at)"
                      " VALUES (?, 'PENDING', ?, ?)", key, then * unit, updated)
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=1)), "entries": [delivered()]} for key in rows])
    assert world.once()["sent"] == len(rows)
    for key, (_, counted) in rows.items():
        assert 3590 < world.row(key)["updated_at"] / counted - then < 3700, key


def test_texts_of_acceptance_beside_a_column_of_numbers(world):
    """A row that was never updated says nothing of its numbers; a text a strict table would refuse."""
    world.execute("DROP TABLE notification_history")
    world.execute(
        "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL,"
        " service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT NOT NULL, updated_at INTEGER) STRICT")
    world.add("NUMBER0001", delivered())
    world.add("NUMBER0002", delivered())
    world.execute("UPDATE notification_history SET updated_at = 1795962561397 WHERE external_id = 'NUMBER0002'")
    assert world.once()["sent"] == 2
    now = datetime.now().timestamp()
    assert abs(world.row("NUMBER0001")["updated_at"] - now) < 60
    assert abs(world.row("NUMBER0002")["updated_at"] / 1000 - now) < 60


def test_in_the_order_of_text_it_is_the_order_of_time(world):
    moments = [ago(hours=3), ago(hours=2), ago(hours=1), ago(seconds=-600)]
    world.add_many([(f"ORDER{index:03d}A01", [delivered()] if index == 1 else [in_flight()]) for index in range(4)])
    for index, moment in enumerate(moments):
        set_times(world, f"ORDER{index:03d}A01", ago(hours=4).strftime("%Y-%m-%d %H:%M:%S.123"),
                  moment.strftime("%Y-%m-%d %H:%M:%S.123"))
    world.execute("UPDATE notification_history SET status = 'SENT' WHERE external_id = 'ORDER003A01'")
    world.once()
    order = [row[0][5:8] for row in world.query("SELECT external_id FROM notification_history ORDER BY updated_at")]
    assert order == ["000", "002", "001", "003"]


# What cannot be read as configured, and the format that could.
UNREADABLE = [
    ("iso8601", 1795962561397, "unix_ms"), ("iso8601", "1795962561", "unix"), ("unix_ms", 1795962561, "unix"),
    ("unix", "2026-11-29 23:29:21", "iso8601"), ("iso8601", "Sun Nov 29 23:29:21 KST 2026", None),
]


def loosen(world):
    """Columns without a type take numbers and texts as they are."""
    world.execute("DROP TABLE notification_history")
    world.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT,"
                  " service_type TEXT, report_code TEXT, error_message TEXT, created_at, updated_at)")


@pytest.mark.parametrize("time_format, value, remedy", UNREADABLE)
def test_check_tells_of_times_that_nobody_can_read(world, time_format, value, remedy):
    loosen(world)
    world.write_config(store={"time_format": time_format})
    assert "created_at" not in world.run("check", "--offline").stdout
    world.add_many([(f"UNREAD{index:03d}A01", []) for index in range(3)], at_provider=False)
    world.execute("UPDATE notification_history SET created_at = ?", value)
    for status, words in (("PENDING", "3 pending rows"), ("SENT", "3 of the newest settled rows")):
        world.execute("UPDATE notification_history SET status = ?", status)
        notes = [line for line in world.run("check", "--offline").stdout.splitlines() if "created_at" in line]
        assert len(notes) == 1 and notes[0].startswith("note  store: " + words) and "store.time_format" in notes[0]
        assert re.sub(r"\d", "#", str(value)) in notes[0] and str(value) not in notes[0], "nothing of the row itself"
        assert (f'looks like "{remedy}"' in notes[0]) == (remedy is not None)


def test_unreadable_rows_ring_until_there_are_none(world):
    world.write_config(reconcile={"interval": "2s"})  # so that on a machine that stalls no cycle is overdue
    world.add("READABLE01", in_flight())
    world.add_many([(f"UNREAD{index:03d}A01", [in_flight()]) for index in range(3)])
    world.execute("UPDATE notification_history SET created_at = 1795962561397 WHERE external_id LIKE 'UNREAD%'")
    world.execute("INSERT INTO notification_history (external_id, created_at) VALUES (CAST(x'ff' AS TEXT), ?)",
                  iso(ago(hours=1)))
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("UnreadableRows"), 15, "the alert")[0]
    assert alert["severity"] == "error" and alert["labels"] == {} and "check" in alert["summary"]
    assert "(accepted_at 3, message_key 1)" in alert["summary"]
    cycles = len(world.query("SELECT id FROM reconciler_cycle"))
    wait_for(lambda: len(world.query("SELECT id FROM reconciler_cycle")) >= cycles + 3, 15, "more cycles")
    assert [alert["state"] for alert in world.sink.of("UnreadableRows", "resolved")] == [], "asked about, they are the same"
    assert len(world.sink.of("UnreadableRows")) == 1
    status = world.run("status", "--json", "--check", expect=1)
    assert json.loads(status.stdout)["unreadable_rows"] == 4
    assert "UnreadableRows" in [alert["name"] for alert in json.loads(status.stdout)["alerts"]]
    world.execute("UPDATE notification_history SET created_at = ? WHERE external_id LIKE 'UNREAD%'", iso(ago(hours=1)))
    world.execute("DELETE FROM notification_history WHERE external_id = CAST(x'ff' AS TEXT)")
    wait_for(lambda: world.sink.of("UnreadableRows", "resolved"), 15, "its end")
    assert world.status()["unreadable_rows"] == 0
    daemon.stop()


def test_one_pass_tells_of_them_too_and_nothing_is_given_up(world):
    # So long that the last cycle does not count as overdue.
    world.write_config(alerts={"language": "ko"}, reconcile={"interval": "1m"})
    world.add("UNREAD0001", in_flight(), accepted=ago(days=9))
    world.execute("UPDATE notification_history SET created_at = '2026-11-20'")
    for _ in range(2):
        world.once()
    assert world.sink.names() == ["UnreadableRows"] and "읽을 수 없습니다" in world.sink.received[0]["summary"]
    assert world.counts() == {"PENDING": 1}
    world.run("status", "--check", expect=1)
    world.execute("UPDATE notification_history SET status = 'SENT'")
    world.once()
    assert world.sink.names("resolved") == ["UnreadableRows"]
    world.run("status", "--check")


def test_status_words_ring_only_where_none_is_configured(world):
    world.add_many([(f"WORDS{index:03d}A01", []) for index in range(3)], status="accepted", at_provider=False)
    world.once()
    assert world.sink.names() == ["UnreadableRows"] and "(status 3)" in world.sink.received[0]["summary"]
    assert world.status()["unreadable_rows"] == 3
    world.add("WORDS999A01", status="SENT", at_provider=False)
    world.once()
    assert world.sink.names("resolved") == ["UnreadableRows"], "others are the application's own"


@pytest.mark.parametrize("text", [text for text, _ in FORMS if not text.startswith("179")])
def test_what_drivers_write_is_read(world, text):
    """Old rows go stale, which only those do whose time is known."""
    world.add("DRIVER0001", accepted=ago(days=4))
    set_times(world, "DRIVER0001", like(text, ago(days=4)) + (" m=+0.012" if "m=" in text else ""))
    assert world.once()["dead_letter"]["stale"] == 1
