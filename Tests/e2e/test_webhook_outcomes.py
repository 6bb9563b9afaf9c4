"""What becomes of webhooks that the daemon takes: answered is durable, whatever happens to store or process."""
import random
import re
import sqlite3
import time

import pytest

from disks import SmallDisk
from harness import ago, delivered, failed, in_flight, iso, wait_for
from webhooks import Stream, listening, post, ready, report


def add(world, keys, accepted=None):
    world.add_many([(key, [delivered()]) for key in keys], accepted=accepted or ago(seconds=5))


def unsettled(world, keys) -> list[str]:
    """Of those, the ones that are neither SENT nor kept for a row that is still to come."""
    sent = {row[0] for row in world.query("SELECT external_id FROM notification_history WHERE status = 'SENT'")}
    kept = {row[0] for row in world.query("SELECT message_key FROM reconciler_report")}
    return [key for key in keys if key not in sent and key not in kept]


def audited(world) -> dict[str, int]:
    return {row[0]: row[1] for row in world.query("SELECT source, count(*) FROM reconciler_audit GROUP BY source")}


def audited_twice(world) -> list:
    return world.query("SELECT message_key FROM reconciler_audit GROUP BY message_key HAVING count(*) > 1")


@pytest.fixture
def disk(world):
    disk = SmallDisk(world)
    yield disk
    disk.unmount()


def fill(world, disk):
    """Not even the write-ahead log has room that it could use again."""
    world.query("PRAGMA wal_checkpoint(TRUNCATE)")
    disk.fill()


def grow_old(world):
    """What is still pending is due now. Until then it is the webhooks', however long these take on a busy machine."""
    world.execute("UPDATE notification_history SET created_at = ? WHERE status = 'PENDING'", iso(ago(hours=1)))


def lost(daemon) -> int:
    return sum(int(re.search(r"count=(\d+)", line)[1]) for line in daemon.events("webhook.lost"))


def test_webhooks_settle_rows_at_once_and_only_once(world):
    keys = [f"HOOK{index:05d}" for index in range(400)]
    add(world, keys)
    port = listening(world, reconcile={"interval": "60s"}, log={"level": "debug"})
    daemon = world.start()
    ready(daemon, port)
    # A cycle asks about one of those that webhooks have settled: it must not come to that here.
    daemon.wait_for_event("cycle.completed")
    stream = Stream(port, keys + keys[:40])
    stream.join()
    assert stream.unanswered == [] and world.counts() == {"SENT": 400}
    assert audited(world) == {"webhook": 400} and audited_twice(world) == []
    assert world.simulator.stats()["requests"].get("report_inquiry", {}) == {}
    shown = world.run("show", keys[0]).stdout
    assert "→ sent  webhook" in shown
    daemon.stop()


def test_a_failure_is_confirmed_by_the_next_cycle_and_a_fallback_is_waited_for(world):
    world.add("FAILED0001", failed("64016"), accepted=ago(seconds=5))
    world.add("FALLBACK01", failed("64016"), in_flight("SMS"), accepted=ago(seconds=5))
    world.add("REFUSED001", failed("64008"), accepted=ago(seconds=5))
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    for key, code in [("FAILED0001", "64016"), ("FALLBACK01", "64016"), ("REFUSED001", "64008")]:
        post(port, report(key, code))
    wait_for(lambda: world.row("FAILED0001")["status"] == "DEAD_LETTER", 10)
    wait_for(lambda: "AccountRefused" in world.sink.names(), 10, "the alert")
    assert world.row("FALLBACK01")["status"] == "PENDING"
    post(port, report("FALLBACK01", service="SMS"))
    assert world.row("FALLBACK01")["status"] == "SENT"
    post(port, report("FALLBACK01", "64016"))
    assert world.row("FALLBACK01")["status"] == "SENT", "delivered wins, in any order"
    wait_for(lambda: world.row("REFUSED001")["status"] == "DEAD_LETTER", 10)
    assert audited(world) == {"webhook": 3}
    daemon.stop()


def test_a_report_before_its_row_is_applied_when_that_is_there(world):
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    post(port, report("EARLY00001"))
    world.add("EARLY00001", accepted=ago(seconds=1), at_provider=False)
    wait_for(lambda: world.row("EARLY00001")["status"] == "SENT", 30)
    assert audited(world) == {"webhook": 1}
    daemon.stop()


def test_webhooks_beside_a_reconciliation_settle_each_message_once(world):
    due = [f"DUE{index:06d}A01" for index in range(3000)]
    add(world, due, accepted=ago(hours=1))
    port = listening(world, api={"requests_per_second": 500})
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"})
    daemon = world.start()
    ready(daemon, port)
    # From the end, while the daemon asks from both.
    stream = Stream(port, list(reversed(due)))
    stream.join()
    wait_for(lambda: world.counts() == {"SENT": 3000}, 60)
    assert stream.unanswered == [] and audited_twice(world) == []
    assert audited(world)["webhook"] > 100
    daemon.stop()


def test_kill_nine_fifty_times_in_a_stream_every_answered_one_is_in_the_database(world):
    keys = [f"KILL{index:06d}" for index in range(100_000)]
    add(world, keys[:20_000])
    generator = random.Random(7)
    port = listening(world, reconcile={"interval": "60s"})
    answered: dict[str, float] = {}
    place = 0
    for life in range(50):
        daemon = world.start()
        ready(daemon, port)
        stream = Stream(port, keys[place:place + 2000])
        moment = generator.randrange(60)
        wait_for(lambda: len(stream.answered) >= moment, what=f"{moment} answers")
        time.sleep(generator.uniform(0, 0.05))
        daemon.process.kill()
        daemon.process.wait(10)
        stream.stop()
        answered |= stream.answered
        place += len(stream.answered) + len(stream.unanswered)
    assert unsettled(world, answered) == []
    assert world.integrity() == "ok" and audited_twice(world) == []
    print(f"\n50 kills; {len(answered):,} answered, all of them in the database")
    assert len(answered) > 500


def test_an_orderly_end_and_a_reload_in_a_stream_lose_nothing(world):
    keys = [f"END{index:06d}" for index in range(20_000)]
    add(world, keys)
    port = listening(world, reconcile={"interval": "60s"})
    daemon = world.start()
    ready(daemon, port)
    stream = Stream(port, keys)
    for _ in range(3):
        time.sleep(0.4)
        before = len(daemon.events("daemon.reloaded"))
        daemon.signal(1)
        daemon.wait_for_event("daemon.reloaded", before + 1)
    assert stream.unanswered == [], "a reload turns nobody away"
    time.sleep(0.3)
    daemon.stop()
    stream.stop()
    assert unsettled(world, stream.answered) == [] and daemon.events("webhook.lost") == []
    print(f"\nthree reloads and an end in a stream; {len(stream.answered):,} answered, all settled")


def test_while_the_database_is_locked_all_are_answered_in_time_and_written_later(world):
    keys = [f"LOCK{index:05d}" for index in range(600)]
    add(world, keys)
    port = listening(world, store={"busy_timeout": "1s"}, reconcile={"interval": "60s"})
    daemon = world.start()
    ready(daemon, port)
    blocker = sqlite3.connect(world.database, timeout=30, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    stream = Stream(port, keys, connections=32, rate=60)
    time.sleep(8)
    blocker.execute("ROLLBACK")
    blocker.close()
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    wait_for(lambda: world.counts() == {"SENT": 600}, 15)
    daemon.wait_for_event("webhook.written")  # is said after it is so
    assert daemon.events("webhook.kept") and not daemon.events("webhook.lost")
    print(f"\nlocked for 8 s: {len(keys)} answered, the slowest after {max(stream.answered.values()):.2f} s")
    daemon.stop()


def test_while_the_table_cannot_be_written_they_are_kept_and_what_dies_with_the_process_is_found_by_asking(world):
    keys = [f"FULL{index:05d}" for index in range(50)]
    add(world, keys, accepted=ago(seconds=0))
    port = listening(world, reconcile={"interval": "1s", "after": "10s"})
    daemon = world.start()
    ready(daemon, port)
    world.execute("CREATE TRIGGER broken BEFORE UPDATE ON notification_history BEGIN SELECT no_such_function(); END")
    stream = Stream(port, keys)
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    daemon.wait_for_event("webhook.kept")
    daemon.process.kill()
    daemon.process.wait(10)
    world.execute("DROP TRIGGER broken")
    daemon = world.start()
    wait_for(lambda: world.counts() == {"SENT": 50}, 30, "what was lost, by asking")
    assert audited(world) == {"inquiry": 50}
    daemon.stop()


def test_while_the_disk_is_full_all_are_answered_in_time_and_written_once_when_there_is_room(world, disk):
    keys = [f"DISK{index:05d}" for index in range(600)]
    add(world, keys)
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    fill(world, disk)
    stream = Stream(port, keys, connections=32, rate=60)
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    told = wait_for(lambda: world.sink.of("StoreTrouble"), what="the alert")
    assert "full" in told[0]["summary"]
    waiting = world.counts().get("PENDING", 0)
    assert waiting > 0 and daemon.events("webhook.kept")
    disk.make_room()
    wait_for(lambda: world.counts() == {"SENT": 600}, 15)
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="its end")
    assert len(world.sink.of("StoreTrouble")) == 1
    daemon.wait_for_event("webhook.written")
    assert not daemon.events("webhook.lost")
    assert audited(world) == {"webhook": 600} and audited_twice(world) == [] and world.integrity() == "ok"
    print(f"\ndisk full for 10 s: 600 answered, the slowest after {max(stream.answered.values()):.2f} s; {waiting} written later")
    daemon.stop()


def test_more_than_are_kept_while_the_disk_is_full_are_found_by_asking(world, disk):
    keys = [f"MANY{index:05d}" for index in range(12_000)]
    add(world, keys)
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    fill(world, disk)
    stream = Stream(port, keys)
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    kept = world.counts()["PENDING"]
    wait_for(lambda: kept - lost(daemon) <= 10_000, 10, "what is lost to be told")
    disk.make_room()
    wait_for(lambda: world.counts().get("SENT", 0) == 12_000 - lost(daemon), 30, "what was kept")
    grow_old(world)
    wait_for(lambda: world.counts() == {"SENT": 12_000}, 90, "what was lost, by asking")
    found = audited(world)
    assert sum(found.values()) == 12_000 and found["webhook"] == 12_000 - lost(daemon) and audited_twice(world) == []
    print(f"\n12,000 while the disk is full, the slowest answered after {max(stream.answered.values()):.2f} s: {found}")
    daemon.stop()


def test_kill_nine_while_the_disk_is_full_what_dies_with_the_process_is_found_by_asking(world, disk):
    keys = [f"DEAD{index:05d}" for index in range(900)]
    add(world, keys[:300])
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    stream = Stream(port, keys[:300])
    stream.join()
    assert unsettled(world, keys[:300]) == []
    add(world, keys[300:])
    fill(world, disk)
    stream = Stream(port, keys[300:600])
    stream.join()
    daemon.wait_for_event("webhook.kept")
    wait_for(lambda: world.sink.of("StoreTrouble"), what="the alert")
    daemon.process.kill()
    daemon.process.wait(10)
    died = unsettled(world, keys[300:600])
    assert died and unsettled(world, keys[:300]) == []
    # There is no room yet for the next one either.
    daemon = world.start()
    ready(daemon, port)
    stream = Stream(port, keys[600:])
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    daemon.wait_for_event("webhook.kept")
    disk.make_room()
    wait_for(lambda: world.counts().get("SENT") == 900 - len(died), 60, "what was kept")
    grow_old(world)
    wait_for(lambda: world.counts() == {"SENT": 900}, 60, "what was lost, by asking")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="its end")
    assert len(world.sink.of("StoreTrouble")) == 1, "the next process knows of it"
    assert audited(world) == {"webhook": 900 - len(died), "inquiry": len(died)}
    assert audited_twice(world) == [] and world.integrity() == "ok"
    print(f"\nkilled while the disk is full: {len(died)} of 900 died with the process, and were found by asking")
    daemon.stop()


def test_a_row_that_the_table_rejects_keeps_nobody_else_from_being_settled(world):
    keys = [f"ROW{index:05d}" for index in range(100)]
    add(world, keys)
    world.execute("CREATE TRIGGER reject BEFORE UPDATE ON notification_history WHEN NEW.external_id = 'ROW00050' "
                  "BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    stream = Stream(port, keys)
    stream.join()
    assert stream.unanswered == [] and max(stream.answered.values()) < 5
    assert world.counts() == {"SENT": 99, "PENDING": 1}
    assert unsettled(world, keys) == [], "its report is kept"
    wait_for(lambda: "StoreTrouble" in world.sink.names(), 10, "the alert")
    world.execute("DROP TRIGGER reject")
    wait_for(lambda: world.counts() == {"SENT": 100}, 20)
    daemon.stop()


def test_forged_reports_are_told(world):
    world.add("FORGED0001", failed("64016"), accepted=ago(seconds=5))
    world.add("FOREIGN001", delivered(), accepted=ago(seconds=5))
    port = listening(world)
    daemon = world.start()
    ready(daemon, port)
    post(port, report("FORGED0001"))
    assert world.row("FORGED0001")["status"] == "SENT"
    alert = wait_for(lambda: world.sink.of("WebhookDisagrees"), 15, "the alert")[0]
    assert (alert["severity"], alert["examples"]) == ("critical", ["FORGED0001"])
    assert world.row("FORGED0001")["status"] == "SENT", "and is left as it is"
    daemon.stop()
    world.write_config(webhook={"allow": ["192.0.2.1"]})
    daemon = world.start()
    ready(daemon, port)
    for key in ["FOREIGN001", "STRANGER01"]:
        post(port, report(key))
    alert = wait_for(lambda: world.sink.of("WebhookRejected"), 15, "the alert")[0]
    assert (alert["severity"], alert["count"], alert["examples"]) == ("error", 1, ["FOREIGN001"])
    assert world.row("FOREIGN001")["status"] == "PENDING"
    daemon.stop()
