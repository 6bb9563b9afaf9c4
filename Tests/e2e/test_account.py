"""A suspended account is one alert, at once, and it ends with the next delivery."""
import time

from harness import delivered, failed, in_flight, wait_for


def test_five_hundred_messages_refused_are_one_alert_with_their_count(world):
    world.add_many([(f"ACC{index:05d}A01", [failed("64008", "사용 권한 없음")]) for index in range(500)])
    summary = world.once()
    assert summary["dead_letter"]["reported"] == 500
    fired = world.sink.of("AccountRefused")
    assert len(fired) == 1
    alert = fired[0]
    assert (alert["count"], alert["severity"], alert["labels"]) == (500, "critical", {"code": "64008"})
    assert len(alert["examples"]) == 10
    assert set(alert) == {"alert", "state", "severity", "labels", "summary", "count", "examples", "since", "at",
                          "host", "version", "dedup_key"}
    firing = {entry["name"]: entry for entry in world.status()["alerts"]}
    assert firing["AccountRefused"]["count"] == 500

    world.settled_delivery()
    world.once()
    assert len(world.sink.of("AccountRefused", "resolved")) == 1
    assert "AccountRefused" not in [entry["name"] for entry in world.status()["alerts"]]


def test_the_daemon_tells_within_seconds(world):
    world.add_many([(f"ACC{index:05d}A01", [failed("64008")]) for index in range(500)])
    started = time.monotonic()
    daemon = world.start()
    wait_for(lambda: world.sink.of("AccountRefused"), 10, "the alert")
    print(f"\nAccountRefused at the sink {time.monotonic() - started:.1f} s after the daemon was started")
    wait_for(lambda: world.counts() == {"DEAD_LETTER": 500}, 20)
    # On a slow machine the first second does not see all 500: then it is told once more whenever doubled.
    counts = [alert["count"] for alert in world.sink.of("AccountRefused")]
    assert all(count >= 2 * before for before, count in zip(counts, counts[1:])), counts
    world.settled_delivery()
    ended = wait_for(lambda: world.sink.of("AccountRefused", "resolved"), 10, "its end")
    assert [alert["count"] for alert in ended] == [500]
    daemon.stop()


def test_a_refused_sender_is_its_own_alert(world):
    world.add_many([(f"SEND{index:04d}A01", [failed("23023", "미등록 발신번호")]) for index in range(3)])
    world.once()
    assert [alert["labels"] for alert in world.sink.of("SenderRefused")] == [{"code": "23023"}]


def test_ten_thousand_dead_letters_are_one_alert(world):
    world.add_many([(f"MANY{index:05d}A01", [failed("64016")]) for index in range(10_000)])
    world.once()
    assert [(alert["alert"], alert["count"]) for alert in world.sink.received] == [("DeadLetters", 10_000)]


def test_what_a_sink_does_not_take_stays_in_the_outbox(world):
    world.add("OUTBOX0001", failed("64008"))
    world.sink.status = 503
    world.once()
    assert world.sink.received == []
    world.sink.status = 200
    world.execute("UPDATE reconciler_telling SET not_before = NULL")
    world.once()
    assert sorted(world.sink.names()) == ["AccountRefused", "DeadLetters"]


def test_a_dry_run_asks_and_reports_but_writes_nothing_and_alerts_nobody(world):
    world.add("DRY0000001", failed("64008"))
    world.add("DRY0000002", delivered())
    before = world.query("SELECT * FROM notification_history")
    tables = world.query("SELECT name FROM sqlite_master ORDER BY name")
    summary = world.once("--dry-run")
    assert summary["sent"] == 1 and summary["dead_letter"]["reported"] == 1
    assert world.query("SELECT * FROM notification_history") == before
    assert world.query("SELECT name FROM sqlite_master ORDER BY name") == tables
    assert world.sink.received == []
    assert world.once()["sent"] == 1


def test_a_refusal_is_told_while_another_channel_is_in_flight(world):
    world.add_many([(f"OPEN000{index:03d}", [failed("64008"), in_flight("SMS")]) for index in range(5)])
    assert world.once()["still_pending"] == 5
    told, = world.sink.of("AccountRefused")
    assert told["state"] == "firing" and told["count"] == 5 and told["labels"] == {"code": "64008"}
    world.execute("UPDATE reconciler_message SET next_ask_at = 0")
    assert world.once()["still_pending"] == 5
    alert, = [alert for alert in world.status()["alerts"] if alert["name"] == "AccountRefused"]
    assert alert["count"] == 5, "each message once"
