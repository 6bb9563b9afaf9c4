"""The cheapest question: what a backlog costs in requests, and that nothing is taken for evidence that is none."""
import json
import random
import time
from datetime import timedelta

import pytest

from harness import KST, ago, delivered, failed, in_flight, iso

# What the documents promise of the provider: five requests a second, and what the program keeps to by default.
LIMITED = {"rate": 5, "burst": 5}
DEFAULT_RATE = {"requests_per_second": 4, "burst": 4, "max_in_flight": 4, "timeout": "30s", "connect_timeout": "5s"}

SETTLED = [
    ([delivered()], "SENT", "10000"),
    ([failed("64016"), delivered("SMS")], "SENT", "10000"),
    ([failed("64016")], "DEAD_LETTER", "64016"),
    ([failed("22003"), failed("22003", "no subscriber", "SMS")], "DEAD_LETTER", "22003"),
]


def add_sends(world, sends: int, recipients: int, first, last, kinds=SETTLED, weights=(80, 5, 13, 2), seed=1):
    """Rows from so many sends spread evenly over a time; the status and code each must end with, by its key."""
    draw = random.Random(seed)
    expected, rows, messages = {}, [], []
    for send in range(sends):
        accepted = iso(first + (last - first) * send / sends)
        for recipient in range(recipients):
            key = f"20260101000000000PLN{send:09d}{recipient:03d}"
            entries, status, code = draw.choices(kinds, weights=weights)[0]
            expected[key] = (status, code)
            rows.append((key, accepted))
            messages.append({"msgKey": key, "acceptedAt": accepted, "entries": entries})
    connection = world.sql()
    connection.executemany("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    for start in range(0, len(messages), 20_000):
        world.simulator.load(messages[start:start + 20_000])
    return expected


def assert_right(world, expected: dict):
    rows = {row["external_id"]: (row["status"], row["report_code"])
            for row in world.query("SELECT external_id, status, report_code FROM notification_history")}
    wrong = [(key, rows[key], want) for key, want in expected.items() if rows[key] != want]
    assert not wrong, f"{len(wrong)} rows are wrong, e.g. {wrong[:5]}"


def requests_by_endpoint(world) -> dict[str, int]:
    return {name: sum(by_status.values()) for name, by_status in world.simulator.stats()["requests"].items()}


@pytest.mark.parametrize("reading, order", [("since", "desc"), ("day", "asc")])
def test_a_day_of_100_000_messages_costs_some_hundred_requests(world, reading, order):
    world.write_config(api=DEFAULT_RATE)
    world.simulator.settings(request_time=reading, history_order=order, **LIMITED)
    now = ago(minutes=20)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = midnight - timedelta(days=1)
    expected = add_sends(world, 2000, 50, yesterday, yesterday + timedelta(hours=23, minutes=50))
    started = time.monotonic()
    summary = world.once(timeout=100)
    seconds = time.monotonic() - started
    print(f"{reading} {order}: {summary['requests']} requests, {seconds:.1f} s, {requests_by_endpoint(world)}")
    assert summary["due"] == 100_000 and summary["still_pending"] == 0
    assert_right(world, expected)
    assert summary["requests"] <= 150
    assert seconds < 60
    statistics = world.simulator.stats()
    assert sum(by_status.get("429", 0) for by_status in statistics["requests"].values()) == 0
