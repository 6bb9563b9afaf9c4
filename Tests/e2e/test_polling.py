"""Reports fetched by polling: committed, then acknowledged; whatever is interrupted, nothing is lost or applied twice."""
import json
import random
import time
from datetime import datetime

import pytest

from harness import World, ago, delivered, failed, in_flight, iso, mixed, wait_for


@pytest.fixture
def polling(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    world.write_config(api={"report_method": "polling"})
    yield world
    world.stop()


def announce(world, messages, accepted=None, in_table=True):
    """Messages too young to be asked about, whose reports the provider holds ready."""
    accepted = accepted or ago(seconds=5)
    if in_table:
        world.add_many(messages, accepted=accepted, at_provider=False)
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(seconds=5)), "entries": entries, "announce": True}
                          for key, entries in messages])


def wrong_rows(world, messages):
    return [(key, status, dict(row)) for key, _, status, code in messages
            if (row := world.row(key))["status"] != status or (code and row["report_code"] != code)]


def requests(world, endpoint):
    return sum(world.simulator.stats()["requests"].get(endpoint, {}).values())


def audited_twice(world):
    return world.query("SELECT message_key, count(*) FROM reconciler_audit GROUP BY message_key HAVING count(*) > 1")


def look_now(world):
    world.execute("UPDATE reconciler_report SET try_at = 0")


def consistent(summary):
    return summary["due"] == (summary["sent"] + sum(summary["dead_letter"].values()) + summary["still_pending"]
                              + summary["settled_elsewhere"])


def test_a_thousand_mixed_outcomes_without_one_inquiry(polling):
    messages = mixed(1000, seed=3)
    announce(polling, [(key, entries) for key, entries, _, _ in messages])
    polling.simulator.settings(polling_batch=100)
    summary = polling.once()
    assert wrong_rows(polling, messages) == []
    counts = polling.counts()
    assert summary["sent"] == counts["SENT"] and sum(summary["dead_letter"].values()) == counts["DEAD_LETTER"]
    assert summary["still_pending"] == 0 and consistent(summary), "what stays open was not due"
    assert summary["requests"] == polling.simulator.stats()["total"]
    assert requests(polling, "report_inquiry") == 0
    batches = requests(polling, "polling_ack")
    assert batches >= 8 and requests(polling, "polling") == batches + 1, "drained, batch by batch"
    assert polling.simulator.stats()["waiting_polling"] == 0
    assert audited_twice(polling) == []
    sources = polling.query("SELECT DISTINCT source FROM reconciler_audit")
    assert [row[0] for row in sources] == ["polling"]
    assert polling.once()["due"] == 0
    again = [key for key, _, status, _ in messages if status == "SENT"][0]
    assert [entry["source"] for entry in json.loads(polling.run("show", again, "--json").stdout)["timeline"]] == ["polling"]
    assert "→ sent  polling" in polling.run("show", again).stdout
    print(f"\n1,000 mixed messages by polling: {summary}")


def test_what_is_due_is_asked_about_besides(polling):
    announce(polling, [("POLLED0001", [delivered()])])
    polling.add("ASKED00001", delivered())
    polling.add("ASKED00002")
    summary = polling.once()
    assert (summary["due"], summary["sent"], summary["still_pending"]) == (3, 2, 1)
    assert requests(polling, "request_status") == 1, "both at once"
    assert requests(polling, "message_status") == 1 and requests(polling, "report_inquiry") == 1, "what it left out"


def test_a_fallback_in_flight_is_not_failed_and_its_delivery_is_sent(polling):
    announce(polling, [("FALLBACK01", [failed("64016"), in_flight("SMS")])])
    summary = polling.once()
    assert polling.row("FALLBACK01")["status"] == "PENDING" and summary["due"] == 0
    announce(polling, [("FALLBACK01", [failed("64016"), delivered("SMS")])], in_table=False)
    assert polling.once()["sent"] == 1
    assert polling.row("FALLBACK01")["status"] == "SENT"
    assert polling.query("SELECT * FROM reconciler_report") == []


def test_many_failures_of_one_send_cost_one_question(polling):
    announce(polling, [(f"SEND0001{index:03d}", [failed("64016")]) for index in range(200)])
    summary = polling.once()
    assert summary["dead_letter"]["reported"] == 200
    assert summary["requests"] == 4, "poll, acknowledge, poll, one request status"


def test_a_failure_that_cannot_be_confirmed_is_kept_and_believed_later(polling):
    announce(polling, [("LATER00001", [failed("64016", "call " + "5" * 11 + " now")])])
    polling.simulator.faults({"kind": "status", "status": 503, "match": "message_status"})
    assert polling.once(expect=69)["due"] == 0
    assert polling.simulator.stats()["waiting_polling"] == 0, "acknowledged all the same"
    kept = polling.query("SELECT * FROM reconciler_report")
    assert [(row["message_key"], row["code"], row["is_matched"]) for row in kept] == [("LATER00001", "64016", 1)]
    assert "555" not in kept[0]["text"]
    polling.simulator.faults()
    look_now(polling)
    assert polling.once()["dead_letter"]["reported"] == 1


def test_reports_about_unknown_messages_are_kept_counted_and_matched_when_the_row_appears(polling):
    messages = [("EARLY00001", [delivered()]), ("EARLY00002", [failed("64016")]), ("FOREIGN001", [delivered()])]
    announce(polling, messages, in_table=False)
    assert polling.once()["due"] == 0
    assert polling.simulator.stats()["waiting_polling"] == 0
    assert polling.status()["unmatched_reports"] == 3
    assert "3 fetched reports are about messages without a row" in polling.run("status").stdout
    polling.add_many(messages[:2], accepted=ago(seconds=1), at_provider=False)
    look_now(polling)
    summary = polling.once()
    assert summary["sent"] == 1 and summary["dead_letter"]["reported"] == 1 and consistent(summary)
    assert polling.status()["unmatched_reports"] == 1
    assert polling.query("SELECT DISTINCT source FROM reconciler_audit")[0][0] == "polling"


def test_the_daemon_matches_by_itself(polling):
    announce(polling, [("EARLY00001", [delivered()])], in_table=False)
    daemon = polling.start()
    wait_for(lambda: polling.simulator.stats()["waiting_polling"] == 0)
    polling.add("EARLY00001", accepted=ago(seconds=1), at_provider=False)
    wait_for(lambda: polling.row("EARLY00001")["status"] == "SENT", 30)
    daemon.stop()


def test_dead_letters_become_late_reports(polling):
    announce(polling, [("DEAD000001", [delivered()])], in_table=False)
    polling.add("DEAD000001", accepted=ago(days=20), status="DEAD_LETTER", at_provider=False)
    polling.add("STALE00001", accepted=ago(hours=73))
    summary = polling.once()
    assert summary["late"] == 1 and summary["dead_letter"]["stale"] == 1 and consistent(summary)
    announce(polling, [("STALE00001", [delivered()])], in_table=False)
    assert polling.once()["late"] == 1
    assert polling.counts() == {"SENT": 2}
    assert [alert["count"] for alert in polling.sink.of("LateReports")][-1] == 2


def test_a_batch_that_comes_twice_is_applied_once(polling):
    messages = mixed(200, seed=5)
    announce(polling, [(key, entries) for key, entries, _, _ in messages] + [("NOROW00001", [delivered()])])
    polling.execute("DELETE FROM notification_history WHERE external_id = 'NOROW00001'")
    polling.simulator.faults({"kind": "status", "status": 503, "match": "polling_ack"})
    first = polling.once(expect=69)
    assert wrong_rows(polling, messages) == []
    waiting = polling.simulator.stats()["waiting_polling"]
    polling.simulator.faults()
    second = polling.once()
    assert waiting > 0 and polling.simulator.stats()["waiting_polling"] == 0
    assert second["due"] == second["sent"] == second["late"] == 0 and first["due"] > 0
    assert wrong_rows(polling, messages) == [] and audited_twice(polling) == []
    dead = polling.counts()["DEAD_LETTER"]
    assert [alert["count"] for alert in polling.sink.of("DeadLetters")] == [dead]
    assert polling.status()["unmatched_reports"] == 1


def test_an_acknowledgement_that_was_made_before_is_no_error(polling):
    announce(polling, [("ACKED00001", [delivered()])])
    polling.simulator.faults({"kind": "service_code", "status": 403, "code": "A802", "match": "polling_ack"})
    began = time.monotonic()
    result = polling.run("once")
    assert polling.row("ACKED00001")["status"] == "SENT" and time.monotonic() - began < 10
    assert "event=polling.repeated" in result.stdout, "the batch came back: not for ever"
    assert requests(polling, "polling") == 2


def test_kill_nine_between_fetch_and_acknowledgement_twenty_times(polling):
    messages = mixed(1000, seed=13)
    strangers = [(f"STRANGE{index:03d}", [delivered()]) for index in range(20)]
    announce(polling, [(key, entries) for key, entries, _, _ in messages])
    announce(polling, strangers, in_table=False)
    polling.simulator.settings(polling_batch=40)
    # In every other life the acknowledgement takes effect although nobody lives to hear of it.
    not_taken = {"kind": "status", "status": 503, "delay_ms": 60_000, "match": "polling_ack"}
    taken = {"kind": "delay", "delay_ms": 60_000, "match": "polling_ack"}
    for life in range(20):
        polling.simulator.faults(taken if life % 2 else not_taken)
        acknowledged = requests(polling, "polling_ack")
        daemon = polling.start()
        wait_for(lambda: requests(polling, "polling_ack") > acknowledged, what="an acknowledgement on its way")
        daemon.process.kill()
        daemon.process.wait(10)
    left = polling.simulator.stats()["waiting_polling"]
    assert polling.integrity() == "ok" and audited_twice(polling) == []

    polling.simulator.faults()
    print(f"\n20 kills between fetch and acknowledgement; {left} reports still to be fetched then")
    finish(polling, messages, strangers)


def test_kill_nine_at_random_moments(polling):
    messages = mixed(2000, seed=17)
    strangers = [(f"STRANGE{index:03d}", [failed("64016")]) for index in range(20)]
    announce(polling, strangers, in_table=False)
    announce(polling, [(key, entries) for key, entries, _, _ in messages])
    polling.simulator.settings(polling_batch=10, latency_ms=3)
    generator = random.Random(9)
    for _ in range(20):
        daemon = polling.start()
        time.sleep(generator.uniform(0.03, 0.25))
        daemon.process.kill()
        daemon.process.wait(10)
    left = polling.simulator.stats()["waiting_polling"]
    print(f"\n20 kills at random moments; {left} reports still to be fetched then")
    finish(polling, messages, strangers)


def finish(world, messages, strangers):
    """Lets it come to its end, and finds everything as if nothing had happened."""
    world.simulator.settings(latency_ms=0)
    if world.query("SELECT 1 FROM sqlite_master WHERE name = 'reconciler_report'"):
        look_now(world)
    world.once()
    assert world.simulator.stats()["waiting_polling"] == 0
    assert wrong_rows(world, messages) == []
    assert audited_twice(world) == [], "nothing was applied twice"
    settled = sum(status != "PENDING" for _, _, status, _ in messages)
    assert world.query("SELECT count(*) FROM reconciler_audit")[0][0] == settled
    dead = world.counts()["DEAD_LETTER"]
    # Of those that came after a life had told of the others it is told again when they are twice as many.
    alert, = [alert for alert in world.status()["alerts"] if alert["name"] == "DeadLetters"]
    assert alert["count"] == dead and 2 * world.sink.told("DeadLetters") > dead
    assert world.status()["unmatched_reports"] == len(strangers), "nothing was lost"
    assert requests(world, "report_inquiry") == 0
    assert world.integrity() == "ok"


def test_a_key_that_may_not_poll_is_an_alert_and_inquiry_goes_on(world):
    world.write_config(api={"report_method": "polling"})
    world.add_many([(f"INQ{index:05d}A01", [delivered()]) for index in range(50)])
    summary = world.once(expect=69)
    assert summary["provider"] == "refused" and summary["sent"] == 50
    alert, = world.sink.of("ProviderRefused")
    assert "A801" in alert["summary"] and "report method to POLLING in the Bizgo console" in alert["summary"]
    told = world.run("check", expect=69).stderr
    assert "A801" in told and "set its report method to POLLING there" in told
    assert "set its report method to POLLING there" in world.status()["provider"]["detail"]
    world.add("INQ9999901", delivered())
    assert world.once(expect=69)["sent"] == 1
    assert len(world.sink.of("ProviderRefused")) == 1 and world.sink.of("ProviderRefused", "resolved") == []

    world.write_config(api={"report_method": "webhook"})
    assert world.once()["provider"] == "ok"
    assert len(world.sink.of("ProviderRefused", "resolved")) == 1

    world.write_config(api={"report_method": "polling"})
    world.once(expect=69)
    world.simulator.settings(report_method="polling")
    assert world.once()["provider"] == "ok"
    assert len(world.sink.of("ProviderRefused", "resolved")) == 2


def test_check_looks_without_taking_anything_away(polling):
    announce(polling, [("CHECK00001", [delivered()]), ("CHECK00002", [delivered()])])
    result = polling.run("check")
    assert "reports may be polled; the first batch holds 2" in result.stdout
    assert "no effect" not in result.stdout
    assert requests(polling, "polling_ack") == 0
    assert polling.once()["sent"] == 2


def test_a_key_column_without_an_index_is_named_with_the_remedy(polling):
    polling.execute("DROP TABLE notification_history")
    polling.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT, status TEXT, "
                    "service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)")
    for command in ("once", "run", "check"):
        result = polling.run(command, expect=78)
        assert "no index on column external_id" in result.stderr and "CREATE INDEX" in result.stderr
    polling.run("status")
    polling.execute("CREATE INDEX by_key ON notification_history (external_id)")
    announce(polling, [("INDEXED001", [delivered()])])
    assert polling.once()["sent"] == 1


def test_a_row_that_cannot_be_changed_keeps_no_other_from_being_settled(polling):
    announce(polling, [(f"ROW{index:05d}A01", [delivered()]) for index in range(20)])
    polling.execute("CREATE TRIGGER no BEFORE UPDATE ON notification_history WHEN new.external_id = 'ROW00007A01' "
                    "BEGIN SELECT raise(ABORT, 'not this one'); END")
    assert "ROW00007A01" in polling.run("once", expect=78).stderr
    assert polling.counts() == {"SENT": 19, "PENDING": 1}
    assert polling.simulator.stats()["waiting_polling"] == 0
    polling.execute("DROP TRIGGER no")
    look_now(polling)
    assert polling.once()["sent"] == 1


def test_a_dry_run_does_not_poll(polling):
    announce(polling, [("DRY0000001", [delivered()])])
    assert polling.once("--dry-run")["requests"] == 0
    assert polling.counts() == {"PENDING": 1}


def test_a_suspended_account_is_told_although_the_fallback_delivers(polling):
    announce(polling, [("ACC0000001", [failed("64008"), delivered("SMS")])])
    assert polling.once()["sent"] == 1
    assert [alert["labels"] for alert in polling.sink.of("AccountRefused")] == [{"code": "64008"}]
    row = polling.row("ACC0000001")
    assert datetime.fromisoformat(row["updated_at"]) > ago(minutes=5)
