"""The commands as a person types them."""
import json
import os
import re
import subprocess
from datetime import timedelta

import pytest

from harness import RECONCILER, ago, delivered, failed, iso


def call(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([RECONCILER, *words], capture_output=True, text=True, timeout=30)


def test_usage_errors_are_one_line_and_exit_64():
    for words in ([], ["frobnicate"], ["once", "--jsn"], ["once", "extra"], ["show"], ["list", "--limit"],
                  ["list", "--limit", "many"], ["requeue"], ["record", "one", "two"],
                  ["send", "one", "two"], ["status", "--json=yes"], ["help", "nothing"]):
        result = call(*words)
        assert result.returncode == 64, (words, result)
        assert len(result.stderr.splitlines()) == 1 and result.stdout == "", (words, result)


def test_help_and_version():
    overview = call("help").stdout
    for command in ("run", "once", "check", "status", "list", "show", "requeue", "record", "send", "ack", "alert-test", "init-db", "backup",
                    "report", "demo", "completion", "version"):
        assert f"  {command} " in overview
        assert call("help", command).stdout.startswith(f"bizgo-reconciler {command}")
        assert call(command, "--help").stdout == call("help", command).stdout
    assert call("--help").stdout == overview
    assert call("version").stdout.startswith("bizgo-reconciler ")


@pytest.mark.skipif("BINARIES" in os.environ, reason="not the default build")
def test_the_default_build_needs_no_servers_client_library():
    linked = subprocess.run(["ldd", RECONCILER], capture_output=True, text=True, check=True).stdout
    assert "libsqlite3.so" in linked and "libmariadb" not in linked and "libpq" not in linked


def test_init_db_makes_the_table_once(world):
    world.database.unlink()
    for suffix in ("-wal", "-shm"):
        world.database.with_name(world.database.name + suffix).unlink(missing_ok=True)
    world.run("init-db")
    assert world.query("PRAGMA journal_mode")[0][0] == "wal"
    world.add("INIT000001", delivered())
    assert world.once()["sent"] == 1
    again = world.run("init-db", expect=78)
    assert len(again.stderr.splitlines()) == 1
    assert world.counts() == {"SENT": 1}


def test_check_says_what_is_fine(world):
    result = world.run("check")
    assert "provider" in result.stdout and result.stderr == ""
    world.run("check", "--offline")
    assert world.simulator.stats()["total"] == 1, "one authenticated request, and none offline"


def test_status_words_that_fit_no_row_are_told(world):
    world.add("FOREIGN001", delivered(), status="pending")
    checked = world.run("check", "--offline")
    once = world.run("once", "--json")
    for text in (checked.stdout, once.stderr):
        assert re.search(r'none of the newest 1 rows has a status .*PENDING.*pending', text), text
    assert "level=warn event=store.unmapped_statuses" in once.stderr
    world.add("KNOWN00001", delivered())
    assert "none of the newest" not in world.run("check", "--offline").stdout + world.run("once").stderr


def test_check_finds_a_refused_key(world):
    world.key_file.write_text("another-key\n")
    result = world.run("check", expect=69)
    assert "A401" in result.stderr and "another-key" not in result.stderr + result.stdout
    world.run("check", "--offline")


def test_check_finds_a_sink_that_cannot_be_reached(world):
    world.config["alerts"]["sinks"] = [{"type": "webhook", "url": "http://127.0.0.1:9/nobody"}]
    world.write_config()
    assert "webhook" in world.run("check", expect=78).stderr


def test_check_tells_of_everything_and_its_exit_code_of_the_database_first(world):
    world.execute("PRAGMA journal_mode = DELETE")
    world.once()
    world.key_file.write_text("another-key\n")
    world.config["alerts"]["sinks"] = [{"type": "webhook", "url": "http://127.0.0.1:9/nobody"}]
    world.write_config(store={"busy_timeout": "100ms"})

    def check(expect):
        complaints = world.run("check", expect=expect).stderr
        assert "A401" in complaints and "sink webhook" in complaints, complaints
        return complaints

    assert "store:" not in check(78), "the provider's refusal does not come before what is wrong here"
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    assert "locked" in check(75)
    connection.rollback()
    connection.close()
    content = world.database.read_bytes()
    world.database.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert "damaged" in check(74)


@pytest.mark.parametrize("words", [["check"], ["check", "--offline"]])
def test_check_looks_for_the_program_of_a_command_sink(world, words):
    folder = world.folder / "bin"
    folder.mkdir()
    program = folder / "tell-ops"
    program.write_text("#!/bin/sh\n")
    env = {"PATH": f"/nowhere:{folder}"}

    def check(name, expect):
        world.config["alerts"]["sinks"] = [{"type": "command", "argv": [str(name), "x"]}]
        world.write_config()
        result = world.run(*words, expect=expect, env=env)
        assert ("sink command" in result.stderr) == (expect != 0), result.stderr

    check(folder, 78)
    check(program, 78)
    check("/dev/null", 78)
    check("tell-ops", 78)
    program.chmod(0o755)
    check(program, 0)
    check("tell-ops", 0)
    check("tell-nobody", 78)
    check(folder / "nothing", 78)


def test_status_counts_and_checks(world):
    world.write_config(reconcile={"interval": "60s"})  # five of which are not over before the test is
    world.run("status", "--check", expect=3)
    world.add("STATUS0001", failed("64016"))
    world.add("STATUS0002", delivered())
    world.add("STATUS0003", accepted=ago(hours=3))
    world.once()
    status = world.status()
    assert status["messages"] == {"pending": 1, "sent": 1, "dead_letter": 1}
    assert 3 * 3600 - 5 <= status["oldest_pending_age_seconds"] <= 3 * 3600 + 60
    assert status["dead_letter_by_reason"]["reported"] == 1
    assert set(status["last_cycle"]) >= {"started_at", "duration_ms", "result"}
    assert status["last_cycle"]["result"] == "ok"
    assert set(status["provider"]) >= {"state", "since"} and status["provider"]["state"] == "ok"
    assert status["schema_version"] >= 1
    alert, = status["alerts"]
    assert set(alert) >= {"name", "severity", "state", "count", "since", "acked"}
    assert (alert["name"], alert["severity"], alert["state"], alert["count"], alert["acked"]) == \
        ("DeadLetters", "error", "firing", 1, False)
    assert world.run("status", "--check", expect=1)
    world.add("STATUS0004", failed("64008"))
    world.once()
    world.run("status", "--check", expect=2)
    assert "AccountRefused" in world.run("status").stdout


def test_status_check_is_critical_when_no_cycle_succeeded_for_long(world):
    world.write_config(reconcile={"interval": "50ms"})
    world.once()
    import time

    time.sleep(0.5)
    world.run("status", "--check", expect=2)
    world.write_config(reconcile={"interval": "60s"})
    world.run("status", "--check", expect=0)


def test_status_cannot_tell_without_a_database(world):
    world.write_config(store={"path": str(world.folder / "nothing.db")})
    world.run("status", "--check", expect=3)


def test_status_does_not_say_that_nothing_is_pending_when_it_cannot_tell_how_long(world):
    assert "nothing pending" in world.run("status").stdout
    for key, time in (("TIMELESS01", "yesterday"), ("TIMELESS02", "soon"), (None, iso(ago(hours=1)))):
        world.execute("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)", key, time)
    text = world.run("status").stdout
    assert "unknown: 2 without a readable time, 1 not accepted yet" in text and "nothing pending" not in text
    world.add("TIMELY0001", accepted=ago(hours=2))
    assert "pending for 2h" in world.run("status").stdout


HOSTILE = "a\x1b[2Jb\r\nc\td\u202ee\u2028f\x07g\u200bh\x9bi"
SHOWN = r"a\u001b[2Jb\r\nc\td\u202ee\u2028f\u0007g\u200bh\u009bi"


def test_foreign_text_does_not_steer_the_terminal(world):
    """Whatever stands in the table: one row a line, and nothing hidden in it."""
    world.execute("INSERT INTO notification_history (external_id, status, report_code, error_message, created_at, "
                  "updated_at) VALUES (?, ?, ?, ?, ?, ?)", *[HOSTILE] * 6)
    missing = HOSTILE + "!"
    results = [world.run("list"), world.run("show", HOSTILE), world.run("show", missing, expect=1),
               world.run("requeue", HOSTILE, missing, expect=1)]
    for result in results:
        assert SHOWN in result.stdout + result.stderr
        for line in (result.stdout + result.stderr).split("\n"):
            assert line.isprintable(), line
    assert len(results[0].stdout.split("\n")) == 3 and results[0].stdout.count(SHOWN) == 4
    assert results[1].stdout.count(SHOWN) == 6
    for result in results[2:]:
        assert result.stderr.count("\n") == 1
    message, = json.loads(world.run("list", "--json").stdout)
    assert message["msg_key"] == HOSTILE, "programs get it as it is"


def test_list_filters(world):
    world.add("LIST000001", failed("64016"))
    world.add("LIST000002", delivered())
    world.add("LIST000003", accepted=ago(hours=80))
    world.once()

    def keys(*words):
        return [message["msg_key"] for message in json.loads(world.run("list", "--json", *words).stdout)]

    assert sorted(keys()) == ["LIST000001", "LIST000002", "LIST000003"]
    assert keys("--status", "sent") == ["LIST000002"]
    assert sorted(keys("--status", "dead_letter")) == ["LIST000001", "LIST000003"]
    assert keys("--reason", "stale") == ["LIST000003"]
    assert len(keys("--limit", "1")) == 1
    assert "LIST000001" in world.run("list").stdout
    assert world.run("list", "--reason", "bored", expect=64)


def test_list_by_time_of_acceptance_and_service_type(world):
    """Whatever form a time is in; without an offset it is in `time_zone`."""
    world.config["time_zone"] = "Z"
    world.write_config()
    for key, kind, accepted in [
            ("SINCE00001", "ALIMTALK", "2026-11-29 00:25:00"), ("SINCE00002", "SMS", "2026-11-28T15:30:00Z"),
            ("SINCE00003", "ALIMTALK", "2026-11-29T12:00:00.5+09:00"), ("SINCE00004", "SMS", "2026-11-29T09:00:00"),
            ("SINCE00005", None, "soon")]:
        world.execute("INSERT INTO notification_history (external_id, status, service_type, created_at) "
                      "VALUES (?, 'SENT', ?, ?)", key, kind, accepted)

    def ends(*words):
        return "".join(message["msg_key"][-1] for message in json.loads(world.run("list", "--json", *words).stdout))

    assert ends() == "54321"
    assert ends("--since", "2026-11-29") == "43", "midnight of UTC: 09:00 in the rows' zone, itself included"
    assert ends("--since", "2026-11-29T00:00:00+09:00") == "4321"
    assert ends("--since", "2026-11-28 15:25", "--until", "2026-11-28T15:30:00") == "1", "its end is not in it"
    assert ends("--until=2026-11-28T15:30:01Z") == "21"
    assert ends("--service-type", "SMS") == "42" and ends("--service-type", "SMS", "--since", "2026-11-29") == "4"
    assert ends("--since", "2026-11-29", "--status", "pending") == ""
    assert ends("--since", "2026-11-29", "--limit", "1") == "4"
    # What `list` prints of a time can be asked for.
    printed = world.run("list", "--since=2026-11-29", "--limit", "1").stdout.splitlines()[1]
    assert ends("--since", re.search(r"20\S+ \S+ [+]\S+", printed)[0]) == "43"
    world.config["time_zone"] = "Asia/Seoul"
    world.write_config(store={"service_types": ["ALIMTALK"]})
    assert ends("--since", "2026-11-29") == "31"
    for words, complaint in [
            (["--since", "yesterday"], "list: --since wants a time such as 2026-11-29, 2026-11-29T15:25 or "
                                       "2026-11-29T15:25:30+09:00, not `yesterday`"),
            (["--until", "2026-11-31"], "--until wants a time"),
            (["--since=2026-11-30", "--until=2026-11-30"], "--since 2026-11-30 00:00:00 +09:00 is not before --until"),
            (["--service-type", "SMS"], "store.service_types does not name `SMS`")]:
        result = world.run("list", *words, expect=64)
        assert complaint in result.stderr and result.stderr.count("\n") == 1 and result.stdout == ""
    world.write_config(store={"service_types": None, "columns": {"service_type": None}})
    assert "store.columns.service_type is null" in world.run("list", "--service-type", "SMS", expect=64).stderr


def test_show_tells_the_whole_story(world):
    world.add("SHOW000001", failed("64016"))
    world.once()
    story = json.loads(world.run("show", "SHOW000001", "--json").stdout)
    assert story["msg_key"] == "SHOW000001" and story["status"] == "DEAD_LETTER" and story["reason"] == "reported"
    assert story["timeline"][-1]["to_status"] == "dead_letter" or story["timeline"]
    assert "64016" in world.run("show", "SHOW000001").stdout
    assert world.run("show", "NOBODY0001", expect=1).stderr.count("\n") == 1


def test_requeue_by_key_and_by_reason(world):
    world.add_many([(f"REQ{index:05d}A01", [failed("64008")]) for index in range(5)])
    world.add("REQOTHER01", failed("64016"))
    world.once()
    world.run("requeue", "REQ00000A01")
    assert world.row("REQ00000A01")["status"] == "PENDING"
    assert (world.row("REQ00000A01")["report_code"], world.row("REQ00000A01")["error_message"]) == (None, None)
    world.run("requeue", "--reason", "reported", "--code", "64008")
    assert world.counts() == {"PENDING": 5, "DEAD_LETTER": 1}
    world.simulator.load([{"msgKey": f"REQ{index:05d}A01", "entries": [delivered()]} for index in range(5)])
    summary = world.once()
    assert summary["due"] == 5 and summary["sent"] == 5, "due at once"
    missing = world.run("requeue", "NOBODY0001", expect=None)
    assert missing.returncode != 0 and "NOBODY0001" in missing.stderr


def test_requeue_of_a_time(world):
    today = ago().date()
    day_before, day, next_day = (today - timedelta(days=days) for days in (3, 2, 1))
    days = {"REQDAY0001": f"{day_before}T23:59:59", "REQDAY0002": f"{day}T00:00:00",
            "REQDAY0003": f"{day} 14:00:00Z", "REQDAY0004": f"{day}T15:00:00+00:00"}
    for key, accepted in days.items():
        world.execute("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)", key, accepted)
    world.simulator.load([{"msgKey": key, "entries": [failed("64008")]} for key in days])
    world.once()
    assert world.counts() == {"DEAD_LETTER": 4}
    for words in (["--since", f"{day}"], ["REQDAY0001", "--until", f"{day}"]):
        result = world.run("requeue", *words, expect=64)
        assert "--since T and --until T narrow" in result.stderr and result.stderr.count("\n") == 1
    assert "--until wants a time" in world.run("requeue", "--reason=reported", "--until=now", expect=64).stderr
    assert world.counts() == {"DEAD_LETTER": 4}
    result = world.run("requeue", "--reason", "reported", "--since", f"{day}", "--until", f"{next_day}", "--json")
    assert json.loads(result.stdout) == {
        "requeued": ["REQDAY0002", "REQDAY0003"], "not_found": [], "not_dead_letters": [], "not_ours": [], "refused": [],
        "refusal": None}
    assert result.stdout.count("\n") == 1 and result.stderr.count("event=message.requeued") == 2
    assert {key: world.row(key)["status"] for key in days} == {
        "REQDAY0001": "DEAD_LETTER", "REQDAY0002": "PENDING", "REQDAY0003": "PENDING", "REQDAY0004": "DEAD_LETTER"}
    result = world.run("requeue", "REQDAY0001", "REQDAY0002", "NOBODY0001", "--json", expect=1)
    told = json.loads(result.stdout)
    assert (told["requeued"], told["not_dead_letters"], told["not_found"]) == (["REQDAY0001"], ["REQDAY0002"], ["NOBODY0001"])
    assert "no such message: NOBODY0001; not a dead letter: REQDAY0002" in result.stderr


def test_once_ends_with_a_line_for_people(world):
    world.add("HUMAN00001", delivered())
    lines = world.run("once").stdout.splitlines()
    assert "1 sent" in lines[-1] and all("event=" in line for line in lines[:-1])


def test_the_log_holds_no_key_no_phone_number_and_no_provider_text(world):
    world.simulator.load([])
    world.add("CANARY0001", failed("64016", "수신자 01000000009 CANARYTEXT"))
    world.write_config(log={"level": "debug"})
    result = world.run("once")
    everything = result.stdout + result.stderr + json.dumps(world.sink.received)
    for row in world.query("SELECT * FROM reconciler_audit"):
        everything += str(tuple(row))
    for secret in ("sim-key-for-tests", "01000000009", "CANARYTEXT"):
        assert secret not in everything
    assert "01000000009" not in world.row("CANARY0001")["error_message"]


def test_explain(world):
    world.add("EXPLAIN001", accepted=ago(minutes=2), at_provider=False)
    world.add("EXPLAIN002", accepted=ago(hours=2), at_provider=False)
    world.add("EXPLAIN003", accepted=ago(hours=2), at_provider=False)
    world.add("EXPLAIN004", status="SENT", at_provider=False)
    before = world.database.read_bytes()
    assert "left to its webhook" in world.run("explain", "EXPLAIN001").stdout
    due = world.run("explain", "EXPLAIN002").stdout
    assert "asked about in the next cycle" in due and "the status of its send EXPLAIN, together with 1 other" in due
    assert "given up when asked after" in due
    told = json.loads(world.run("explain", "EXPLAIN002", "--json").stdout)
    assert told["turn"] == "due" and told["by"] == "request_status" and told["given_up_at"]
    assert "its row says how it ended" in world.run("explain", "EXPLAIN004").stdout
    assert "there is no message `NOSUCH0001`" in world.run("explain", "NOSUCH0001", expect=1).stderr
    assert world.database.read_bytes() == before
    world.add_many([(f"BUSY{index:05d}001", []) for index in range(400)], at_provider=False)
    assert "a sweep through the history of sends since" in world.run("explain", "BUSY00003001").stdout
