"""The listener of `run`: webhooks signed by the provider's own SDK, what strangers get, pages, reloads, and the end."""
from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness import RECONCILER, ago, delivered, free_port, wait_for
from listener import FOREIGN, PATH, PROVIDER, SECRET, Clients, answer_to, configure, read, report


def milliseconds_ago(milliseconds: int) -> int:
    return int(time.time() * 1000) - milliseconds


@pytest.fixture
def listening(world):
    """A daemon that listens, and its clients."""
    clients = configure(world)
    clients.daemon = world.start()
    clients.daemon.wait_for_event("daemon.ready")
    return clients


# Signatures.

@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_what_the_sdk_signs_is_taken(listening, encoding):
    assert listening.post(report("SIGNED0001"), encoding=encoding) == answer_to("SIGNED0001")
    assert listening.post(report("SIGNED0002"), encoding=encoding, timestamp=milliseconds_ago(290_000)) == answer_to("SIGNED0002")
    assert listening.post(report("SIGNED0003"), encoding=encoding, timestamp=int(time.time())) == answer_to("SIGNED0003")
    assert listening.counts() == {"taken": 3}
    assert listening.metric("webhook_duration_seconds_count") == 3


def test_what_is_altered_replayed_or_unsigned_is_answered_the_same_and_not_taken(listening):
    assert listening.post(report("BAD0000001"), secret="another") == answer_to("BAD0000001")
    assert listening.post(report("BAD0000002"), timestamp=milliseconds_ago(310_000)) == answer_to("BAD0000002")
    assert listening.post(report("BAD0000003"), timestamp=milliseconds_ago(-310_000)) == answer_to("BAD0000003")
    assert listening.post(report("BAD0000004"), headers={"X-IB-Signature": "00" * 32}) == answer_to("BAD0000004")
    assert listening.post(report("BAD0000005"), headers={"X-IB-Timestamp": str(milliseconds_ago(1))}) == answer_to("BAD0000005")
    assert listening.post(report("BAD0000006"), headers={"X-IB-Signature": ""}) == answer_to("BAD0000006")
    connection = listening.connection()
    connection.request("POST", PATH, json.dumps(report("BAD0000007")))
    assert read(connection) == answer_to("BAD0000007")
    assert listening.counts() == {"unsigned": 7}


def test_two_secrets_are_taken_and_a_reload_takes_one_away(world):
    clients = configure(world, secrets=("old-secret", "new-secret"))
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    for secret in ("old-secret", "new-secret"):
        assert clients.post(report("ROTATE0001"), secret=secret) == answer_to("ROTATE0001")
    assert clients.counts() == {"taken": 2}
    world.write_config(webhook={"secret_files": [str(world.folder / "webhook-secret-1")]})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    for secret in ("old-secret", "new-secret"):
        assert clients.post(report("ROTATE0001"), secret=secret) == answer_to("ROTATE0001")
    assert clients.counts() == {"taken": 3, "unsigned": 1}


# Who, and what.

def test_a_stranger_is_answered_like_the_provider(listening):
    answers = []
    for source in (PROVIDER, FOREIGN):
        connection = listening.connection(source)
        connection.request("POST", PATH, json.dumps(report("SAME000001")))
        response = connection.getresponse()
        answers.append((response.status, response.read(), sorted(response.headers.items())))
        connection.close()
    assert answers[0] == answers[1]
    listening.post(report("SAME000001"), FOREIGN)
    listening.post(report("SAME000001"), FOREIGN, headers={"X-Forwarded-For": PROVIDER})
    assert listening.counts() == {"unsigned": 1, "foreign": 3}


def test_other_kinds_are_acknowledged_and_left(listening):
    assert listening.post({"msgKey": "MO00000001", "serviceType": "MO", "msgType": "SM", "content": "x"}) == answer_to("MO00000001")
    expected = 200, {"code": "A000", "result": "Success"}
    assert listening.post({"x": 1}, path=f"{PATH}/cstalk/message", headers={"X-IB-Signature": ""}) == expected
    assert listening.counts() == {"ignored": 2}


def test_what_cannot_be_read_is_answered_all_the_same(listening):
    for payload in (b"", b"{", b"[]", b"\xff\xfe{\x00", b"[" * 60_000):
        assert listening.post(payload) == answer_to("")
    incomplete = report("NOCODE0001")
    del incomplete["reportCode"]
    assert listening.post(incomplete) == answer_to("NOCODE0001")
    assert listening.post(report("BADCODE001", "<b>")) == answer_to("BADCODE001")
    assert listening.counts() == {"unreadable": 7}


def test_a_key_comes_back_as_it_went(listening):
    key = "ä\"\\\n\t\u0001/é한"
    assert listening.post(report(key)) == answer_to(key)


@pytest.mark.parametrize("head, status", [
    ("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST {path} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    ("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413),
    ("GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a" * 17_000 + "\r\n\r\n", 431),
    ("GET / HTTP/1.1\r\nHost: x\r\n" + "X: a\r\n" * 65 + "\r\n", 431),
    ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
    ("nonsense\r\n\r\n", 400),
])
def test_what_is_no_request_is_refused_and_the_connection_closed(listening, head, status):
    with listening.socket(FOREIGN) as client:
        client.sendall(head.format(path=PATH).encode() + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        while chunk := client.recv(65_536):
            said += chunk
    assert said.startswith(f"HTTP/1.1 {status} ".encode()), said
    assert said.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in said


def test_requests_that_are_pipelined_are_answered_in_order(listening):
    body = json.dumps(report("PIPE000001")).encode()
    one = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
    with listening.socket() as client:
        for number in range(20):
            client.sendall(one % (PATH.encode(), len(body), body.replace(b"PIPE000001", b"PIPE%06d" % number)))
        said = b""
        while said.count(b"HTTP/1.1 200") < 20:
            said += client.recv(65_536)
    assert re.findall(rb"PIPE\d+", said) == [b"PIPE%06d" % number for number in range(20)]


# Pages.

def test_pages_are_for_those_who_may_see_them(world, listening):
    world.add("PAGE000001", delivered())
    listening.daemon.wait_for_event("cycle.completed")
    status, page, headers = listening.get("/")
    assert status == 200 and "<title>" in page and headers["Content-Type"].startswith("text/html")
    status, metrics, headers = listening.get("/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    wait_for(lambda: 'bizgo_reconciler_messages{status="sent"} 1' in listening.get("/metrics")[1], 20, "the count")
    assert listening.get("/healthz")[:2] == (200, "alive\n")
    assert listening.get("/readyz")[:2] == (200, "ready\n")
    for path in ("/", "/metrics", "/healthz", "/readyz"):
        status, body, headers = listening.get(path, method="HEAD")
        assert status == 200 and body == "" and int(headers["Content-Length"]) > 0
        assert listening.get(path, method="DELETE")[0] == 405
        strangers = [listening.get(path, FOREIGN), listening.get(path, PROVIDER),
                     listening.get(path, headers={"X-Forwarded-For": "127.0.0.1"})]
        assert {answer[:2] for answer in strangers} == {(404, "not found\n")}
    for path in ("/nothing", "/metrics/", PATH, "//"):
        assert listening.get(path)[0] == 404


def test_ready_is_when_a_cycle_has_run_on_a_good_store(world):
    clients = configure(world)
    world.write_config(reconcile={"interval": "1h"})
    world.simulator.faults({"kind": "status", "status": 500})
    world.add("READY00001", delivered())
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    assert clients.get("/healthz")[0] == 200
    # The provider does not answer, and it is ready all the same.
    wait_for(lambda: clients.get("/readyz")[0] == 200, 60, "the first cycle")


def test_the_page_says_that_the_database_has_gone(world, listening):
    wait_for(lambda: listening.get("/readyz")[0] == 200, 20, "ready")
    world.execute("ALTER TABLE notification_history RENAME TO elsewhere")
    wait_for(lambda: listening.get("/readyz")[0] == 503, 20, "not ready")
    assert listening.get("/healthz")[0] == 200


# Places to listen.

def test_a_unix_socket_is_for_the_group_and_what_comes_over_it_is_believed(world):
    path = world.folder / "http.sock"
    configure(world, listen=f"unix:{path}")
    clients = Clients(path)
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    assert path.stat().st_mode & 0o777 == 0o660
    assert clients.post(report("UNIX000001"), headers={"X-Forwarded-For": PROVIDER}) == answer_to("UNIX000001")
    assert clients.post(report("UNIX000002"), headers={"X-Forwarded-For": FOREIGN}) == answer_to("UNIX000002")
    assert clients.post(report("UNIX000003")) == answer_to("UNIX000003")
    assert clients.counts() == {"taken": 1, "foreign": 2}
    assert clients.get("/healthz", headers={"X-Forwarded-For": FOREIGN})[0] == 404
    daemon.stop()
    assert not path.exists()


def test_ipv6(world):
    port = free_port()
    configure(world, listen=f"[::1]:{port}", allow=["::1"])
    world.start().wait_for_event("daemon.ready")
    connection = Clients(port).connection
    with socket.create_connection(("::1", port), 20) as client:
        body = json.dumps(report("SIX0000001")).encode()
        client.sendall(b"POST %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (PATH.encode(), len(body), body))
        assert b'{"msgKey": "SIX0000001"}' in client.recv(65_536)
    assert connection is not None


def systemd_start(world, listener: socket.socket | None) -> subprocess.Popen:
    """As a service manager would: the socket is descriptor 3, and two variables are for this process alone."""
    number = listener.fileno() if listener else os.open("/dev/null", os.O_RDONLY)
    script = f'exec 3<&{number}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
    log = (world.folder / f"systemd-{len(world.processes)}.log").open("wb")
    process = subprocess.Popen(["bash", "-c", script, "x", RECONCILER, "run", "--config", world.config_file],
                               pass_fds=[number], stdout=log, stderr=subprocess.STDOUT)
    process.log = world.folder / log.name
    world.processes.append(process)
    return process


def test_a_restart_with_a_socket_of_systemds_turns_nobody_away(world):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    configure(world, listen="systemd")
    clients = Clients(listener.getsockname()[1])
    done, errors, answered = threading.Event(), [], []

    def stream():
        number = 0
        while not done.is_set():
            number += 1
            key = f"STREAM{number:05d}"
            try:
                assert clients.post(report(key)) == answer_to(key)
                answered.append(key)
            except Exception as error:
                errors.append(repr(error))

    process = systemd_start(world, listener)
    wait_for(lambda: "event=daemon.ready" in process.log.read_text(), 20, "ready")
    thread = threading.Thread(target=stream)
    thread.start()
    for _ in range(3):
        count = len(answered)
        wait_for(lambda: len(answered) > count + 10, 20, "webhooks")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process = systemd_start(world, listener)
        # A signal that comes before is the end of any process.
        wait_for(lambda: "event=daemon.ready" in process.log.read_text(), 20, "ready")
    count = len(answered)
    wait_for(lambda: len(answered) > count + 20, 20, "more")
    done.set()
    thread.join(30)
    assert errors == [] and len(answered) > 50


def test_without_a_socket_of_systemds_it_says_which_unit_is_missing(world):
    configure(world, listen="systemd")
    failure = world.run("run", expect=78)
    assert "http.listen" in failure.stderr and "bizgo-reconciler.socket" in failure.stderr
    process = systemd_start(world, None)
    assert process.wait(20) == 78
    assert "no socket that listens" in process.log.read_text()


def test_an_address_in_use_is_a_bad_configuration(world):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        configure(world, listen=f"127.0.0.1:{taken.getsockname()[1]}")
        failure = world.run("run", expect=78)
        assert "http.listen" in failure.stderr and "Address already in use" in failure.stderr
        assert "http.listen" in world.run("check", "--offline", expect=78).stderr
    assert "http" in world.run("check", "--offline").stdout


# Reloads, and the end.

def test_a_reload_keeps_the_socket_and_who_is_connected(world, listening):
    kept = listening.connection()
    for _ in range(3):
        kept.request("POST", PATH, *reversed(signed("KEPT000001")))
        assert json.loads(kept.getresponse().read()) == {"msgKey": "KEPT000001"}
        before = len(listening.daemon.events("daemon.reloaded"))
        listening.daemon.signal(signal.SIGHUP)
        listening.daemon.wait_for_event("daemon.reloaded", before + 1)
    kept.close()


def signed(key: str) -> tuple[dict, bytes]:
    from bizgo.testing import sign_webhook

    made = sign_webhook(SECRET, report(key))
    return made.headers, made.body


def test_a_reload_goes_elsewhere_and_turns_nobody_away_on_the_way(world, listening):
    elsewhere = Clients(free_port())
    world.write_config(http={"listen": f"127.0.0.1:{elsewhere.place}"})
    listening.daemon.signal(signal.SIGHUP)
    listening.daemon.wait_for_event("daemon.reloaded")
    assert elsewhere.post(report("MOVED00001")) == answer_to("MOVED00001")
    with pytest.raises(OSError):
        listening.post(report("MOVED00002"))
    # And nowhere.
    world.write_config(http={"listen": None})
    listening.daemon.signal(signal.SIGHUP)
    listening.daemon.wait_for_event("daemon.reloaded", 2)
    with pytest.raises(OSError):
        elsewhere.post(report("MOVED00003"))


def test_a_reload_that_cannot_listen_leaves_all_as_it_was(world, listening):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        world.write_config(http={"listen": f"127.0.0.1:{taken.getsockname()[1]}"}, webhook={"allow": [FOREIGN]})
        listening.daemon.signal(signal.SIGHUP)
        failed = listening.daemon.wait_for_event("daemon.reload_failed")
        assert "http.listen" in failed[0]
    assert listening.post(report("STAYS00001")) == answer_to("STAYS00001")
    assert listening.counts() == {"taken": 1}


def test_at_the_end_what_has_come_is_answered_and_it_is_over_in_time(world, listening):
    slow, idle, half = listening.socket(), listening.connection(), listening.socket(FOREIGN)
    idle.request("POST", PATH, *reversed(signed("IDLE000001")))
    assert idle.getresponse().read()
    headers, body = signed("SLOW000001")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body[:10])
    half.sendall(b"GET /he")
    time.sleep(0.2)
    began = time.monotonic()
    listening.daemon.signal(signal.SIGTERM)
    listening.daemon.wait_for_event("daemon.draining")
    with pytest.raises(OSError):
        wait_for(lambda: listening.post(report("LATE000001")) and False, 5, "refusal")
    slow.sendall(body[10:])
    assert b'{"msgKey": "SLOW000001"}' in slow.recv(65_536)
    assert listening.daemon.process.wait(10) == 0
    assert time.monotonic() - began < 5
    for client in (slow, idle, half):
        client.close()


# Crowds.

def test_strangers_cannot_crowd_the_provider_out(listening):
    strangers = []
    try:
        for _ in range(600):
            strangers.append(listening.socket(FOREIGN))
            strangers[-1].sendall(b"POST /x HTTP/1.1\r\nHo")
        for number in range(50):
            assert listening.post(report(f"CROWD{number:05d}")) == answer_to(f"CROWD{number:05d}")
    finally:
        for stranger in strangers:
            stranger.close()
    assert listening.counts() == {"taken": 50}


def test_nothing_of_it_is_in_the_log(world, listening):
    world.write_config(log={"level": "debug"})
    listening.post(report("LOGGED0001", reportText="010-1234-5678"), headers={"X-IB-Signature": "abc"})
    listening.post(report("LOGGED0002", reportText="010-1234-5678"))
    listening.daemon.stop()
    # A port may have these digits, too.
    assert SECRET not in listening.daemon.log and not re.search(r"\b1234\b", listening.daemon.log)


# What was sent.

def test_the_providers_answer_is_recorded_for_those_who_see_the_pages(world, listening):
    def record(body: dict, source: str = "127.0.0.1", method: str = "POST"):
        connection = listening.connection(source)
        connection.request(method, "/record", json.dumps(body))
        return read(connection)

    answer = {"common": {"authCode": "A000"}, "data": {"code": "A000", "data": {"destinations": [
        {"to": "01000000000", "msgKey": "RECORD0001", "code": "A000", "result": "Success"},
        {"to": "01000000001", "msgKey": "RECORD0002", "code": "A000", "result": "Success"}]}}}
    status, said = record(answer)
    assert status == 200, said
    assert "0100000000" not in json.dumps(said)
    assert world.row("RECORD0001")["status"] == "PENDING"
    assert world.row("RECORD0002")["status"] == "PENDING"
    assert record(answer)[0] == 200
    assert world.query("SELECT count(*) FROM notification_history")[0][0] == 2
    assert record({"x": 1})[0] == 400
    lock = world.sql()
    lock.execute("BEGIN IMMEDIATE")
    status, said = record(answer)
    lock.rollback()
    lock.close()
    assert status == 503 and "hand it on again" in json.dumps(said) and "RECORD" not in json.dumps(said)
    assert record(answer)[0] == 200
    assert record(answer, FOREIGN)[0] == 404
    assert record(answer, method="PUT")[0] == 405


def test_a_webhook_settles_its_row_at_once(world):
    clients = configure(world)
    world.write_config(reconcile={"interval": "1h"})
    world.add("SETTLED001", accepted=ago(seconds=5), at_provider=False)
    world.start().wait_for_event("daemon.ready")
    wait_for(lambda: clients.get("/readyz")[0] == 200, 20, "the only cycle")
    assert clients.post(report("SETTLED001"), secret="another") == answer_to("SETTLED001")
    assert clients.post(report("SETTLED001"), FOREIGN) == answer_to("SETTLED001")
    assert world.row("SETTLED001")["status"] == "PENDING"
    assert clients.post(report("SETTLED001")) == answer_to("SETTLED001")
    assert world.row("SETTLED001")["status"] == "SENT"
