"""kill -9 at random moments: no result lost, none wrong, every dead letter covered by a delivered alert."""
import os
import random
import signal
import time
from pathlib import Path

import pytest

from harness import delivered, failed, mixed, wait_for
from receiver import Receiver

MOMENTS = 50


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def kill_at_random_moments(world, generator, moments: int):
    for _ in range(moments):
        daemon = world.start()
        time.sleep(generator.uniform(0.02, 0.7))
        daemon.process.kill()
        daemon.process.wait(10)


def test_kill_nine_at_fifty_random_moments(world):
    messages = mixed(2000, seed=11)
    world.add_many([(key, entries) for key, entries, _, _ in messages])
    generator = random.Random(5)
    slow_alerts = {"repeat_every": "6s", "group_wait": "0s"}
    # Half of them while it asks message by message, slow enough that these lives do not suffice to be done too early;
    # half of them while it sweeps through the history.
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"})
    world.write_config(api={"requests_per_second": 150, "burst": 20}, alerts=slow_alerts)
    kill_at_random_moments(world, generator, MOMENTS // 2)
    pending_before_sweeps = world.counts().get("PENDING", 0)
    world.simulator.faults()
    world.write_config(api={"requests_per_second": 25, "burst": 2})
    kill_at_random_moments(world, generator, MOMENTS - MOMENTS // 2)
    # On a slow machine all these lives can have been too short for a page: one more, until there is one.
    daemon = world.start()
    wait_for(lambda: world.simulator.stats()["requests"].get("history", {}).get("200", 0) > 0, what="a page")
    daemon.process.kill()
    daemon.process.wait(10)
    pending_after_kills = world.counts().get("PENDING", 0)
    print(f"\n{MOMENTS} kills; {pending_before_sweeps} of 2,000 still PENDING after half of them, then {pending_after_kills}")
    assert world.simulator.stats()["requests"]["history"].get("200", 0) > 0, "sweeps were killed, too"
    assert world.integrity() == "ok"

    world.write_config(api={"requests_per_second": 5000, "burst": 200})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    expected_pending = sum(status == "PENDING" for _, _, status, _ in messages)
    wait_for(lambda: world.counts().get("PENDING", 0) == expected_pending, 60, "the rest")
    dead = world.counts()["DEAD_LETTER"]
    # Those of lives that bring none for `repeat_every` are several.
    wait_for(lambda: world.sink.told("DeadLetters") == dead, 20, f"alerts that cover all {dead} dead letters")
    daemon.stop()

    wrong = [key for key, _, status, code in messages
             if (row := world.row(key))["status"] != status or (code and row["report_code"] != code)]
    assert wrong == []
    assert world.integrity() == "ok"
    audited = world.query("SELECT count(DISTINCT message_key) FROM reconciler_audit WHERE to_status = 'dead_letter'")
    assert audited[0][0] == dead, "every dead letter is in the audit, committed with it"


def test_a_sink_that_was_told_in_the_instant_before_the_kill_is_told_the_end(world, receiver):
    """The condition is over before the next process looks: only what was noted before the attempt says who may know."""
    world.write_config(alerts={"group_wait": "0s", "sinks": [{"type": "webhook", "url": receiver.url}]})
    world.add("INSTANT001", delivered())
    world.simulator.faults({"kind": "auth_missing_data"})
    receiver.answers_now.clear()
    daemon = world.start()
    wait_for(lambda: receiver.bodies, 20, "the alert")
    daemon.process.kill()
    daemon.process.wait(10)
    receiver.answers_now.set()
    world.simulator.faults()
    assert world.once()["sent"] == 1
    told = [(body["alert"], body["state"]) for body in receiver.bodies]
    assert told == [("ProviderRefused", "firing"), ("ProviderRefused", "resolved")]


def test_a_killed_instance_frees_its_lock_at_once(world):
    first = world.start()
    first.wait_for_event("daemon.ready")
    second = world.run("once", expect=75)
    assert str(first.process.pid) in second.stderr and len(second.stderr.splitlines()) == 1
    world.start().process.wait(10)
    first.process.kill()
    first.process.wait(10)
    world.once()


def test_a_command_sink_does_not_inherit_the_lock(world):
    """A child that outlives the daemon must not hold the lock beyond it."""
    script, child = world.folder / "sink.sh", world.folder / "child"
    script.write_text(f"#!/bin/sh\nsleep 60 > /dev/null 2>&1 &\necho $! > '{child}'\nexec cat > /dev/null\n")
    script.chmod(0o755)
    world.config["alerts"]["sinks"] = [{"type": "command", "argv": [str(script)]}]
    world.write_config()
    world.add("CHILD00001", failed("64008"))
    world.once()
    survivor = int(child.read_text())
    # The script may end before its child is what it is to be.
    wait_for(lambda: Path(f"/proc/{survivor}/comm").read_text() == "sleep\n", what="the child")
    try:
        world.once()
    finally:
        os.kill(survivor, signal.SIGKILL)
