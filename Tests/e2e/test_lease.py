"""Several daemons at one database server: one works, the others stand by and take over.

Run beside servers of its own: `Tests/servers/run.py pytest Tests/e2e/test_lease.py`, with binaries that were built for them.
"""
from __future__ import annotations

import json
import os
import random
import signal
import time

import pytest

from harness import Daemon, ago, delivered, failed, wait_for
from servers import KINDS, Server, ServerWorld, server_world

INTERVAL = 2.0


class LeaseWorld(ServerWorld):
    """With an interval that tells a take-over by looking from one by waiting."""

    def __init__(self, folder, server: Server):
        super().__init__(folder, server)
        self.write_config(reconcile={"interval": f"{int(INTERVAL * 1000)}ms"})


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path, LeaseWorld) as world:
        yield world


def working(daemons: list[Daemon]) -> list[Daemon]:
    """Those whose last word about the lease is that they have it."""
    found = []
    for daemon in daemons:
        words = [line for line in daemon.log.splitlines() if "event=lease." in line and "work=cycles" in line]
        if words and "event=lease.taken" in words[-1] and daemon.process.poll() is None:
            found.append(daemon)
    return found


def start_three(world: ServerWorld) -> tuple[Daemon, list[Daemon]]:
    daemons = [world.start() for _ in range(3)]
    worker = wait_for(lambda: working(daemons), what="a worker")[0]
    others = [daemon for daemon in daemons if daemon is not worker]
    for daemon in others:
        daemon.wait_for_event("lease.standby")
    return worker, others


def test_one_works_the_others_stand_by_and_status_names_them(world):
    worker, others = start_three(world)
    world.add("M1", delivered())
    wait_for(lambda: world.status_of("M1") == "SENT")
    status = world.status()
    assert status["role"] == "working"
    roles = {instance["pid"]: instance["role"] for instance in status["instances"]}
    assert roles == {worker.process.pid: "working"} | {daemon.process.pid: "standby" for daemon in others}
    assert len(worker.events("daemon.ready")) == 1
    assert all(not daemon.events("daemon.ready") for daemon in others)
    refused = world.run("once", expect=75)
    assert f"process {worker.process.pid}" in refused.stderr
    for daemon in [*others, worker]:
        daemon.stop()
    status = world.status()
    assert status["role"] == "none" and status["instances"] == []


def test_an_orderly_end_hands_over_at_the_next_look(world):
    # Looks every two seconds; a claim that is not given back is over after ten at the earliest.
    world.write_config(reconcile={"interval": "8s"})
    worker, others = start_three(world)
    worker.stop()
    began = time.monotonic()
    wait_for(lambda: working(others), seconds=8)
    assert time.monotonic() - began < 10
    world.add("M1", delivered())
    wait_for(lambda: world.status_of("M1") == "SENT")


def test_a_killed_worker_is_replaced_within_two_intervals(world):
    worker, others = start_three(world)
    took = []
    for number in range(2):
        worker.process.kill()
        worker.process.wait(10)
        began = time.monotonic()
        found = wait_for(lambda: working(others))
        took.append(time.monotonic() - began)
        # What a busy machine takes comes on top.
        assert took[-1] <= 2 * INTERVAL + 5, took
        print(f"taken over after {took[-1]:.2f} s, interval {INTERVAL} s")
        world.add(f"M{number}", failed())
        wait_for(lambda: world.status_of(f"M{number}") == "DEAD_LETTER")
        worker = found[0]
        others = [daemon for daemon in others if daemon is not worker]
        if not others:
            break
    assert min(took) <= 2 * INTERVAL + 0.5, took
    assert world.settled_twice() == []


def test_a_paused_worker_that_wakes_up_commits_nothing_and_tells_nobody(world):
    worker, others = start_three(world)
    world.simulator.faults({"kind": "delay", "delay_ms": 1500})
    world.add_many([(f"P{number:03d}", [failed()]) for number in range(200)])
    time.sleep(INTERVAL)
    worker.signal(signal.SIGSTOP)
    wait_for(lambda: working(others))
    world.simulator.faults()
    wait_for(lambda: world.counts().get("PENDING", 0) == 0, seconds=60)
    # Told again when their number has doubled.
    wait_for(lambda: 2 * world.sink.told("DeadLetters") > 200, what="the last that is told")
    time.sleep(INTERVAL)
    told = len(world.sink.received)
    audit = world.server.value("SELECT count(*) FROM reconciler_audit")
    worker.signal(signal.SIGCONT)
    worker.wait_for_event("lease.lost")
    time.sleep(INTERVAL)
    assert world.server.value("SELECT count(*) FROM reconciler_audit") == audit
    assert world.settled_twice() == []
    assert len(world.sink.received) == told
    assert "StoreTrouble" not in world.sink.names()
    # The same process is there for the next time.
    assert worker.process.poll() is None
    for daemon in others:
        daemon.process.kill()
        daemon.process.wait(10)
    wait_for(lambda: working([worker]))
    world.add("AFTER", delivered())
    wait_for(lambda: world.status_of("AFTER") == "SENT")
    worker.stop()


def test_a_standby_leaves_no_metrics_that_would_only_grow_old(world, tmp_path):
    first, second = tmp_path / "first.prom", tmp_path / "second.prom"
    world.write_config(metrics={"textfile": str(first)})
    worker = world.start()
    wait_for(first.exists, what="metrics of the worker")
    second.write_text("bizgo_reconciler_last_cycle_timestamp_seconds 1\n")
    world.write_config(metrics={"textfile": str(second)})
    other = world.start()
    other.wait_for_event("lease.standby")
    wait_for(lambda: not second.exists(), what="the standby to remove what an earlier process left")
    worker.signal(signal.SIGSTOP)
    other.wait_for_event("lease.taken")
    wait_for(second.exists, what="metrics of the new worker")
    worker.signal(signal.SIGCONT)
    worker.wait_for_event("lease.lost")
    wait_for(lambda: not first.exists(), what="the old one to remove its own")
    for daemon in (worker, other):
        daemon.stop()


def check_alerts_of(world: ServerWorld, dead: int, moves: int = 0):
    """Each dead letter is told, and each time that the alert fired its end: once, but for what a worker that ended in between
    could not note, which the next tells again."""
    wait_for(lambda: world.sink.told("DeadLetters") == dead, 20, f"alerts that cover all {dead} dead letters")
    wait_for(lambda: all(told[-1]["state"] == "resolved" for told in world.sink.episodes("DeadLetters")), what="their end")
    again = 0
    for episode in world.sink.episodes("DeadLetters"):
        counts = [alert["count"] for alert in episode if alert["state"] == "firing"]
        ends = [alert for alert in episode if alert["state"] == "resolved"]
        assert counts == sorted(counts) and counts and ends, episode
        assert {alert["count"] for alert in ends} == {max(counts)} or max(counts) < ends[0]["count"], episode
        again += len(counts) - len(set(counts)) + len(ends) - 1
    assert again <= moves, world.sink.episodes("DeadLetters")


def wait_until_the_end_is_noted(world: ServerWorld):
    """The sinks have heard of it before that; and until it is, what comes belongs to the same episode."""
    owed = "SELECT 1 FROM reconciler_telling WHERE name = 'DeadLetters' AND told_resolved = 0"
    wait_for(lambda: not world.query(owed), what="the note that everybody has heard of the end")


def test_alerts_of_a_worker_that_is_killed_are_told_and_ended_by_the_next(world):
    world.write_config(reconcile={"interval": "1s"}, alerts={"group_wait": "0s", "repeat_every": "6s"})
    daemons = [world.start() for _ in range(4)]

    def kill_the_worker() -> Daemon:
        worker = wait_for(lambda: working(daemons), what="a worker")[0]
        worker.process.kill()
        worker.process.wait(10)
        return worker

    # It has told that the alert fires: the next tells the end.
    wait_for(lambda: working(daemons), what="a worker")
    world.add_many([(f"TOLD{number}", [failed()]) for number in range(5)])
    wait_for(lambda: world.sink.told("DeadLetters") == 5, what="the alert")
    wait_for(lambda: world.query("SELECT 1 FROM reconciler_telling WHERE told_at IS NOT NULL AND sink <> 'log'"),
             what="the note of it")
    killed = kill_the_worker()
    wait_for(lambda: len(world.sink.of("DeadLetters", "resolved")) == 1, what="its end")
    assert not killed.events("alert.resolved")
    wait_for(lambda: any(daemon.events("alert.resolved") for daemon in working(daemons)), what="its end in the log")
    assert [(alert["state"], alert["count"]) for alert in world.sink.episodes("DeadLetters")[0]] == [
        ("firing", 5), ("resolved", 5)]

    # It has committed, and nobody has heard of it: the next tells all.
    wait_until_the_end_is_noted(world)
    world.sink.status = 503
    world.add_many([(f"UNTOLD{number}", [failed()]) for number in range(7)])
    wait_for(lambda: world.counts() == {"DEAD_LETTER": 12}, what="the rows")
    kill_the_worker()
    world.sink.status = 200
    check_alerts_of(world, 12)
    assert len(world.sink.episodes("DeadLetters")) == 2

    # It was telling when it was killed, and could not note it: the next tells it once more. The answer comes so late
    # that it is killed first, and so early that the sink has it before the end.
    wait_until_the_end_is_noted(world)
    world.sink.hang, begun = 3, world.sink.begun
    world.add_many([(f"AGAIN{number}", [failed()]) for number in range(3)])
    wait_for(lambda: world.sink.begun > begun, what="a telling that is not answered")
    kill_the_worker()
    world.sink.hang = 0
    check_alerts_of(world, 15, moves=1)
    assert [alert["state"] for alert in world.sink.episodes("DeadLetters")[2]] == ["firing", "firing", "resolved"]
    assert world.settled_twice() == []


def test_cut_off_again_and_again_nothing_is_settled_twice_and_no_alert_lost(world):
    world.write_config(alerts={"group_wait": "0s", "repeat_every": "3s"})
    worker, others = start_three(world)
    daemons = [worker, *others]
    generator = random.Random(14)
    expected: dict[str, str] = {}
    for number in range(30):
        messages = [(f"C{number:02d}N{index}", [failed() if index % 3 == 0 else delivered()]) for index in range(20)]
        expected |= {key: "DEAD_LETTER" if index % 3 == 0 else "SENT" for index, (key, _) in enumerate(messages)}
        world.add_many(messages)
        time.sleep(generator.uniform(0, INTERVAL / 2))
        world.server.kill_connections()
    wait_for(lambda: world.counts().get("PENDING", 0) == 0, seconds=60)
    found = dict(world.server.rows("SELECT external_id, status FROM notification_history"))
    assert found == expected
    assert world.settled_twice() == []
    taken = sum(len(daemon.events("lease.taken")) for daemon in daemons)
    check_alerts_of(world, sum(status == "DEAD_LETTER" for status in expected.values()), moves=taken)
    wait_for(lambda: len(working(daemons)) == 1)


def test_a_standby_reads_its_configuration_again_and_ends_at_once(world):
    worker, others = start_three(world)
    standby = others[0]
    world.config_file.write_text("{")
    standby.signal(signal.SIGHUP)
    standby.wait_for_event("daemon.reload_failed")
    world.write_config(log={"level": "debug"})
    standby.signal(signal.SIGHUP)
    standby.wait_for_event("daemon.reloaded")
    began = time.monotonic()
    standby.stop()
    assert time.monotonic() - began < 5
    assert len(working([worker])) == 1
    pids = [instance["pid"] for instance in json.loads(world.run("status", "--json").stdout)["instances"]]
    assert standby.process.pid not in pids


def test_send_and_ask_beside_the_daemon_are_done_by_it(world):
    worker, _ = start_three(world)
    world.add("A1", delivered(), accepted=ago(seconds=5))
    asked = world.run("ask", "A1")
    assert "A1" in asked.stdout
    assert worker.process.poll() is None
    assert world.status_of("A1") == "SENT"


def test_a_worker_stops_within_five_seconds_while_the_server_hangs(tmp_path):
    """By a server that no other test uses."""
    with server_world("mysql", tmp_path, LeaseWorld, prefix="TEST_MYSQL_SPARE") as world:
        worker, _ = start_three(world)
        pid = int(os.environ["TEST_MYSQL_SPARE_PID"])
        os.kill(pid, signal.SIGSTOP)
        try:
            worker.signal(signal.SIGTERM)
            assert worker.process.wait(10) == 0  # it ends itself after 4.25 s, when the machine lets it
        finally:
            os.kill(pid, signal.SIGCONT)


def trouble(world: ServerWorld) -> list[str]:
    return [alert["state"] for alert in world.sink.received if alert["alert"] == "StoreTrouble"]


def is_well(world: ServerWorld, here: dict) -> bool:
    return world.run("status", "--check", env=here, expect=None).returncode == 0


def test_trouble_that_a_start_has_told_is_over_when_it_stands_by(world, tmp_path):
    worker = world.start()
    state = tmp_path / "state"
    state.mkdir()
    here = {"STATE_DIRECTORY": str(state)}
    wait_for(lambda: is_well(world, here), what="a cycle")
    world.use_password("wrong")
    assert world.start(here).process.wait(30) == 78
    assert trouble(world) == ["firing"]
    world.use_password(world.server.password)
    world.run("status", "--check", env=here, expect=1)
    standby = world.start(here)
    wait_for(lambda: trouble(world) == ["firing", "resolved"], what="its end")
    standby.wait_for_event("lease.standby")
    # Noted when the sink has taken it.
    wait_for(lambda: is_well(world, here), what="nothing that fires here")
    standby.stop()
    assert trouble(world) == ["firing", "resolved"] and not worker.events("alert.fired")


def test_a_table_that_cannot_be_worked_on_ends_it_and_gives_the_lease_back(world):
    world.execute("ALTER TABLE notification_history RENAME COLUMN report_code TO renamed")
    daemon = world.start()
    assert daemon.process.wait(30) == 78
    assert "report_code" in daemon.log and len(daemon.events("lease.taken")) == 1
    assert world.query("SELECT owner FROM reconciler_lease WHERE owner IS NOT NULL") == []


def test_a_configuration_that_is_read_again_while_it_stands_by_is_the_one_it_works_by(world):
    worker = world.start()
    wait_for(lambda: working([worker]), what="a worker")
    standby = world.start()
    standby.wait_for_event("lease.standby")
    world.write_config(reconcile={"after": "30m"})
    standby.signal(signal.SIGHUP)
    standby.wait_for_event("daemon.reloaded")
    worker.process.kill()
    ready = standby.wait_for_event("daemon.ready")
    assert "after=30m" in ready[0]
    standby.stop()
