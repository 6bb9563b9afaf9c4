"""The cheapest question: what a backlog costs in requests, and that nothing is taken for evidence that is none."""
import json
import random
import time
from datetime import timedelta

import pytest

from harness import KST, ago, delivered, failed, in_flight, iso, off_midnight

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
        accepted = iso(off_midnight(first + (last - first) * send / sends))
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


def test_a_hundred_scattered_among_a_million_are_not_looked_for_page_by_page(world):
    """The others are the provider's alone: nothing here tells how many there are."""
    now = ago(minutes=20)
    expected = add_sends(world, 100, 1, now - timedelta(hours=40), now)
    made = world.simulator.control("generate", {
        "sends": 20_000, "recipients": 50, "from": iso(now - timedelta(hours=40)), "until": iso(now),
        "prefix": "OTHERS", "outcomes": ["delivered"]})
    assert made["loaded"] == 1_000_000
    summary = world.once()
    print(f"scattered: {summary['requests']} requests, {requests_by_endpoint(world)}")
    assert_right(world, expected)
    assert summary["requests"] <= 120


@pytest.mark.parametrize("order", ["asc", "desc", "shuffled"])
def test_a_quarter_missing_from_the_history_is_asked_about_and_none_of_it_goes_stale(world, order):
    """Past the deadline, so that whoever takes absence for an answer would give them up."""
    world.simulator.settings(history_missing=0.25, history_order=order)
    four_days_ago = ago(days=4)
    kinds = [*SETTLED, ([failed("64016"), in_flight("SMS")], "DEAD_LETTER", None)]
    expected = add_sends(world, 400, 50, four_days_ago, four_days_ago + timedelta(hours=10), kinds, (70, 5, 13, 2, 10))
    summary = world.once()
    print(f"quarter missing, {order}: {summary['requests']} requests, {requests_by_endpoint(world)}")
    stale = {key for key, (_, code) in expected.items() if code is None}
    assert_right(world, {key: want for key, want in expected.items() if key not in stale})
    assert summary["dead_letter"]["stale"] == len(stale), "only those the provider said are in flight"
    assert {row[0] for row in world.query(
        "SELECT external_id FROM notification_history WHERE error_message LIKE '[STALE]%'")} == stale
    # Of those that history and sends would give up, twelve are asked about by themselves, with two questions each.
    assert summary["requests"] <= 20 + 400 + 20 + 2 * 12, "pages, at most every send once, and the samples"


@pytest.mark.parametrize("fault", [
    {"kind": "status", "status": 404}, {"kind": "service_code", "code": "A404", "status": 200},
    {"kind": "status", "status": 503}, {"kind": "garbage"}, {"kind": "oversize"}])
def test_without_history_it_falls_back_by_itself(world, fault):
    world.simulator.faults({**fault, "match": "history"})
    now = ago(minutes=20)
    expected = add_sends(world, 400, 50, now - timedelta(hours=5), now)
    summary = world.once()
    print(f"no history ({fault}): {summary['requests']} requests")
    assert_right(world, expected)
    assert summary["provider"] == "ok" and summary["requests"] <= 400 + 60
    assert world.sink.names() == ["DeadLetters"], "nobody is woken for a shortcut"


def test_neither_history_nor_request_status(world):
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"},
                           {"kind": "status", "status": 404, "match": "request_status"})
    now = ago(minutes=20)
    expected = add_sends(world, 100, 50, now - timedelta(hours=5), now)
    summary = world.once()
    assert_right(world, expected)
    assert summary["provider"] == "ok" and 5000 <= summary["requests"] <= 5050


def test_a_request_status_that_answers_about_part_of_a_send(world):
    """What an answer leaves out is asked about by itself."""
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"})
    accepted = ago(hours=1)
    world.add_many([(f"PARTSEND{index:03d}", [delivered()]) for index in range(20)], accepted)
    world.add_many([(f"PARTSEND{index:03d}", []) for index in range(20, 24)], accepted)
    summary = world.once()
    assert summary["sent"] == 20 and summary["still_pending"] == 4
    requests = requests_by_endpoint(world)
    assert requests["request_status"] == 1 and requests["message_status"] == 4 and requests["report_inquiry"] == 4


def test_the_channels_of_a_message_on_different_pages(world):
    """A thousand rows a page; a failure at the end of one, the channel in flight at the beginning of the next."""
    accepted = ago(hours=1)
    world.simulator.settings(history_order="shuffled")
    kinds = [([failed("64016"), in_flight("SMS")], "PENDING", None),
             ([failed("64016"), delivered("SMS")], "SENT", "10000"),
             ([failed("64016"), failed("22003", "off", "SMS")], "DEAD_LETTER", "22003")]
    expected = add_sends(world, 60, 50, accepted, accepted + timedelta(minutes=20), kinds, (1, 1, 1))
    world.once()
    rows = {row["external_id"]: row["status"] for row in world.query("SELECT * FROM notification_history")}
    assert {key: want[0] for key, want in expected.items()} == rows


def test_the_plan_is_told_in_one_line_of_the_log(world):
    now = ago(minutes=20)
    add_sends(world, 100, 50, now - timedelta(hours=5), now)
    log = world.run("once").stdout
    planned = [line for line in log.splitlines() if "event=cycle.planned" in line]
    assert len(planned) == 1 and "plan=history pages=6 " in planned[0] and "expected=" in planned[0]
