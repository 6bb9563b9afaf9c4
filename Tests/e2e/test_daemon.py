"""The daemon as its service manager and its operators see it."""
import contextlib
import os
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from harness import delivered, failed, wait_for


def test_it_settles_what_comes_due_and_drains_on_sigterm(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.add_many([(f"RUN{index:05d}A01", [delivered()]) for index in range(50)])
    # Each is a line in the log soon after its commit: not after that it is draining.
    daemon.wait_for_event("message.sent", 50)
    assert world.counts() == {"SENT": 50}
    daemon.stop()
    names = [word[6:] for line in daemon.log.splitlines() for word in line.split() if word.startswith("event=")]
    # A cycle under way is finished first, and says so.
    names = [name for name in names if not name.startswith("cycle.")]
    assert names[0] == "daemon.started" and names[-2:] == ["daemon.draining", "daemon.stopped"]


def test_sigterm_in_the_middle_commits_what_is_known(world):
    world.add_many([(f"DRAIN{index:04d}A01", [delivered()]) for index in range(3000)])
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"})  # one by one
    world.write_config(api={"requests_per_second": 300, "burst": 10})
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT", 0) > 50)
    daemon.stop()
    sent = world.counts()["SENT"]
    answered = sum(world.simulator.stats()["requests"]["message_status"].values())
    assert 50 < sent < 3000 and sent == answered, "no answer was thrown away"


def test_sigterm_in_the_middle_of_a_sweep_keeps_what_was_delivered(world):
    # Twenty pages: it must not be through before it is told to end, on a busy machine either.
    world.add_many([(f"DRAIN{index:05d}A01", [delivered()]) for index in range(20_000)])
    world.simulator.faults({"kind": "delay", "delay_ms": 300, "match": "history"})
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT", 0) > 1500)
    daemon.stop()
    pages = sum(world.simulator.stats()["requests"]["history"].values())
    assert world.counts()["SENT"] >= 1000 * pages - 100 and world.counts()["PENDING"] > 0


def test_a_second_signal_ends_it_at_once(world):
    world.add("SLOW000001", delivered())
    world.write_config(api={"timeout": "30s"})
    world.simulator.faults({"kind": "delay", "delay_ms": 20_000})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    wait_for(lambda: world.simulator.stats()["in_flight"] == 1)
    daemon.signal(signal.SIGTERM)
    # At once: two seconds after the first it ends by itself, with 0. Two of a kind can be heard as one.
    daemon.signal(signal.SIGINT)
    ends = (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert daemon.process.wait(15) in ends, "the answer would take twenty seconds"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_is_ready_ends_it_at_once(world, number):
    busy = sqlite3.connect(world.database, isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")  # its migration waits for this
    world.write_config(store={"busy_timeout": "60s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.started")
    daemon.signal(number)
    assert daemon.process.wait(10) == 0
    assert daemon.events("daemon.draining") and daemon.events("daemon.stopped") and not daemon.events("daemon.ready")
    busy.execute("ROLLBACK")
    busy.close()
    world.add("AFTER00001", delivered())
    assert world.once()["sent"] == 1


def test_a_signal_while_it_tells_why_it_cannot_start_ends_it_at_once(world):
    world.sink.hang = 60
    world.write_config(store={"table": "nowhere"})
    daemon = world.start()
    memory = world.folder / "notifications.db.reconciler-trouble"
    wait_for(lambda: memory.exists(), what="the trouble")
    daemon.signal(signal.SIGTERM)
    assert daemon.process.wait(9) == 0 and daemon.events("daemon.stopped"), daemon.log  # a sink is given ten
    assert not memory.read_text().isspace(), "who is still to be told is known"


def test_sighup_reads_the_configuration_again_and_keeps_the_old_one_when_it_is_bad(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    good = world.config_file.read_text()
    world.config_file.write_text(good.replace('"interval": "1s"', '"interval": "never"'))
    daemon.signal(signal.SIGHUP)
    line = daemon.wait_for_event("daemon.reload_failed")[0]
    assert "reconcile.interval" in line
    world.add("OLDCONF001", delivered())
    wait_for(lambda: world.row("OLDCONF001")["status"] == "SENT", what="the old configuration to go on")
    world.config_file.write_text(good.replace('"after"', '"after"'))
    world.write_config(log={"level": "debug"}, reconcile={"interval": "1s", "after": "1h"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    world.add("NEWCONF001", delivered(), accepted=__import__("harness").ago(minutes=30))
    time.sleep(2.5)
    assert world.row("NEWCONF001")["status"] == "PENDING", "after is an hour now"
    daemon.stop()


def test_it_tells_the_service_manager(world, tmp_path):
    path = str(tmp_path / "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(0.2)
    heard: list[str] = []
    stop = threading.Event()

    def listen():
        while True:
            is_over = stop.is_set()
            try:
                heard.extend(listener.recv(4096).decode().splitlines())
            except TimeoutError:
                if is_over:
                    return  # and all is heard

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    daemon = world.start({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"})
    wait_for(lambda: "READY=1" in heard and heard.count("WATCHDOG=1") >= 3, what=f"{heard}")
    daemon.stop()
    stop.set()
    thread.join()
    listener.close()
    assert "STOPPING=1" in heard and any(word.startswith("STATUS=") for word in heard)


def test_the_watchdog_is_not_fed_when_nothing_finishes(world, tmp_path):
    """A provider that hangs is bounded by api.timeout; a store that cannot be read is not fed over."""
    path = str(tmp_path / "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(1.5)
    daemon = world.start({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "600000"})
    daemon.wait_for_event("daemon.ready")
    daemon.signal(signal.SIGSTOP)
    try:
        while True:
            listener.recv(4096)
    except TimeoutError:
        pass
    daemon.signal(signal.SIGCONT)
    listener.settimeout(20)
    assert listener.recv(4096)
    daemon.stop()
    listener.close()


def test_the_journal_gets_priorities_and_no_timestamps(world):
    world.add("JOURNAL001", failed("64008"))
    reader, writer = os.pipe()
    device = os.fstat(writer)
    import subprocess
    from harness import RECONCILER

    result = subprocess.run(
        [RECONCILER, "once", "--config", str(world.config_file)], stdout=writer, stderr=subprocess.PIPE, timeout=60,
        env={**os.environ, "JOURNAL_STREAM": f"{device.st_dev}:{device.st_ino}"})
    os.close(writer)
    lines = os.fdopen(reader, "rb").read().decode().splitlines()
    assert result.returncode == 0
    events = [line for line in lines if "event=" in line]
    assert events and all(line[0] == "<" and line[2] == ">" and " ts=" not in line for line in events)
    assert any(line.startswith("<4>") and "event=message.dead_letter" in line for line in events)


def test_a_hanging_sink_delays_no_settlement(world):
    world.sink.hang = 60
    world.write_config(alerts={"group_wait": "0s"})
    world.add("HANG000001", failed("64008"))
    daemon = world.start()
    wait_for(lambda: world.row("HANG000001")["status"] == "DEAD_LETTER")
    wait_for(lambda: world.sink.begun, what="the telling")
    world.add_many([(f"HANG{index:04d}A01", [delivered()]) for index in range(20)])
    wait_for(lambda: world.counts().get("SENT", 0) == 20, 8, "what a sink, which is given ten seconds, must not delay")
    daemon.process.kill()


def test_a_failing_sink_is_told_to_the_others(world):
    from harness import Sink

    other = Sink()
    try:
        world.config["alerts"]["sinks"] = [
            {"type": "webhook", "name": "broken", "url": "http://127.0.0.1:9/nobody"},
            {"type": "webhook", "name": "good", "url": other.url}]
        world.write_config(alerts={"group_wait": "0s"})
        world.add("BROKEN0001", failed("64008"))
        daemon = world.start()
        wait_for(lambda: other.of("SinkFailing"), 40, "SinkFailing at the other sink")
        assert other.of("SinkFailing")[0]["labels"] == {"sink": "broken"}
        assert daemon.events("alert.delivery_failed")
        daemon.stop()
    finally:
        other.stop()


def test_a_locked_store_is_trouble_told_at_once_and_over_when_it_is_free(world):
    world.write_config(alerts={"group_wait": "0s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.add("LOCKED0001", delivered())
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    wait_for(lambda: world.sink.of("StoreTrouble"), 20, "StoreTrouble")
    assert daemon.events("store.busy")
    connection.rollback()
    connection.close()
    wait_for(lambda: world.row("LOCKED0001")["status"] == "SENT")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), 20, "its end")
    assert daemon.events("store.recovered")
    daemon.stop()


@pytest.mark.measures
def test_idle_costs_next_to_nothing(world):
    """After its start, which varies by more than all this. With FULL=1 for a minute."""
    world.write_config(reconcile={"interval": "60s"})
    seconds = 60 if os.environ.get("FULL") else 10
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    time.sleep(3)
    process = Path("/proc") / str(daemon.process.pid)
    cpu, switches = cpu_time(process), 0
    before = switches_by_thread(process)
    for _ in range(seconds):  # a thread that ends takes its count along
        time.sleep(1)
        now = switches_by_thread(process)
        switches += sum(count - before.get(thread, 0) for thread, count in now.items())
        before = now
    cpu = cpu_time(process) - cpu
    status = of_process(process / "status")
    resident, threads = int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"])
    print(f"\nidle {seconds} s: CPU {cpu * 1000:.1f} ms, context switches {switches}, "
          f"resident {resident:.1f} MiB, threads {threads}")
    daemon.stop()
    assert switches > 0, "libdispatch wakes once a second: nothing was measured"
    assert cpu <= 0.05 and switches < 3 * seconds
    assert resident < 48


def of_process(status: Path) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)


def switches_by_thread(process: Path) -> dict[str, int]:
    found = {}
    for thread in (process / "task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            status = of_process(thread / "status")
            found[thread.name] = int(status["voluntary_ctxt_switches"]) + int(status["nonvoluntary_ctxt_switches"])
    return found


def cpu_time(process: Path) -> float:
    """Of all threads, in seconds; the kernel counts in hundredths."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
