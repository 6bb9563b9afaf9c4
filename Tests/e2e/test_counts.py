"""What a pass says of itself: what was due, what it cost, and whether the provider answered."""
import re
from datetime import timedelta

import pytest

from harness import World, ago, delivered, failed, in_flight, iso, off_midnight, wait_for
from test_planner import add_sends, assert_right

OFF = {"kind": "status", "status": 404, "match": "history"}
DOWN = {"kind": "status", "status": 503}


def key(kind: str, send: int, recipient: int = 1) -> str:
    return f"20260101000000000{kind}{send:09d}{recipient:03d}"


def consistent(summary) -> bool:
    return summary["due"] == (summary["sent"] + sum(summary["dead_letter"].values()) + summary["still_pending"]
                              + summary["settled_elsewhere"])


def requests(world, endpoint: str) -> int:
    return sum(world.simulator.stats()["requests"].get(endpoint, {}).values())


def ask_again_now(world):
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")


# What is due in a pass

def test_what_falls_due_again_while_a_pass_goes_on_is_counted_once(world):
    """Asked about ahead of the sweep, in flight then, due again after a second, and heard of by the sweep."""
    world.write_config(reconcile={"retry": {"first": "1s", "factor": 1, "max": "1s", "jitter": 0}})
    kinds = [([delivered()], "SENT", "10000"), ([in_flight()], "PENDING", None)]
    expected = add_sends(world, 140, 46, ago(hours=5), ago(minutes=30), kinds, (1, 1))
    world.simulator.settings(latency_ms=300)
    summary = world.once()
    assert_right(world, expected)
    assert summary["due"] == len(expected) and consistent(summary)
    assert summary["still_pending"] == sum(status == "PENDING" for status, _ in expected.values())


# Dead letters that are watched

def make_stale(world, sends: int, recipients: int) -> list[str]:
    """Given up by asking, and due to be asked about again."""
    keys = [key("WAT", send, recipient) for send in range(sends) for recipient in range(recipients)]
    world.add_many([(message, [in_flight()]) for message in keys], off_midnight(ago(hours=73)))
    assert world.once()["dead_letter"]["stale"] == len(keys)
    ask_again_now(world)
    return keys


def test_a_cycle_that_only_looks_after_dead_letters_says_so(world):
    make_stale(world, 13, 1)
    line, = [line for line in world.run("once").stdout.splitlines() if "event=cycle.completed" in line]
    assert " due=0 " in line and " watched=13 " in line and re.search(r" requests=[1-9]", line)


def test_many_watched_dead_letters_cost_a_few_pages(world):
    keys = make_stale(world, 60, 5)
    before = world.simulator.stats()["total"]
    world.simulator.load([
        {"msgKey": message, "acceptedAt": iso(off_midnight(ago(hours=73))),
         "entries": [[delivered()], [failed("64016")], [in_flight()]][index % 3]} for index, message in enumerate(keys)])
    summary = world.once()
    rows = [world.row(message) for message in keys]
    assert all(row["status"] == "SENT" for row in rows[0::3]), "late reports"
    assert {(row["status"], row["report_code"]) for row in rows[1::3]} == {("DEAD_LETTER", "64016")}
    assert all("[STALE]" in row["error_message"] for row in rows[2::3])
    assert summary["due"] == 0 and summary["late"] == 100 and summary["provider"] == "ok"
    cost = world.simulator.stats()["total"] - before
    print(f"{len(keys)} watched dead letters: {cost} requests, {world.simulator.stats()['requests']}")
    assert cost <= 25, "a vanguard, a page and a few samples"


# Failures that polling brings

@pytest.fixture
def polling(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    world.write_config(api={"report_method": "polling"})
    yield world
    world.stop()


def announce(world, messages: list, accepted=None):
    accepted = accepted or off_midnight(ago(seconds=5))
    world.add_many(messages, accepted, at_provider=False)
    world.simulator.load([{"msgKey": message, "acceptedAt": iso(accepted), "entries": entries, "announce": True}
                          for message, entries in messages])


def test_polled_failures_are_confirmed_by_the_cheapest_question(polling):
    messages = [(key("POL", index), [failed("64016")] if index % 10 == 0 else [delivered()]) for index in range(2500)]
    announce(polling, messages)
    summary = polling.once()
    print(f"2,500 reports, 250 failures: {summary['requests']} requests, {polling.simulator.stats()['requests']}")
    assert polling.counts() == {"SENT": 2250, "DEAD_LETTER": 250}
    assert summary["due"] == 2500 and summary["dead_letter"]["reported"] == 250 and consistent(summary)
    assert summary["requests"] <= 30, "three batches, a few pages, the vanguard and the samples"
    assert [row[0] for row in polling.query("SELECT DISTINCT source FROM reconciler_audit")] == ["polling"]
    assert polling.query("SELECT * FROM reconciler_report") == []


def test_a_listing_believes_no_polled_failure_whose_other_channel_is_in_flight(polling):
    messages = [(key("POL", index), [failed("64016")] + [in_flight("SMS")] * (index % 2)) for index in range(60)]
    announce(polling, messages)
    summary = polling.once()
    assert requests(polling, "history") > 0
    assert [polling.row(message)["status"] for message, _ in messages] == ["DEAD_LETTER", "PENDING"] * 30
    assert summary["due"] == summary["dead_letter"]["reported"] == 30, "what stays open was not due"
    assert polling.query("SELECT count(*) FROM reconciler_report")[0][0] == 30, "kept until the end"


def test_a_listing_that_leaves_messages_out_confirms_none_of_them(polling):
    polling.simulator.settings(history_missing=0.5)
    messages = [(key("POL", index), [failed("64016")] + [in_flight("SMS")] * (index % 2)) for index in range(60)]
    announce(polling, messages)
    polling.once()
    assert [polling.row(message)["status"] for message, _ in messages] == ["DEAD_LETTER", "PENDING"] * 30


def test_polled_failures_and_what_is_due_share_the_pages(polling):
    announce(polling, [(key("POL", index), [failed("64016")]) for index in range(40)])
    expected = add_sends(polling, 40, 1, ago(hours=1), ago(minutes=30))
    summary = polling.once()
    assert_right(polling, expected)
    assert summary["dead_letter"]["reported"] >= 40 and summary["due"] == 80 and consistent(summary)
    assert summary["requests"] <= 25


def test_a_message_that_is_due_and_polled_as_failed_counts_once(polling):
    polling.simulator.faults(OFF)
    announce(polling, [(key("BTH", index), [failed("64016")]) for index in range(5)], ago(hours=1))
    summary = polling.once()
    assert summary["due"] == 5 and summary["dead_letter"]["reported"] == 5 and consistent(summary)


def test_without_any_listing_polled_failures_are_kept_until_they_can_be_confirmed(polling):
    messages = [(key("POL", index), [failed("64016")]) for index in range(30)]
    announce(polling, messages)
    polling.simulator.faults({**DOWN, "match": "/api/comm/v1/message"})
    assert polling.once(expect=69)["due"] == 0
    assert polling.counts() == {"PENDING": 30}
    polling.simulator.faults()
    assert polling.once()["dead_letter"]["reported"] == 30
    assert polling.query("SELECT * FROM reconciler_report") == []


# Whether the provider answered

def test_it_is_ok_when_everything_was_settled_although_every_second_request_failed(world):
    world.add_many([(key("HLF", index), [delivered()]) for index in range(5)])
    world.simulator.faults(OFF, {**DOWN, "match": "message_status"})
    summary = world.once()
    assert summary["sent"] == summary["due"] == 5 and summary["provider"] == "ok"


@pytest.mark.parametrize("kind, word", [
    ({"kind": "auth_missing_data"}, "refused"), ({"kind": "status", "status": 403}, "refused"),
    (DOWN, "unavailable"), ({"kind": "status", "status": 429, "retry_after": 0}, "rate_limited")])
def test_a_part_that_stayed_unanswered_is_told(world, kind, word):
    world.simulator.faults(OFF, {**kind, "match": key("BAD", 1)})
    world.add_many([(key("GOD", index), [delivered()]) for index in range(20)])
    world.add(key("BAD", 1), delivered())
    summary = world.once(expect=69)
    assert (summary["provider"], summary["sent"], summary["still_pending"]) == (word, 20, 1)


@pytest.mark.parametrize("kind", [
    {"kind": "service_code", "code": "A311", "status": 400}, {"kind": "garbage"}, {"kind": "wrong_key"}])
def test_a_no_to_one_message_is_its_own(world, kind):
    world.simulator.faults(OFF, {**kind, "match": key("BAD", 1)})
    world.add_many([(key("GOD", index), [delivered()]) for index in range(20)])
    world.add(key("BAD", 1), delivered())
    summary = world.once()
    assert (summary["provider"], summary["sent"], summary["still_pending"]) == ("ok", 20, 1)
    assert world.sink.received == []


def half_nonsense(world, kind: dict):
    """Every second message is answered with nonsense: no five in a row."""
    world.write_config(api={"max_in_flight": 1})
    world.add_many([(key("HLF", index), [delivered()]) for index in range(24)])
    world.simulator.faults(OFF, *({**kind, "match": key("HLF", index)} for index in range(0, 24, 2)))


@pytest.mark.parametrize("kind, alert", [
    ({"kind": "garbage"}, "ProviderUnreachable"), ({"kind": "wrong_key"}, "ProviderUnreachable"),
    ({"kind": "auth_missing_data"}, "ProviderRefused")])
def test_half_of_the_answers_being_none_rings_at_once(world, kind, alert):
    half_nonsense(world, kind)
    summary = world.once(expect=69)
    assert summary["sent"] == 12 and summary["still_pending"] == 12
    assert world.sink.names() == [alert]
    world.simulator.faults()
    ask_again_now(world)
    assert world.once()["sent"] == 12
    assert world.sink.names("resolved") == [alert]


def test_the_daemon_rings_within_two_cycles_and_not_again_and_again(world):
    half_nonsense(world, {"kind": "garbage"})
    daemon = world.start()
    daemon.wait_for_event("provider.unreachable")
    before = daemon.log[:daemon.log.index("event=provider.unreachable")]
    assert before.count("event=cycle.failed ") + before.count("event=cycle.completed ") <= 2
    wait_for(lambda: world.sink.of("ProviderUnreachable"), what="the alert")
    world.simulator.faults()
    daemon.wait_for_event("provider.recovered")
    wait_for(lambda: world.sink.of("ProviderUnreachable", "resolved"), what="its end")
    assert len(daemon.events("provider.unreachable")) == 1
    daemon.stop()


def test_an_outage_in_the_minute_after_an_outage_is_seen(world):
    """Messages whose questions failed while others were answered wait for a minute: nothing else is due."""
    world.add_many([(key("OUT", index), [in_flight()]) for index in range(12)])
    world.simulator.faults(OFF, {**DOWN, "skip": 4})
    daemon = world.start()
    daemon.wait_for_event("provider.unreachable")
    daemon.wait_for_event("cycle.failed")
    world.simulator.faults()
    daemon.wait_for_event("provider.recovered", seconds=30)
    world.simulator.faults(DOWN)
    daemon.wait_for_event("provider.unreachable", 2)
    daemon.stop()
