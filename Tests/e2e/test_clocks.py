"""What takes minutes or days, through the real binary, whose clocks are made to run faster or to jump (clock.c)."""
import math
import re
import shutil
import struct
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from harness import ago, in_flight, wait_for

DAYS = 2
REPEAT = timedelta(hours=4)


@pytest.fixture(scope="module")
def clock(tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    compiler = shutil.which("clang") or "cc"
    subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library,
                    Path(__file__).with_name("clock.c")], check=True)
    return library


def fast(world, clock, rate: int):
    return world.start({"LD_PRELOAD": str(clock), "CLOCK_RATE": str(rate)})


def test_most_requests_refused_for_ten_minutes(world, clock):
    # A minute is a second. The retries of the gate make several requests of a question.
    world.write_config(api={"timeout": "10m", "connect_timeout": "10m"},
                       reconcile={"interval": "10s", "retry": {"first": "1m", "factor": 1, "max": "1m"}})
    world.add_many([(f"RATE{index:06d}", [in_flight()]) for index in range(20)])
    world.simulator.faults({"kind": "status", "status": 429, "share": 0.7})
    daemon = fast(world, clock, 60)
    # A sink has a sixth of a second, and is told again when it takes longer.
    alert = wait_for(lambda: world.sink.of("RateLimited"), 60, "the alert")[0]
    began = moment(daemon.wait_for_event("daemon.ready")[0])
    assert datetime.fromisoformat(alert["at"]) - began > timedelta(minutes=5), "a burst is not enough"
    throttled, requests = (int(number) for number in re.search(r"\((\d+) of (\d+) in 10m\)", alert["summary"]).groups())
    assert alert["severity"] == "warning" and 10 <= requests < 2 * throttled
    world.simulator.faults()
    wait_for(lambda: world.sink.of("RateLimited", "resolved"), 60, "its end")
    daemon.stop()


@pytest.mark.parametrize("seconds, said", [(7200, r"\(\+(2h|1[12]\dm)\)"), (-7200, r"\(-(2h|1[12]\dm)\)")])
def test_a_clock_that_jumps(world, clock, seconds, said):
    """Two hours; a message an hour from its deadline is not given up by that."""
    world.write_config(reconcile={"interval": "1s", "retry": {"first": "1s", "factor": 1, "max": "1s"}},
                       log={"level": "debug"})  # cycles without anything due, too
    world.add("CLOCK00001", in_flight(), accepted=ago(hours=71))
    jump = world.folder / "jump"
    jump.write_bytes(struct.pack("q", 0))
    daemon = world.start({"LD_PRELOAD": str(clock), "CLOCK_JUMP": str(jump)})
    daemon.wait_for_event("cycle.completed")
    with jump.open("r+b") as file:
        file.write(struct.pack("q", seconds))
    alert, = wait_for(lambda: world.sink.of("ClockJump"), 20, "the alert")
    assert alert["severity"] == "error" and re.search(said, alert["summary"])
    events = len(daemon.events("cycle.completed"))
    daemon.wait_for_event("cycle.completed", events + 2)
    assert world.row("CLOCK00001")["status"] == "PENDING" and world.sink.names() == ["ClockJump"]
    daemon.stop()


@pytest.mark.measures
def test_a_storm_after_an_outage(world, clock):
    """Thousands of messages pass their deadline during two days without an answer. An hour is half a second, which is
    too fast for a sink with a time limit: the log is told."""
    world.write_config(api={"timeout": "1d", "connect_timeout": "1d"}, reconcile={"interval": "10m"},
                       alerts={"repeat_every": "4h", "group_wait": "30s", "sinks": [{"type": "log"}]})
    world.add_many([(f"STORM{index:05d}", []) for index in range(2_500)], ago(hours=30), at_provider=False)
    world.simulator.faults({"kind": "status", "status": 503})
    daemon = fast(world, clock, 7200)
    began = moment(daemon.wait_for_event("daemon.ready")[0])
    wait_for(lambda: moment(daemon.log.splitlines()[-2]) > began + timedelta(days=DAYS), 90, "the end of two days")
    assert {name for name, *_ in told(daemon)} == {"ProviderUnreachable"}
    assert world.counts() == {"PENDING": 2_500}
    world.simulator.faults()
    wait_for(lambda: ("StaleMessages", "resolved") in {(name, event) for name, event, *_ in told(daemon)}, 120, "its end")
    assert world.counts() == {"DEAD_LETTER": 2_500}
    storm = [(event, count, at) for name, event, count, at in told(daemon) if name == "StaleMessages"]
    assert [event for event, *_ in storm] == ["fired", *["repeated"] * (len(storm) - 2), "resolved"]
    for (_, before, told_at), (_, count, at) in zip(storm, storm[1:-1]):
        assert count >= 2 * before or at - told_at >= REPEAT - timedelta(minutes=1), "told again for nothing"
    assert storm[-1][1] == 2_500 and storm[-1][2] - storm[-2][2] < 2 * REPEAT
    assert len(storm) <= 3 + math.log2(2_500) + (storm[-1][2] - storm[0][2]) / REPEAT
    daemon.stop()


def moment(line: str) -> datetime:
    return datetime.fromisoformat(re.search(r"^ts=(\S+)", line)[1])


def told(daemon) -> list[tuple[str, str, int, datetime]]:
    """Alert, what was said of it, its count, and when, as the log was told."""
    return [(*re.search(r"event=alert\.(\w+) alert=(\w+)", line).group(2, 1), int(re.search(r" count=(\d+)", line)[1]),
             moment(line))
            for line in daemon.log.splitlines() if re.search(r"event=alert\.(fired|repeated|resolved) ", line)]
