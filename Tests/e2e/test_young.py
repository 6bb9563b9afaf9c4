"""A message younger than `reconcile.after` is its webhook's, whatever a listing says of it."""
from datetime import timedelta

import pytest

from harness import ago, delivered, failed, in_flight, iso, wait_for
from test_planner import add_sends, assert_right

DUE = 300


def add_backlog(world):
    """What is due, worth a sweep; and a hundred young messages that the same pages list, half of them delivered."""
    expected = add_sends(world, 20, DUE // 20, ago(hours=2), ago(minutes=30))
    young = [(f"20260101000000000YNG{index:09d}001", [delivered()] if index % 2 else [failed()]) for index in range(100)]
    world.add_many(young, accepted=ago(minutes=5))
    return expected | {key: ("PENDING", None) for key, _ in young}


def swept(world) -> bool:
    return "history" in world.simulator.stats()["requests"]


def consistent(summary) -> bool:
    return summary["due"] == (summary["sent"] + sum(summary["dead_letter"].values()) + summary["still_pending"]
                              + summary["settled_elsewhere"])


def test_once_leaves_them_to_the_webhook(world):
    expected = add_backlog(world)
    summary = world.once()
    assert swept(world)
    assert_right(world, expected)
    assert summary["due"] == DUE and summary["still_pending"] == 0 and consistent(summary)


def test_a_dry_run_does_not_count_them(world):
    add_backlog(world)
    summary = world.once("--dry-run")
    assert swept(world)
    assert summary["due"] == DUE and summary["still_pending"] == 0 and consistent(summary)


def test_the_daemon_leaves_them_to_the_webhook_until_they_are_old_enough(world):
    expected = add_backlog(world)
    growing = "20260101000000000GRW000000001001"
    accepted = ago(minutes=9, seconds=56)
    world.add(growing, delivered(), accepted=accepted)
    daemon = world.start()
    daemon.wait_for_event("cycle.swept")
    wait_for(lambda: world.row(growing)["status"] == "SENT", 15, "the one that has grown old")
    daemon.stop()
    settled_at = world.query("SELECT at FROM reconciler_audit WHERE message_key = ?", growing)[0][0] / 1000
    assert settled_at > (accepted + timedelta(minutes=9, seconds=59)).timestamp()
    assert_right(world, expected)


def test_a_sweep_over_several_cycles_leaves_them_as_well(world):
    world.simulator.settings(latency_ms=300)
    expected = add_sends(world, 120, 46, ago(hours=5), ago(minutes=30))
    young = [(f"20260101000000000YNG{index:09d}001", [delivered()]) for index in range(100)]
    world.add_many(young, accepted=ago(minutes=4))
    daemon = world.start()
    wait_for(lambda: world.counts().get("PENDING", 0) <= len(young), 60, "all that is due to be settled")
    daemon.wait_for_event("cycle.swept")
    daemon.stop()
    cycles = [line for line in daemon.events("cycle.completed") if " due=0 " not in line]
    assert len(cycles) > 1, "it took several"
    assert_right(world, {**expected, **{key: ("PENDING", None) for key, _ in young}})


def test_they_are_no_gap_of_the_webhook(world):
    """Of 150 settled 120 by webhook: 20 % were found by asking, and the young ones are no part of it."""
    limits = {"share": 0.5, "at_least": 20, "window": "1h"}
    world.write_config(alerts={"webhook_gap": limits})
    world.add_many([(f"20260101000000000HKS{index:09d}001", [delivered()]) for index in range(120)], ago(hours=1), "SENT")
    world.execute("UPDATE notification_history SET updated_at = ?", iso(ago(minutes=2)))
    world.add_many([(f"20260101000000000DUE{index:09d}001", [delivered()]) for index in range(30)], ago(minutes=40))
    world.add_many([(f"20260101000000000YNG{index:09d}001", [delivered()]) for index in range(200)], ago(minutes=5))
    summary = world.once()
    assert swept(world) and summary["sent"] == summary["due"] == 30
    assert world.sink.of("WebhookGap") == []
    world.write_config(alerts={"webhook_gap": {**limits, "share": 0.15}})
    world.once()
    assert "20% of 150" in world.sink.of("WebhookGap")[0]["summary"]


@pytest.mark.parametrize("was", ["PENDING", "DEAD_LETTER"])
def test_one_that_only_waits_for_its_next_question_is_settled_by_what_is_heard(world, was):
    """Asked about before, in flight then, and old."""
    waiting = [f"20260101000000000OLD{index:09d}001" for index in range(8)]
    age = ago(hours=2) if was == "PENDING" else ago(hours=73)
    world.add_many([(key, [in_flight()]) for key in waiting], age)
    world.once()
    assert {world.row(key)["status"] for key in waiting} == {was}
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(age), "entries": [delivered()]} for key in waiting])
    expected = add_sends(world, 20, DUE // 20, age, ago(minutes=30))
    summary = world.once()
    assert swept(world)
    assert_right(world, expected | {key: ("SENT", "10000") for key in waiting})
    assert consistent(summary)
    assert (summary["due"], summary["late"]) == ((DUE + 8, 0) if was == "PENDING" else (DUE, 8))
