"""A clock that jumped before a restart; a reload in the metrics at once; until when asking pauses; a brief alert."""
from __future__ import annotations

import json
import re
import signal
import struct
from datetime import datetime, timedelta

import pytest

from harness import ago, delivered, failed, in_flight, wait_for
from test_clocks import clock  # noqa: F401 (a fixture)

SECOND = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def times(line: str) -> tuple[datetime, datetime]:
    """When it was written, and when asking goes on."""
    return tuple(datetime.fromisoformat(re.search(rf"(?:^|\s){key}=(\S+)", line)[1]) for key in ("ts", "retry_at"))


@pytest.mark.parametrize("command", ["run", "once"])
def test_a_clock_that_jumped_before_a_restart(world, clock, command):
    """Two hours ahead, and a message an hour from its deadline is not given up by the next process either."""
    world.write_config(reconcile={"interval": "1s", "retry": {"first": "1s", "factor": 1, "max": "1s"}},
                       log={"level": "debug"})
    world.add("CLOCK00001", in_flight(), accepted=ago(hours=71))
    jump = world.folder / "jump"
    jump.write_bytes(struct.pack("q", 0))
    env = {"LD_PRELOAD": str(clock), "CLOCK_JUMP": str(jump)}
    daemon = world.start(env)
    daemon.wait_for_event("cycle.completed")
    with jump.open("r+b") as file:
        file.write(struct.pack("q", 7200))
    wait_for(lambda: world.sink.of("ClockJump"), what="the alert")
    daemon.stop()
    if command == "run":
        daemon = world.start(env)
        daemon.wait_for_event("cycle.completed", 4)
        daemon.stop()
    else:
        wait_for(lambda: json.loads(world.run("once", "--json", env=env).stdout)["due"], what="a question")
    assert world.row("CLOCK00001")["status"] == "PENDING"
    assert world.sink.names() == ["ClockJump"]


def test_what_a_clock_gave_is_taken_back_by_its_way_back_while_nobody_looked(world, clock):
    world.write_config(reconcile={"interval": "1s", "retry": {"first": "1s", "factor": 1, "max": "1s"}})
    world.add("CLOCK00001", in_flight(), accepted=ago(hours=73))
    jump = world.folder / "jump"
    jump.write_bytes(struct.pack("q", 0))
    world.execute("UPDATE notification_history SET status = 'OTHER'")
    daemon = world.start({"LD_PRELOAD": str(clock), "CLOCK_JUMP": str(jump)})
    daemon.wait_for_event("daemon.ready")
    wait_for(lambda: world.query("SELECT 1 FROM reconciler_meta WHERE key = 'last_success_at'"), what="a cycle")
    with jump.open("r+b") as file:
        file.write(struct.pack("q", 10 * 365 * 86_400))
    wait_for(lambda: world.query("SELECT value FROM reconciler_meta WHERE key = 'clock_allowance_ms'"), what="a note")
    daemon.stop()
    world.execute("UPDATE notification_history SET status = 'PENDING'")
    assert world.once()["dead_letter"]["stale"] == 1


def test_a_reload_is_in_the_metrics_at_once(world):
    """Also while the daemon still waits for an answer before it works by the new configuration."""
    path = world.folder / "m.prom"
    value = lambda: re.search(r"config_reload_success (\d)", path.read_text())[1]  # noqa: E731
    world.write_config(metrics={"textfile": str(path)}, api={"timeout": "60s"})
    world.add("SLOW000001", delivered())
    world.simulator.faults({"kind": "delay", "delay_ms": 15_000})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    assert value() == "1"
    wait_for(lambda: world.simulator.stats()["in_flight"], what="a question under way")
    good = world.config_file.read_text()
    world.config_file.write_text("{ nonsense: 1 }")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reload_failed")
    assert value() == "0"
    world.config_file.write_text(good)
    daemon.signal(signal.SIGHUP)
    wait_for(lambda: value() == "1", 10, "the new one")
    assert not daemon.events("daemon.reloaded"), "it is taken, and not yet worked by"
    daemon.wait_for_event("daemon.reloaded", seconds=40)
    assert value() == "1"
    daemon.stop()


@pytest.mark.parametrize("rule", [{"kind": "status", "status": 503}, {"kind": "auth_missing_data"}, {"kind": "garbage"}])
def test_every_cycle_that_fails_says_until_when_asking_pauses(world, rule):
    """Also the first ones, which are followed by another with the timer, or at once where there is more to do."""
    world.simulator.faults(rule)
    world.add("UNTIL00001", delivered())
    daemon = world.start()
    for line in daemon.wait_for_event("cycle.failed", 3, 40):
        at, retry_at = times(line)
        # At once is as long ago as the line took to be written.
        assert timedelta(seconds=-5) < retry_at - at < timedelta(minutes=2), line
    daemon.stop()


@pytest.mark.parametrize("trouble", ["locked", "gone"])
def test_a_store_that_fails_says_when_it_is_tried_again(world, trouble):
    # Much longer than `busy_timeout`: what fails late in an interval is tried again at once.
    world.write_config(reconcile={"interval": "7s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.add("STORE00001", delivered())
    if trouble == "locked":
        busy = world.sql()
        busy.execute("BEGIN EXCLUSIVE")
    else:
        world.execute("ALTER TABLE notification_history RENAME TO elsewhere")
    event = "store.busy" if trouble == "locked" else "cycle.failed"
    line = wait_for(lambda: [line for line in daemon.events(event) if " by=" not in line], what=event)[0]
    at, retry_at = times(line)
    assert timedelta() < retry_at - at <= timedelta(seconds=7.5), line
    if trouble == "locked":
        busy.close()
    else:
        world.execute("ALTER TABLE elsewhere RENAME TO notification_history")
    wait_for(lambda: world.row("STORE00001")["status"] == "SENT", what="the next try")
    daemon.stop()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_alert_that_lasted_under_a_minute_names_seconds(world, language):
    world.write_config(alerts={"language": language})
    world.add("BRIEF00001", failed("64008"))
    world.once()
    world.settled_delivery()
    world.once()
    alert, = world.sink.of("AccountRefused", "resolved")
    assert len(re.findall(SECOND, alert["summary"])) == 2, alert["summary"]
    assert not re.search(SECOND, world.sink.of("AccountRefused")[0]["summary"])
