"""When alerts about the account and about sinks begin and end, and how often a message counts."""
import json

import pytest

from harness import Sink, World, ago, delivered, failed, in_flight, iso, wait_for
from test_planner import add_sends, assert_right


def firing(world, name: str) -> list[dict]:
    return [alert for alert in world.status()["alerts"] if alert["name"] == name]


def ask_again(world):
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")


# MARK: the account

def untimed(world, key: str):
    """A delivery whose report has no time; the simulator's always have one."""
    entry = {"msgKey": key, "serviceType": "ALIMTALK", "reportCode": "10000"}
    text = json.dumps({"common": {"authCode": "A000"},
                       "data": {"code": "A000", "data": {"report": [entry], "messages": [entry]}}})
    world.add(key, at_provider=False)
    world.simulator.faults(*[{"kind": "body", "body": text, "match": endpoint}
                             for endpoint in ("report_inquiry", "message_status")])


def test_a_delivery_whose_report_has_no_time_ends_it(world):
    world.add("REFUSED001A01", failed("64008") | {"reportTime": iso(ago(minutes=5))})
    world.once()
    assert firing(world, "AccountRefused")
    untimed(world, "UNTIMED001A01")
    assert world.once()["sent"] == 1
    assert len(world.sink.of("AccountRefused", "resolved")) == 1 and not firing(world, "AccountRefused")


@pytest.mark.parametrize("uncertain_first", [False, True])
@pytest.mark.parametrize("last, status", [([failed("64008"), failed("64016", service="SMS")], "DEAD_LETTER"),
                                          ([failed("64008"), delivered("SMS")], "SENT")])
def test_a_refusal_beside_something_uncertain_counts_once(world, last, status, uncertain_first):
    key, open_ = "UNSURE0001A01", [failed("64008"), failed("63005", "unclear", "SMS")]
    world.add(key, *(open_[1:] if uncertain_first else open_))
    world.once()
    if uncertain_first:
        assert not firing(world, "AccountRefused")
        world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=1)), "entries": open_}])
        ask_again(world)
        world.once()
    assert [alert["count"] for alert in firing(world, "AccountRefused")] == [1], "told while it is open"
    for _ in range(2):
        ask_again(world)
        assert world.once()["still_pending"] == 1
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=1)), "entries": last}])
    ask_again(world)
    world.once()
    assert world.row(key)["status"] == status
    assert [alert["count"] for alert in world.status()["alerts"] if alert["name"] == "AccountRefused"] == [1]


@pytest.fixture
def polling(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    world.write_config(api={"report_method": "polling"})
    yield world
    world.stop()


def announce(world, key: str, *entries: dict):
    accepted = iso(ago(seconds=5))
    world.add(key, accepted=ago(seconds=5), at_provider=False)
    world.simulator.load([{"msgKey": key, "acceptedAt": accepted, "entries": list(entries), "announce": True}])


OUTAGES = {"message status fails": ["message_status", "request_status"],
           "everything but polling fails": ["message_status", "request_status", "report_inquiry", "history"]}


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_polled_refusal_is_told_though_it_cannot_be_confirmed(polling, outage):
    polling.simulator.faults(*[{"kind": "status", "status": 503, "match": endpoint} for endpoint in OUTAGES[outage]])
    for index in range(3):
        announce(polling, f"POLLED{index}X{index:03d}", failed("64008"))
    for _ in range(2):
        polling.once(expect=None)
    assert polling.counts() == {"PENDING": 3}, "nothing is believed of the messages"
    told, = polling.sink.of("AccountRefused")
    assert told["count"] == 3 and len(polling.sink.of("AccountRefused")) == 1
    polling.simulator.faults()
    polling.execute("UPDATE reconciler_report SET try_at = 0")
    polling.once()
    assert polling.counts() == {"DEAD_LETTER": 3}
    assert [alert["count"] for alert in firing(polling, "AccountRefused")] == [3], "each message once"


def test_a_polled_refusal_beside_an_open_channel_counts_once(polling):
    polling.simulator.faults({"kind": "status", "status": 503, "match": "message_status"})
    announce(polling, "POLLED0001A01", failed("64008"))
    polling.once(expect=None)
    polling.simulator.faults()
    polling.simulator.load([{"msgKey": "POLLED0001A01", "acceptedAt": iso(ago(seconds=5)),
                             "entries": [failed("64008"), in_flight("SMS")]}])
    polling.execute("UPDATE reconciler_report SET try_at = 0")
    polling.once()
    assert polling.counts() == {"PENDING": 1}
    assert [alert["count"] for alert in firing(polling, "AccountRefused")] == [1]


def test_a_refusal_in_the_history_is_told_while_the_sweep_is_under_way(world):
    recipients = 46
    expected = add_sends(world, 280, recipients, ago(hours=5), ago(minutes=30), [([in_flight()], "PENDING", None)], (1,))
    refused = sorted(expected)[100 * recipients:101 * recipients]
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=3)),
                           "entries": [failed("64008"), in_flight("SMS")]} for key in refused])
    world.simulator.settings(latency_ms=300)
    daemon = world.start()
    wait_for(lambda: world.sink.of("AccountRefused"), 30, "AccountRefused")
    daemon.wait_for_event("cycle.swept")
    before, _ = daemon.log.split("event=cycle.swept", 1)
    assert any("event=alert.fired" in line and "AccountRefused" in line for line in before.splitlines()), \
        "at once, and not at the end"
    daemon.stop()
    assert [alert["count"] for alert in firing(world, "AccountRefused")] == [recipients], "each message once"
    assert_right(world, expected)


# MARK: sinks

@pytest.fixture
def other():
    sink = Sink()
    yield sink
    sink.stop()


def two_sinks(world, other):
    world.write_config(alerts={"sinks": [{"type": "webhook", "url": world.sink.url},
                                         {"type": "webhook", "name": "other", "url": other.url}]})


def one_sink(world):
    world.write_config(alerts={"sinks": [{"type": "webhook", "url": world.sink.url}]})


@pytest.mark.parametrize("daemon_runs", [True, False])
def test_a_test_that_is_taken_ends_sink_failing(world, other, daemon_runs):
    two_sinks(world, other)
    other.status = 404  # until somebody changes something: it is not tried again for minutes
    world.add("FAILED0001A01", failed("64016"))
    daemon = world.start()
    wait_for(lambda: world.sink.of("SinkFailing"), what="SinkFailing")
    if not daemon_runs:
        daemon.stop()
    other.status = 200
    world.run("alert-test", "other")
    assert not firing(world, "SinkFailing")
    if not daemon_runs:
        world.once()
    wait_for(lambda: world.sink.of("SinkFailing", "resolved"), what="its end")
    if not daemon_runs:
        return
    other.status = 404  # what the daemon knew of it is forgotten, so that it is news
    world.add("FAILED0002A01", failed("64008"))
    wait_for(lambda: len(world.sink.of("SinkFailing")) == 2, what="SinkFailing again")
    daemon.stop()


def test_a_test_that_is_not_taken_ends_nothing(world, other):
    two_sinks(world, other)
    other.status = 404
    world.add("FAILED0001A01", failed("64016"))
    world.once()
    assert firing(world, "SinkFailing")
    world.run("alert-test", "other", expect=74)
    world.run("alert-test", "webhook")
    assert firing(world, "SinkFailing")


def test_a_test_makes_no_tables(world):
    world.run("alert-test")
    assert world.query("SELECT name FROM sqlite_master WHERE name LIKE 'reconciler%'") == []


@pytest.mark.parametrize("name", ["AccountRefused", "ProviderUnreachable"])
def test_a_sink_added_again_hears_the_end_of_what_it_was_told(world, other, name):
    two_sinks(world, other)
    world.add("MESSAGE001A01", failed("64008"))
    if name == "ProviderUnreachable":
        world.simulator.faults({"kind": "status", "status": 503})
    world.once(expect=None)
    assert other.names().count(name) == 1
    one_sink(world)
    world.simulator.faults()
    world.once()
    world.settled_delivery()
    world.once()
    assert world.sink.of(name, "resolved") and other.of(name, "resolved") == []
    two_sinks(world, other)
    world.once()
    assert len(other.of(name, "resolved")) == 1 and other.names().count(name) == 1
    world.once()
    assert len(other.of(name, "resolved")) == 1


def test_a_sink_that_is_gone_keeps_nothing_firing(world, other):
    """What only it was not told the end of is not shown, nor told to others again."""
    two_sinks(world, other)
    world.add("MESSAGE001A01", failed("64008"))
    world.once()
    one_sink(world)
    world.settled_delivery()
    world.once()
    assert "AccountRefused" not in [alert["name"] for alert in world.status()["alerts"]]
    told = len(world.sink.received)
    world.once()
    assert len(world.sink.received) == told
