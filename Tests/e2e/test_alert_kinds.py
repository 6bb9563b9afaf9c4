"""The alerts that watch the whole: each begins and ends through the real binary, where seconds are enough for it."""
import pytest

from harness import ago, delivered, in_flight, iso, wait_for


def limits(world, **alerts):
    world.write_config(alerts=alerts)


def test_pending_aging(world):
    limits(world, pending_aging_after="2h")
    world.add("AGING0001", in_flight(), accepted=ago(hours=5))
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("PendingAging"), 15, "the alert")[0]
    assert alert["severity"] == "warning" and "(301m > 2h)" in alert["summary"], "a minute begun is a minute"
    world.execute("UPDATE notification_history SET status = 'SENT'")
    wait_for(lambda: world.sink.of("PendingAging", "resolved"), 15, "its end")
    daemon.stop()


def test_backlog(world):
    limits(world, backlog_above=5)
    world.add_many([(f"BACK{index:04d}A01", [in_flight()]) for index in range(6)])
    daemon = world.start()
    wait_for(lambda: world.sink.of("Backlog"), 15, "the alert")
    world.execute("UPDATE notification_history SET status = 'SENT' WHERE id = 1")
    wait_for(lambda: world.sink.of("Backlog", "resolved"), 15, "its end")
    daemon.stop()


def test_webhook_gap(world):
    # All twelve: a cycle may end with some of them.
    limits(world, webhook_gap={"share": 0.5, "at_least": 12, "window": "1h"})
    world.add_many([(f"LOST{index:04d}A01", [delivered()]) for index in range(12)])
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("WebhookGap"), 15, "the alert")[0]
    assert "(100% of 12 in 1h)" in alert["summary"]
    world.add_many([(f"HOOK{index:04d}A01", []) for index in range(20)], ago(minutes=1), "SENT", at_provider=False)
    wait_for(lambda: world.sink.of("WebhookGap", "resolved"), 15, "its end")
    daemon.stop()


@pytest.mark.parametrize("is_mapped", [True, False])
def test_webhooks_that_arrive_are_no_gap(world, is_mapped):
    limits(world, webhook_gap={"share": 0.5, "at_least": 10, "window": "1h"})
    if not is_mapped:
        world.write_config(store={"columns": {"updated_at": None}})
    world.add_many([(f"LOST{index:04d}A01", [delivered()]) for index in range(12)])
    world.add_many([(f"HOOK{index:04d}A01", []) for index in range(15)], ago(minutes=5), "SENT", at_provider=False)
    if is_mapped:
        world.execute("UPDATE notification_history SET created_at = ?, updated_at = ? WHERE status = 'SENT'",
                      iso(ago(hours=3)), iso(ago(minutes=2)))
    world.once()
    assert world.sink.received == []


def test_a_cycle_that_hangs(world):
    world.write_config(api={"timeout": "30s"})
    world.add("HANG000001", delivered())
    world.simulator.faults({"kind": "delay", "delay_ms": 15_000, "times": 1})
    daemon = world.start()
    # After five intervals and `group_wait`; what is over before it is told is not told.
    alert = wait_for(lambda: world.sink.of("CycleOverrun"), 20, "the alert")[0]
    assert alert["severity"] == "error"
    wait_for(lambda: world.sink.of("CycleOverrun", "resolved"), 30, "its end")
    daemon.stop()


def test_an_outage_explains_what_it_causes(world):
    limits(world, pending_aging_after="2h", backlog_above=5)
    world.add_many([(f"OUT{index:05d}A01", [delivered()]) for index in range(10)], ago(hours=5))
    world.simulator.faults({"kind": "status", "status": 503})
    world.once(expect=69)
    world.simulator.faults()
    world.once()
    assert set(world.sink.names()) == {"ProviderUnreachable"}


def test_the_keys_have_an_effect(world):
    limits(world, pending_aging_after="2h", backlog_above=5, webhook_gap={"window": "2h"})
    assert "no effect" not in world.run("check").stdout
