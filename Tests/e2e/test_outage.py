"""While the provider is down, refusing, lying or throttling, nothing is given up; ops hear once; then all is judged."""
import re
import socket
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from harness import Simulator, ago, delivered, failed, wait_for

CONDITIONS = {
    "refusing": ([{"kind": "auth_missing_data"}], "refused", "ProviderRefused"),
    "forbidding": ([{"kind": "status", "status": 403, "layer": "gateway", "code": "A403"}], "refused",
                   "ProviderRefused"),
    "redirecting": ([{"kind": "redirect"}], "refused", "ProviderRefused"),
    "failing": ([{"kind": "status", "status": 503}], "unavailable", "ProviderUnreachable"),
    "throttling": ([{"kind": "status", "status": 429}], "rate_limited", "ProviderUnreachable"),
    "throttling politely": ([{"kind": "status", "status": 429, "retry_after": 1}], "rate_limited",
                            "ProviderUnreachable"),
    "garbage": ([{"kind": "garbage"}], "unavailable", "ProviderUnreachable"),
    "no http": ([{"kind": "garbage", "raw": True}], "unavailable", "ProviderUnreachable"),
    "empty body": ([{"kind": "empty_body"}], "unavailable", "ProviderUnreachable"),
    "other messages": ([{"kind": "wrong_key"}], "unavailable", "ProviderUnreachable"),
    "deep json": ([{"kind": "deep_json"}], "unavailable", "ProviderUnreachable"),
    "oversize": ([{"kind": "oversize"}], "unavailable", "ProviderUnreachable"),
    "gzip bomb": ([{"kind": "gzip_bomb"}], "unavailable", "ProviderUnreachable"),
    "truncating": ([{"kind": "truncate"}], "unavailable", "ProviderUnreachable"),
    "resetting": ([{"kind": "reset"}], "unavailable", "ProviderUnreachable"),
    "closing": ([{"kind": "close"}], "unavailable", "ProviderUnreachable"),
    "service error with 200": ([{"kind": "service_code", "code": "A999", "status": 200}], "unavailable",
                               "ProviderUnreachable"),
    "service says bad credentials": ([{"kind": "service_code", "code": "A100", "status": 200}], "refused",
                                     "ProviderRefused"),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_nothing_is_given_up_while_the_provider_does_not_answer(world, condition):
    rules, state, alert = CONDITIONS[condition]
    world.add_many([(f"WEEK{index:04d}A01", [delivered()] if index % 3 else []) for index in range(30)],
                   accepted=ago(days=7))
    before = world.query("SELECT * FROM notification_history ORDER BY id")
    world.simulator.faults(*rules)
    summary = world.once(expect=69)
    assert summary["provider"] == state and summary["due"] == 30 and summary["still_pending"] == 30
    assert summary["requests"] <= 20
    world.once(expect=69)
    assert world.query("SELECT * FROM notification_history ORDER BY id") == before, "no row changes"
    assert world.sink.names() == [alert], "one alert, though it failed twice"
    assert world.status()["provider"]["state"] == state
    world.simulator.faults()
    summary = world.once()
    assert summary["provider"] == "ok" and summary["sent"] == 20 and summary["dead_letter"]["stale"] == 10
    assert world.sink.names("resolved") == [alert]
    assert world.simulator.stats()["redirects_followed"] == 0


def test_a_provider_that_is_down(world):
    world.add_many([(f"WEEK{index:04d}A01", []) for index in range(10)], accepted=ago(days=7))
    world.simulator.stop()
    # Nobody listens there, and nobody else gets the port meanwhile.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", urlsplit(world.simulator.url).port))
        summary = world.once(expect=69)
        assert summary["provider"] == "unavailable" and summary["still_pending"] == 10
        world.once(expect=69)
    assert world.counts() == {"PENDING": 10}
    assert world.sink.names() == ["ProviderUnreachable"]
    world.simulator = Simulator()
    world.write_config(api={"base_url": world.simulator.url})
    assert world.once()["dead_letter"]["stale"] == 10
    assert world.sink.names("resolved") == ["ProviderUnreachable"]


def test_one_condition_after_the_other(world):
    """Down, refusing, lying and throttling in turn, as one long night."""
    world.add_many([(f"WEEK{index:04d}A01", []) for index in range(10)], accepted=ago(days=7))
    for condition in ("failing", "refusing", "garbage", "throttling"):
        world.simulator.faults(*CONDITIONS[condition][0])
        world.once(expect=69)
        assert world.counts() == {"PENDING": 10}
    world.simulator.faults()
    world.once()
    assert world.counts() == {"DEAD_LETTER": 10}
    assert world.status()["alerts"][0]["name"] == "StaleMessages" and len(world.status()["alerts"]) == 1


def test_a_wrong_key_is_refused_and_not_retried(world):
    world.key_file.write_text("another-key\n")
    world.add("KEY0000001", delivered())
    assert world.once(expect=69)["provider"] == "refused"
    assert world.simulator.stats()["refused_keys"] == 1


def test_a_cycle_that_asks_nothing_says_until_when(world):
    world.add_many([(f"UNTIL{index:04d}A", [delivered()]) for index in range(10)])
    world.simulator.faults({"kind": "status", "status": 503})
    daemon = world.start()
    line = wait_for(lambda: next((line for line in daemon.events("cycle.failed") if " requests=0 " in line), None),
                    20, "a cycle that asks nothing")
    at, retry_at = (datetime.fromisoformat(re.search(rf"(?:^|\s){key}=(\S+)", line)[1]) for key in ("ts", "retry_at"))
    assert timedelta() < retry_at - at <= timedelta(seconds=15), line
    world.simulator.faults()
    recovered = daemon.wait_for_event("provider.recovered", seconds=60)[0]
    at = datetime.fromisoformat(re.search(r"ts=(\S+)", recovered)[1])
    assert at >= retry_at, recovered
    daemon.stop()


def test_a_cycle_that_hears_nothing_in_all_its_time_says_so(world):
    """Sends are asked about first, and hang for as long as a cycle may take: no message comes to its turn."""
    world.write_config(api={"timeout": "1s"})
    world.add_many([(f"HANG{send:04d}A{number:02d}", [delivered()]) for send in range(4) for number in range(10)])
    world.simulator.faults({"kind": "delay", "delay_ms": 60_000})
    daemon = world.start()
    assert " requests=0 " not in daemon.wait_for_event("cycle.failed")[0]
    assert daemon.events("cycle.planned") == [] and daemon.events("cycle.completed") == []
    assert "report_inquiry: time-out" in daemon.events("provider.unreachable")[0]
    world.simulator.faults()
    daemon.wait_for_event("provider.recovered")
    wait_for(lambda: world.counts() == {"SENT": 40}, 20, "all settled")
    daemon.stop()


def test_a_passing_error_is_retried_within_the_pass(world):
    world.add("PASSING001", delivered())
    # The reset comes first, on a fresh connection: on a reused one libcurl itself would try once more.
    world.simulator.faults({"kind": "reset", "times": 1}, {"kind": "status", "status": 502, "times": 1})
    summary = world.once()
    assert summary["sent"] == 1 and summary["requests"] == 3


def test_a_message_that_alone_cannot_be_read_does_not_stop_the_others(world):
    world.add_many([(f"GOOD{index:04d}A01", [delivered()]) for index in range(20)])
    world.add("POISON0001", delivered())
    world.simulator.faults({"kind": "garbage", "match": "POISON0001"},
                           {"kind": "status", "status": 404, "match": "history"})
    summary = world.once()
    assert summary["sent"] == 20 and summary["still_pending"] == 1
    assert world.sink.received == []
    assert world.once()["due"] == 0, "put off"


def test_a_failure_is_not_believed_when_the_channels_cannot_be_asked(world):
    world.add("BELIEVE001", failed())
    world.simulator.faults({"kind": "status", "status": 500, "match": "/api/comm/v1/message/inquiry"})
    world.once(expect=None)
    assert world.row("BELIEVE001")["status"] == "PENDING"


def test_the_configured_rate_is_kept_whatever_happens(world):
    # One at a time: a server that is kept from running sees those closer together that were under way meanwhile.
    world.write_config(api={"requests_per_second": 20, "burst": 5, "max_in_flight": 1})
    world.add_many([(f"RATE{index:04d}A01", [failed()] if index % 2 else [delivered()]) for index in range(60)])
    world.simulator.faults({"kind": "status", "status": 503, "share": 0.1})
    world.once(expect=None)
    times = world.simulator.control("stats?times=1")["times"]
    worst = max((last - first + 1 - (5 + 20 * (times[last] - times[first]) / 1000))
                for first in range(len(times)) for last in range(first, len(times)))
    assert worst <= 1, f"{worst:.2f} requests above burst + rate x time"
