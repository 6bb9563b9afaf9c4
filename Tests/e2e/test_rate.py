"""Within the provider's limits, measured where they count: by the arrivals at the server. And where the provider allows
less than was configured, the program finds out and obeys."""
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from harness import ago, delivered, wait_for

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

from messages import Messages, judge, write  # noqa: E402
from stage import REFUSALS, excess  # noqa: E402
from tables import TableFile  # noqa: E402

pytestmark = pytest.mark.measures

RATE, BURST = 20, 5
LIMITED = {"requests_per_second": RATE, "burst": BURST, "max_in_flight": 8}
ONE_BY_ONE = list(REFUSALS)


def load(world, messages: Messages):
    now = ago()
    assert world.simulator.control("generate", messages.description(now))["loaded"] == messages.count
    write(TableFile(world.database), messages, now)


def arrivals(world) -> list[float]:
    """Milliseconds."""
    return world.simulator.control("stats?times=1")["times"]


def assert_within_limit(world, at_least: float = 0):
    """Never more than burst + rate × t in any time t; and `at_least` so many requests a second on the whole, so that
    the limit was put to the test."""
    times = arrivals(world)
    above = excess(times, RATE, BURST)
    seconds = (times[-1] - times[0]) / 1000
    print(f"\n{len(times)} requests in {seconds:.1f} s, worst stretch {above:+.2f} of the limit")
    # As in the benchmark: what the way through two processes may shift one arrival.
    assert above <= 0.05
    assert len(times) >= at_least * seconds


def settled(world, count: int = 0):
    return world.counts().get("PENDING", 0) <= count


def test_retries_count(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=80, recipients=1, hours=1)
    load(world, messages)
    world.simulator.faults(*ONE_BY_ONE, {"kind": "status", "status": 503, "share": 0.2})
    daemon = world.start()
    wait_for(lambda: settled(world), 90, "all to be settled")
    daemon.stop()
    assert judge(TableFile(world.database), messages) == "all right"
    assert world.simulator.stats()["faults"]["status"] >= 5
    assert_within_limit(world)


def test_probes_of_a_provider_that_is_down_count(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=40, recipients=1, hours=1)
    load(world, messages)
    world.simulator.faults({"kind": "status", "status": 503})
    daemon = world.start()
    daemon.wait_for_event("provider.unreachable")
    time.sleep(2)
    before = world.simulator.stats()["total"]
    assert before <= 20, "it stops asking"
    wait_for(lambda: world.simulator.stats()["total"] > before, 20, "a probe")
    daemon.process.kill()
    daemon.process.wait(10)
    assert world.counts() == {"PENDING": 40}
    world.simulator.faults(*ONE_BY_ONE)
    daemon = world.start()
    wait_for(lambda: settled(world), 30, "all to be settled")
    daemon.stop()
    assert judge(TableFile(world.database), messages) == "all right"
    assert_within_limit(world)


def test_pages_and_questions_about_sends_count(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=150, recipients=100, hours=4)
    load(world, messages)
    world.simulator.settings(history_missing=0.1)
    summary = world.once()
    requests = world.simulator.stats()["requests"]
    assert requests["history"]["200"] >= 15 and requests["request_status"]["200"] >= 50, requests
    assert summary["requests"] == world.simulator.stats()["total"]
    assert judge(TableFile(world.database), messages) == "all right"
    assert_within_limit(world, at_least=0.8 * RATE)


def test_restarts_add_no_bursts(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=600, recipients=1, hours=1)
    load(world, messages)
    world.simulator.faults(*ONE_BY_ONE)
    generator = random.Random(17)
    for _ in range(5):
        daemon = world.start()
        before = world.simulator.stats()["total"]
        wait_for(lambda: world.simulator.stats()["total"] > before + 3, what="the first questions")
        time.sleep(generator.uniform(0.1, 1.5))
        daemon.process.kill()
        daemon.process.wait(10)
    assert_within_limit(world, at_least=0.5 * RATE)
    assert judge(TableFile(world.database), messages).endswith(" 0 WRONG"), "what was settled by then is right"
    assert world.integrity() == "ok"


def test_restarts_after_a_moment_add_no_bursts_either(world):
    """Killed as soon as it has asked: whatever a start gave for nothing would add up here."""
    world.write_config(api=LIMITED)
    messages = Messages(sends=300, recipients=1, hours=1)
    load(world, messages)
    world.simulator.faults(*ONE_BY_ONE)
    for _ in range(5):
        daemon = world.start()
        before = world.simulator.stats()["total"]
        wait_for(lambda: world.simulator.stats()["total"] > before, what="the first question")
        daemon.process.kill()
        daemon.process.wait(10)
    assert_within_limit(world)


def test_a_provider_that_allows_less_than_was_configured_is_found_out(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=40, recipients=1, hours=1)
    load(world, messages)
    world.simulator.faults(*ONE_BY_ONE)
    world.simulator.settings(rate=2, burst=2)
    daemon = world.start()
    history: list[tuple[int, int]] = []

    def look():
        stats = world.simulator.stats()
        history.append((stats["total"], stats["rate_limited"]))
        # A question that was refused three times is put again a minute later: the few that found out.
        return settled(world, messages.count // 5)

    wait_for(look, 60, "most to be settled")
    daemon.stop()
    total, limited = history[-1]
    early = next(seen for seen in history if seen[0] >= 10)
    share_early = early[1] / early[0]
    share_late = (limited - early[1]) / (total - early[0])
    print(f"\n{total} requests, answered 429: {share_early:.0%} of the first {early[0]}, {share_late:.0%} of the rest")
    assert limited > 0 and share_late < share_early and share_late < 0.35
    # Instead of waiting for that minute.
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")
    world.simulator.settings(rate=0)
    world.once()
    assert judge(TableFile(world.database), messages) == "all right"


def test_retry_after_is_obeyed(world):
    world.write_config(api=LIMITED)
    messages = Messages(sends=40, recipients=1, hours=1)
    load(world, messages)
    # The rule comes first, so that it counts all requests: those of these numbers are refused.
    first, times, seconds = 10, 3, 2
    world.simulator.faults({"kind": "status", "status": 429, "retry_after": seconds, "skip": first, "times": times},
                           *ONE_BY_ONE)
    daemon = world.start()
    wait_for(lambda: settled(world), 60, "all to be settled")
    daemon.stop()
    assert judge(TableFile(world.database), messages) == "all right"
    assert world.simulator.stats()["rate_limited"] == times
    arrived = arrivals(world)
    for refused in arrived[first:first + times]:
        # Until the answer has been read others may be under way; they are answered in no time.
        too_early = [at - refused for at in arrived if refused + 250 < at < refused + seconds * 1000]
        assert not too_early, f"milliseconds after a 429 with Retry-After: {seconds}: {too_early}"
    assert_within_limit(world)


def told_to_wait(world, seconds: int):
    """A daemon whose first request was answered 429 with `Retry-After`."""
    world.write_config(api=LIMITED)
    world.simulator.faults({"kind": "status", "status": 429, "retry_after": seconds, "times": 1})
    world.add("FIRST00A01", delivered())
    daemon = world.start()
    wait_for(lambda: world.simulator.stats()["rate_limited"] == 1)
    return daemon


def test_retry_after_is_obeyed_by_messages_that_come_due_meanwhile(world):
    """By a daemon, whose next cycles begin within the pause."""
    daemon = told_to_wait(world, 4)
    world.add("NEWER00A01", delivered())
    wait_for(lambda: settled(world), 20)
    daemon.stop()
    arrived = arrivals(world)
    assert arrived[1] - arrived[0] >= 4000


def test_retry_after_is_obeyed_by_the_next_configuration(world):
    daemon = told_to_wait(world, 5)
    for count in (1, 2):
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_event("daemon.reloaded", count)
    wait_for(lambda: settled(world), 20)
    daemon.stop()
    arrived = arrivals(world)
    assert arrived[1] - arrived[0] >= 5000
