"""`send`: rows first, nothing twice, none forgotten."""
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from harness import RECONCILER, ago, delivered, wait_for
from webhooks import listening

ALIMTALK = {"alimtalk": {"senderKey": "S", "templateCode": "T", "text": "hello 안녕", "msgType": "AT"}}


def body(count: int, start: int = 0, **fields) -> dict:
    to = [{"to": f"010{index:08d}", "replaceWords": {"name": "x"}} for index in range(start, start + count)]
    return {"destinations": to, "messageFlow": [ALIMTALK, {"sms": {"from": "0200000000", "text": "hello"}}], **fields}


def start(world, request, *words: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [RECONCILER, "send", "--config", str(world.config_file), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    # It may have ended without reading.
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(request if isinstance(request, str) else json.dumps(request, ensure_ascii=False))
    process.stdin = None
    world.processes.append(process)
    return process


def send(world, request, *words: str, expect: int = 0) -> subprocess.CompletedProcess:
    process = start(world, request, *words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == expect, (process.returncode, out, err)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def messages(world) -> list[dict]:
    return world.simulator.control("messages")


def rows(world) -> list:
    return world.query("SELECT * FROM notification_history ORDER BY id")


def open_sends(world) -> int:
    return world.query("SELECT count(*) FROM reconciler_send WHERE try_at IS NOT NULL")[0][0]


def check_all_accounted_for(world, recipients: int):
    """Every recipient has exactly one message at the provider, and that one has a row of its own."""
    sent = messages(world)
    assert len(sent) == recipients, "sent twice, or not at all"
    assert len({message["to"] for message in sent}) == recipients
    assert sorted(row["external_id"] for row in rows(world)) == sorted(message["msgKey"] for message in sent)
    assert {row["status"] for row in rows(world)} == {"PENDING"}
    assert open_sends(world) == 0
    assert world.query("SELECT count(*) FROM reconciler_send WHERE body IS NOT NULL")[0][0] == 0
    assert world.integrity() == "ok"


def test_a_send_has_rows_with_keys_which_are_then_settled(world):
    world.simulator.settings(outcome="delivered")
    result = send(world, body(3))
    keys = [message["msgKey"] for message in messages(world)]
    assert result.stdout.split() == [word for key in keys for word in ("accepted", key)]
    assert [row["external_id"] for row in rows(world)] == keys
    assert {row["service_type"] for row in rows(world)} == {"ALIMTALK"}
    refs = [message["ref"] for message in messages(world)]
    key = world.query("SELECT send_key FROM reconciler_send")[0][0]
    assert refs == [f"{key}.{number}" for number in (1, 2, 3)]
    assert "010000" not in result.stdout + result.stderr
    told = json.loads(send(world, body(1, 3), "--json").stdout)
    assert told["accepted"] == [messages(world)[3]["msgKey"]] and told["rejected"] == told["unknown"] == []
    world.write_config(reconcile={"after": "1s"})
    wait_for(lambda: world.once() and world.counts() == {"SENT": 4})


def test_each_recipients_own_code_counts(world):
    request = body(3)
    request["destinations"][1]["to"] = "not-a-number"
    result = send(world, request)
    assert "not accepted  recipient 2 of 3: A306" in result.stdout
    assert [(row["external_id"] is None, row["status"]) for row in rows(world)] == [
        (False, "PENDING"), (True, "DEAD_LETTER"), (False, "PENDING")]
    assert rows(world)[1]["error_message"] == "[NOT ACCEPTED] A306"
    request["destinations"] = [{"to": "not-a-number"}]
    assert "nothing was accepted" in send(world, request, expect=69).stderr


@pytest.mark.parametrize("request_body, word", [
    ("", "JSON object"), ("{}", "destinations"), (body(1, idempotencyKey="mine"), "idempotencyKey"),
    (body(1, ref="mine"), "ref"), (body(201), "1 to 200")])
def test_what_is_no_request_is_65_and_leaves_nothing(world, request_body, word):
    result = send(world, request_body, expect=65)
    assert word in result.stderr and len(result.stderr.splitlines()) == 1
    assert world.counts() == {} and messages(world) == []


def test_a_refused_key_is_69_and_final(world):
    world.key_file.write_text("another-key\n")
    result = send(world, body(2), expect=69)
    assert "A401" in result.stdout and "another-key" not in result.stdout + result.stderr
    assert world.counts() == {"DEAD_LETTER": 2} and open_sends(world) == 0


def test_the_older_generation_cannot_send(world):
    world.write_config(api={"generation": "omni", "client_id": "sim-client", "client_password_file": str(world.key_file)})
    del world.config["api"]["key_file"]
    world.write_config()
    assert "omni" in send(world, body(1), expect=78).stderr
    assert messages(world) == []


def test_a_table_that_cannot_have_such_rows_is_said_before_anything_is_sent(world):
    world.execute("DROP TABLE notification_history")
    world.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, status TEXT,"
                  " service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT NOT NULL, updated_at TEXT)")
    assert "external_id" in send(world, body(1), expect=78).stderr
    assert messages(world) == []


def test_a_mapped_table_in_its_own_words(world):
    world.execute("CREATE TABLE talk (message TEXT UNIQUE, state INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT)")
    columns = {"id": None, "message_key": "message", "status": "state", "accepted_at": "at", "service_type": "kind",
               "report_code": None, "error_message": None, "updated_at": None}
    world.write_config(store={"table": "talk", "columns": columns, "time_format": "unix_ms", "service_types": ["TALK"],
                              "statuses": {"pending": "0", "sent": "1", "dead_letter": "2"}})
    request = body(2)
    request["destinations"][1]["to"] = "not-a-number"
    send(world, request)
    found = [(row["message"], row["state"], row["kind"]) for row in world.query("SELECT * FROM talk")]
    assert found == [(messages(world)[0]["msgKey"], 0, "TALK"), (None, 2, "TALK")]


@pytest.mark.parametrize("answer, kills", [("with_key", 50), ("without_key", 10), ("refusal", 10)])
def test_killed_between_the_providers_accept_and_our_commit(world, answer, kills):
    world.simulator.settings(duplicate_answer=answer, send_rate=0)
    world.simulator.faults({"match": "send", "kind": "delay", "delay_ms": 60_000})  # nobody lives to hear of it
    for number in range(kills):
        process = start(world, body(2, number * 2))
        wait_for(lambda: len(messages(world)) == number * 2 + 2)
        process.kill()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()
        # The next one would go on with it.
        world.execute("UPDATE reconciler_send SET try_at = try_at + 600000 WHERE try_at IS NOT NULL")
    world.simulator.faults()
    assert open_sends(world) == kills
    world.execute("UPDATE reconciler_send SET try_at = created_at")
    wait_for(lambda: world.once() and open_sends(world) == 0, 60)
    check_all_accounted_for(world, kills * 2)


def test_killed_at_any_moment(world):
    world.simulator.settings(send_rate=0)
    # The moments are those of this machine, as busy as it is.
    began = time.monotonic()
    send(world, body(1))
    life = time.monotonic() - began
    for number in range(1, 40):
        process = start(world, body(1, number))
        time.sleep(life * number / 40)
        process.kill()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()
    accounted = world.query("SELECT count(*) FROM reconciler_send")[0][0]
    wait_for(lambda: world.once() and open_sends(world) == 0, 60)
    assert 1 < accounted <= 40
    check_all_accounted_for(world, accounted)


@pytest.mark.parametrize("fault", [
    {"kind": "delay", "delay_ms": 3000, "times": 1}, {"kind": "truncate"}, {"kind": "reset"}, {"kind": "close"}, {"kind": "garbage"},
    {"kind": "status", "status": 503}, {"kind": "status", "status": 500}, {"kind": "empty_body"}])
def test_without_an_answer_it_is_repeated_by_itself(world, fault):
    # It waits for five seconds longer than for one answer.
    world.write_config(api={"timeout": "1s" if fault["kind"] == "delay" else "10s"})
    world.simulator.faults({"match": "send", "times": 2, **fault})
    result = send(world, body(2))
    assert result.stdout.count("accepted") == 2 and "event=send.open" in result.stderr
    check_all_accounted_for(world, 2)


def test_a_provider_that_is_down_is_69_and_the_next_pass_sends(world):
    world.write_config(api={"timeout": "500ms"})
    world.simulator.faults({"match": "send", "kind": "status", "status": 503})
    result = send(world, body(2), expect=69)
    assert "do not send it again" in result.stderr and result.stdout.count("not known") == 2
    assert world.counts() == {"PENDING": 2} and open_sends(world) == 1
    world.simulator.faults()
    world.execute("UPDATE reconciler_send SET try_at = created_at")
    world.once()
    check_all_accounted_for(world, 2)


def test_a_limit_is_waited_for(world):
    world.simulator.faults({"match": "send", "kind": "status", "status": 429, "retry_after": 1, "times": 1})
    send(world, body(1))
    check_all_accounted_for(world, 1)


def test_the_next_send_finds_out_about_the_one_before(world):
    world.simulator.faults({"match": "send", "kind": "delay", "delay_ms": 2000, "times": 1})
    process = start(world, body(1))
    wait_for(lambda: len(messages(world)) == 1)
    process.kill()
    process.communicate()
    send(world, body(1, 1))
    check_all_accounted_for(world, 2)


def test_past_its_keys_time_it_is_told_and_never_sent_again(world):
    world.simulator.faults({"match": "send", "kind": "close"})
    world.write_config(api={"timeout": "500ms"})
    send(world, body(2), expect=69)
    tried = world.simulator.stats()["total"]
    world.simulator.faults()
    world.execute("UPDATE reconciler_send SET created_at = created_at - 26 * 3600000, try_at = 0")
    world.once()
    world.execute("UPDATE reconciler_send SET try_at = 0")
    world.once()
    assert messages(world) == [] and open_sends(world) == 0
    assert world.counts() == {"PENDING": 2}
    assert world.simulator.stats()["total"] <= tried + 2
    alert = world.sink.of("StaleMessages")[0]
    assert alert["count"] == 2 and all(example.startswith("bzr-") for example in alert["examples"])


def test_beside_a_daemon_the_daemon_sends(world):
    world.write_config(reconcile={"interval": "60s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    result = send(world, body(3))
    assert result.stdout.count("accepted") == 3 and "event=send" not in result.stderr
    assert len(daemon.wait_for_event("send.accepted")) == 1
    check_all_accounted_for(world, 3)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    send(world, body(1, 3))
    check_all_accounted_for(world, 4)
    daemon.stop()


def seconds_until_tried(world, database) -> float:
    """From the newest send's rows to its first request."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        begun, tried = connection.execute(
            "SELECT created_at, last_tried_at FROM reconciler_send ORDER BY created_at DESC LIMIT 1").fetchone()
    return (tried - begun) / 1000


@pytest.mark.measures
def test_a_daemon_takes_a_send_at_once_also_on_another_database(world):
    world.write_config(reconcile={"interval": "60s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    for database in (world.database, world.folder / "other.db"):
        if database != world.database:
            world.write_config(store={"path": str(database)})
            world.run("init-db")
            daemon.signal(signal.SIGHUP)
            daemon.wait_for_event("daemon.reloaded")
        for number in range(2):
            # What the daemon looked at by itself is over.
            time.sleep(2)
            told = daemon.events("send.accepted")
            send(world, body(1, number))
            daemon.wait_for_event("send.accepted", len(told) + 1)
            assert seconds_until_tried(world, database) < 1
    daemon.stop()


@pytest.mark.measures
def test_a_daemon_without_a_watch_looks_for_who_rings_and_for_no_more(world):
    """As where other programs have taken all the watches that the system has for a user."""
    without = ("unshare", "--user", "--map-root-user", "sh", "-c", 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
               "sh")
    probe = subprocess.run([*without, "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"watches cannot be taken away here: {probe.stderr.strip()}")
    world.write_config(reconcile={"interval": "60s"})
    world.add("ASKED00001", delivered(), accepted=ago(seconds=5))
    daemon = world.start(under=without)
    daemon.wait_for_event("daemon.ready")
    # Descriptors come and go while they are listed.
    listed = subprocess.run(["ls", "-l", f"/proc/{daemon.process.pid}/fd"], capture_output=True, text=True).stdout
    assert "eventpoll" in listed and "inotify" not in listed
    for number in range(2):
        time.sleep(2)
        send(world, body(1, number))
        daemon.wait_for_event("send.accepted", number + 1)
        assert seconds_until_tried(world, world.database) < 2
    began = time.monotonic()
    assert "delivered" in world.run("ask", "ASKED00001").stdout
    assert time.monotonic() - began < 5
    before = cpu_seconds(daemon)
    time.sleep(10)
    assert cpu_seconds(daemon) - before < 0.05, "it looks at two files once a second, and at no store"
    daemon.stop()


def cpu_seconds(daemon) -> float:
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_send_that_nobody_rang_for_is_found_by_the_next_cycle(world):
    world.simulator.faults({"match": "send", "kind": "close"})
    world.write_config(api={"timeout": "500ms"}, reconcile={"interval": "3s"})
    send(world, body(1), expect=69)
    world.simulator.faults()
    world.execute("UPDATE reconciler_send SET try_at = NULL")
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    time.sleep(1)
    world.execute("UPDATE reconciler_send SET try_at = created_at")
    daemon.wait_for_event("send.accepted")
    check_all_accounted_for(world, 1)
    daemon.stop()


def test_a_daemon_killed_while_it_sends(world):
    world.simulator.faults({"match": "send", "kind": "delay", "delay_ms": 3000, "times": 1})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    time.sleep(0.5)
    process = start(world, body(2))
    wait_for(lambda: len(messages(world)) == 2)
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait(10)
    # Who waits takes over.
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and out.count("accepted") == 2, err
    check_all_accounted_for(world, 2)


def test_a_daemon_that_ends_while_it_sends(world):
    world.simulator.faults({"match": "send", "kind": "delay", "delay_ms": 10000, "times": 1})
    world.write_config(api={"timeout": "30s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    time.sleep(0.5)
    process = start(world, body(2))
    wait_for(lambda: len(messages(world)) == 2)
    begun = time.monotonic()
    daemon.stop()
    assert time.monotonic() - begun < 5
    out, err = process.communicate(timeout=40)
    assert process.returncode == 0 and out.count("accepted") == 2, err
    check_all_accounted_for(world, 2)


@pytest.mark.measures
def test_an_end_in_the_middle_of_a_reload_to_another_address_waits_for_the_send_only(world):
    listening(world, reconcile={"interval": "60s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.simulator.faults({"match": "send", "kind": "delay", "delay_ms": 1500, "times": 1})
    start(world, body(1))
    wait_for(lambda: world.simulator.stats()["in_flight"] == 1, what="the send")
    new = listening(world)
    daemon.signal(signal.SIGHUP)

    def is_open() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", new)) == 0
    wait_for(is_open, what="the new door")
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 2.5
    assert not is_open() and daemon.events("send.accepted")


def test_many_at_once(world):
    world.simulator.settings(send_rate=0)
    # Twenty write one after the other, and a disk may take its time for each.
    world.write_config(store={"busy_timeout": "30s"})
    processes = [start(world, body(5, number * 5)) for number in range(20)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.count("accepted") == 5
    check_all_accounted_for(world, 100)


def test_a_locked_database_is_75_and_nothing_is_sent(world):
    send(world, body(1))
    connection = world.sql()
    connection.execute("BEGIN IMMEDIATE")
    result = send(world, body(1, 1), expect=75)
    assert "locked" in result.stderr
    connection.rollback()
    connection.close()
    check_all_accounted_for(world, 1)
