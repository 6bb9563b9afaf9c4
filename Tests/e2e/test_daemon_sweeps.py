"""A sweep through the history that takes longer than a cycle: it goes on from cycle to cycle, keeps nobody waiting, and
what it heard is judged at its end."""
import signal

import pytest

from harness import ago, delivered, failed, in_flight, wait_for
from test_planner import add_sends, assert_right

# So many that a test which is kept waiting for seconds still finds the sweep under way.
PAGES = 20
KINDS = [
    ([delivered()], "SENT", "10000"),
    ([failed("64016"), delivered("SMS")], "SENT", "10000"),
    ([failed("64016")], "DEAD_LETTER", "64016"),
    ([failed("64016"), in_flight("SMS")], "PENDING", None),
    ([in_flight()], "PENDING", None),
    ([failed("63005", "unclear")], "PENDING", None),
]
WEIGHTS = (80, 4, 6, 4, 3, 3)


def add_backlog(world) -> dict:
    """About so many pages, each of which takes a good part of the interval of one second."""
    expected = add_sends(world, PAGES * 20, 46, ago(hours=5), ago(minutes=30), KINDS, WEIGHTS)
    world.simulator.settings(latency_ms=300)
    return expected


def pending(expected: dict) -> int:
    return sum(status == "PENDING" for status, _ in expected.values())


def sweeps_planned(daemon) -> list[str]:
    return [line for line in daemon.events("cycle.planned") if "plan=history" in line]


def wait_until_over(world, daemon, expected: dict, seconds: float = 60):
    wait_for(lambda: world.counts().get("PENDING", 0) <= pending(expected), seconds,
             f"the end of the sweep in\n{daemon.log}")
    daemon.wait_for_event("cycle.swept")


@pytest.mark.parametrize("order", ["asc", "shuffled"])
def test_a_sweep_goes_on_over_several_cycles_to_its_end(world, order):
    expected = add_backlog(world)
    world.simulator.settings(history_order=order)
    daemon = world.start()
    wait_until_over(world, daemon, expected)
    daemon.stop()
    swept = daemon.events("cycle.swept")
    assert len(swept) == 1 and "ended=complete" in swept[0], daemon.log
    assert len(sweeps_planned(daemon)) == 1
    before = daemon.log[:daemon.log.index("event=cycle.swept")]
    cycles = [line for line in before.splitlines() if "event=cycle.completed" in line.split()]
    assert len(cycles) >= 3, daemon.log
    assert_right(world, expected)
    requests = world.simulator.stats()["requests"]
    assert PAGES <= requests["history"]["200"] <= PAGES + 3, "no page was asked for twice"
    questions = sum(requests.get(endpoint, {}).get("200", 0) for endpoint in ("request_status", "message_status"))
    assert questions <= 6 * (len(cycles) + 1), "a few go ahead in every cycle; of all others the sweep has heard"


def test_what_the_sweep_heard_is_not_judged_before_its_end(world):
    expected = add_backlog(world)
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT", 0) > len(expected) / 3, 30, "delivered ones to be settled at once")
    dead = world.counts().get("DEAD_LETTER", 0)
    assert not daemon.events("cycle.swept")
    # The few that are asked about by themselves ahead of the sweep, in every cycle, can have failed.
    assert dead <= 6 * (len(daemon.events("cycle.completed")) + 1)
    assert dead < sum(status == "DEAD_LETTER" for status, _ in expected.values()) / 3
    wait_until_over(world, daemon, expected)
    daemon.stop()
    assert_right(world, expected)


def test_messages_that_come_due_meanwhile_do_not_wait_for_its_end(world):
    expected = add_backlog(world)
    daemon = world.start()
    wait_for(lambda: sweeps_planned(daemon), 10, "a sweep")
    for number, (entries, status, code) in enumerate([KINDS[0], KINDS[2]]):
        key = f"NEW{number:05d}A01"
        world.add(key, *entries, accepted=ago(minutes=11))
        wait_for(lambda: world.row(key)["status"] == status, 10, key)
        assert not daemon.events("cycle.swept"), "it was settled while the sweep was under way"
        expected[key] = (status, code)
    wait_until_over(world, daemon, expected)
    daemon.stop()
    assert_right(world, expected)


def test_a_reload_in_the_middle_of_a_sweep_loses_nothing(world):
    expected = add_backlog(world)
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT", 0) > len(expected) / 4, 30, "the middle of the sweep")
    assert not daemon.events("cycle.swept")
    settled_before = world.counts()["SENT"]
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    assert world.counts()["SENT"] >= settled_before
    wait_until_over(world, daemon, expected)
    daemon.stop()
    assert_right(world, expected)
    assert len(sweeps_planned(daemon)) >= 2, "it began anew with what was left"
    assert daemon.process.returncode == 0


def test_a_webhook_that_wins_while_a_sweep_is_under_way_keeps_its_result(world):
    """What the sweep has heard of a message is older than what the application wrote meanwhile."""
    expected = add_backlog(world)
    daemon = world.start()
    wait_for(lambda: world.counts().get("SENT", 0) > len(expected) / 4, 30, "the middle of the sweep")
    keys = [row[0] for row in world.query(
        "SELECT external_id FROM notification_history WHERE status = 'PENDING' ORDER BY id")]
    theirs = [key for key in keys if expected[key][0] in ("DEAD_LETTER", "PENDING")][:40]
    connection = world.sql()
    changed = [key for key in theirs if connection.execute(
        "UPDATE notification_history SET status = 'SENT', report_code = 'theirs' "
        "WHERE external_id = ? AND status = 'PENDING'", (key,)).rowcount]
    connection.commit()
    connection.close()
    assert len(changed) >= 20 and not daemon.events("cycle.swept")
    expected.update({key: ("SENT", "theirs") for key in changed})
    wait_until_over(world, daemon, expected)
    daemon.stop()
    assert_right(world, expected)
