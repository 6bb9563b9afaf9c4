"""The whole loop with one binary: send → PENDING → webhook → settled, and what webhooks lost is found by asking."""
import json
import time

import test_record
import test_send
from harness import wait_for
from webhooks import PATH, listening, ready

SECRET = "secret-of-the-whole-loop"


def is_through(world) -> bool:
    """Whether every report was announced, and every webhook that is not lost was answered."""
    stats = world.simulator.stats()
    webhooks = stats["webhooks"]
    return (stats["waiting_reports"] == 0
            and webhooks["acknowledged"] >= webhooks["reports"] - webhooks["lost"] + webhooks["repeated"])


def test_two_thousand_sends_whose_webhooks_get_lost_are_right_after_one_cycle(world):
    port = listening(world, reconcile={"interval": "300s", "after": "1s"})
    secret = world.folder / "webhook-secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    world.write_config(webhook={"secret_files": [str(secret)]})
    world.simulator.settings(
        send_rate=0, webhook_url=f"http://127.0.0.1:{port}{PATH}", webhook_secret=SECRET, webhook_loss=0.3,
        webhook_repeat=0.1, webhook_delayed=0.05)
    daemon = world.start()
    ready(daemon, port)
    expected = {}

    def note(status: str):
        for message in test_send.messages(world):
            expected.setdefault(message["msgKey"], status)

    number = 0
    for outcome, count, status in [("delivered", 1600, "SENT"), ("failed", 100, "DEAD_LETTER"),
                                   ("fallback_delivered", 60, "SENT"), ("delivered", 200, "SENT")]:
        world.simulator.settings(outcome=outcome)
        for start in range(number, number + count, 200):
            test_send.send(world, test_send.body(min(200, number + count - start), start))
        number += count
        note(status)
    # Sent by others, and recorded only when their webhooks have come.
    late = [test_record.send(world, [f"010{index:08d}" for index in range(number, number + 40)])]
    note("SENT")
    wait_for(lambda: is_through(world), 60, "all webhooks")
    for answer in late:
        test_record.record(world, answer)
    by_webhook = {row[0] for row in world.query("SELECT external_id FROM notification_history WHERE status = 'SENT'")}
    daemon.stop()
    time.sleep(1)
    world.once()

    rows = {row["external_id"]: row["status"] for row in world.query("SELECT * FROM notification_history")}
    assert len(expected) == 2000
    assert rows == expected
    audit = world.query("SELECT message_key, source FROM reconciler_audit")
    assert sorted(row["message_key"] for row in audit) == sorted(expected), "each exactly once"
    early = {row["message_key"] for row in audit if row["source"] == "webhook"}
    assert by_webhook <= early
    found = {row["message_key"] for row in audit} - early
    assert all(rows[key] == "SENT" or rows[key] == "DEAD_LETTER" for key in found)
    assert 300 < len(found) < 900
    print(f"\n2,000 sent: {len(early):,} settled by webhook, {len(found):,} by asking; {json.dumps(world.simulator.stats()['webhooks'])}")
