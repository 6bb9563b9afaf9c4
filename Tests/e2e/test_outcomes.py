"""Each line of the contract's table of outcomes, through the real binary."""
import json
from datetime import datetime, timedelta

import pytest

from harness import KST, ago, delivered, failed, in_flight, iso, mixed, wait_for


def test_delivered_on_any_channel_is_sent(world):
    world.add("DELIVERED1", delivered())
    world.add("FALLBACK01", failed(), delivered("SMS"))
    summary = world.once()
    assert summary["sent"] == 2 and summary["due"] == 2
    for key in ("DELIVERED1", "FALLBACK01"):
        row = world.row(key)
        assert (row["status"], row["report_code"], row["error_message"]) == ("SENT", "10000", None)
        assert datetime.fromisoformat(row["updated_at"]) > ago(minutes=5)


def test_in_flight_stays_and_is_asked_again_later(world):
    world.add("NOENTRIES1")
    world.add("NOCODE0001", in_flight())
    world.add("UNCERTAIN1", failed("63005", "?"))
    world.add("FALLBACK02", failed(), in_flight("SMS"))
    summary = world.once()
    assert summary["still_pending"] == 4 and summary["due"] == 4
    assert world.counts() == {"PENDING": 4}
    assert all(row["updated_at"] is None for row in world.query("SELECT * FROM notification_history"))
    assert world.once()["due"] == 0, "asked a moment ago, so not due now"
    shown = json.loads(world.run("show", "NOENTRIES1", "--json").stdout)
    next_ask = datetime.fromisoformat(shown["next_attempt_at"].replace("Z", "+00:00"))
    assert timedelta(minutes=8) < next_ask - datetime.now(KST) < timedelta(minutes=12)


@pytest.mark.parametrize("empty", ["list", "null", "a820"])
def test_no_report_yet_is_an_answer_however_it_is_worded(world, empty):
    world.simulator.settings(empty_answer=empty)
    world.add("UNKNOWN001", at_provider=False)
    world.add("STALE00001", accepted=ago(hours=73))
    summary = world.once()
    assert summary["provider"] == "ok"
    assert summary["dead_letter"]["stale"] == 1 and summary["still_pending"] == 1


def test_all_failed_is_a_dead_letter_with_code_class_and_text(world):
    world.add("FAILED0001", failed("64016", "카카오톡 미사용자"))
    world.add("FAILED0002", failed("64016"), failed("23001", "number has gone", "SMS"))
    world.add("FAILED0003", failed("12345", "never heard of"))
    summary = world.once()
    assert summary["dead_letter"] == {"reported": 3, "stale": 0, "uncertain": 0, "unverifiable": 0}
    assert world.row("FAILED0001")["error_message"] == "[64016] recipient: 카카오톡 미사용자"
    assert world.row("FAILED0001")["report_code"] == "64016"
    assert world.row("FAILED0002")["status"] == "DEAD_LETTER"
    assert world.row("FAILED0003")["error_message"] == "[12345] unknown: never heard of"


def test_nothing_hidden_comes_into_the_table(world):
    world.add("HIDDEN0001", failed("64016", "\u202e없는\u200b 번호\ufeff\u2066 👍\u2069\U000e0041"))
    world.once()
    assert world.row("HIDDEN0001")["error_message"] == "[64016] recipient: 없는 번호 👍"


def test_past_its_deadline_and_asked_since_is_stale(world):
    world.add("STALE00001", accepted=ago(hours=73))
    world.add("STALE00002", in_flight(), accepted=ago(hours=73))
    world.add("FRESH00001", accepted=ago(hours=71))
    summary = world.once()
    assert summary["dead_letter"]["stale"] == 2 and summary["still_pending"] == 1
    row = world.row("STALE00001")
    assert row["error_message"] == "[STALE] no delivery report 72h after acceptance (asked 1 times)"
    assert row["status"] == "DEAD_LETTER" and row["report_code"] is None


def test_with_an_uncertain_last_word_it_is_uncertain(world):
    world.add("UNCERTAIN1", failed("63005", "?"), accepted=ago(hours=73))
    world.add("UNCERTAIN2", failed("64016"), failed("63005", "?", "SMS"), accepted=ago(hours=73))
    assert world.once()["dead_letter"]["uncertain"] == 2
    assert world.row("UNCERTAIN1")["error_message"].startswith("[UNCERTAIN] ")


def test_out_of_the_window_and_never_answered_is_unverifiable(world):
    world.add("OLD0000001", accepted=ago(days=31))
    assert world.once()["dead_letter"]["unverifiable"] == 1
    assert world.row("OLD0000001")["error_message"].startswith("[UNVERIFIABLE] ")


def test_not_yet_due_and_not_yet_accepted_are_left_alone(world):
    world.add("YOUNG00001", delivered(), accepted=ago(minutes=9))
    world.execute("INSERT INTO notification_history (external_id, created_at) VALUES (NULL, ?)", iso(ago(days=9)))
    world.add("SETTLED001", failed(), status="SENT")
    world.add("FOREIGN001", failed(), status="CANCELLED")
    assert world.once()["due"] == 0
    assert world.simulator.stats()["total"] == 0


def test_a_race_lost_to_a_webhook_is_counted_and_nobodys_result_is_overwritten(world):
    world.add("RACE000001", failed())
    world.add("RACE000002", delivered())
    world.add("RACE000003", delivered())
    # Long enough to be faster on a busy machine.
    world.write_config(api={"timeout": "30s"})
    world.simulator.faults({"kind": "delay", "delay_ms": 6000})
    import threading

    def webhook():
        wait_for(lambda: world.simulator.stats()["total"] > 0, what="a question")
        world.execute("UPDATE notification_history SET status='SENT', report_code='10000' "
                      "WHERE external_id IN ('RACE000001', 'RACE000002')")
        world.execute("UPDATE notification_history SET status='DEAD_LETTER', report_code='64016', "
                      "error_message='by webhook' WHERE external_id = 'RACE000003'")
        world.simulator.faults()

    thread = threading.Thread(target=webhook)
    thread.start()
    summary = world.once()
    thread.join()
    assert summary["settled_elsewhere"] == 2 and summary["late"] == 1 and summary["still_pending"] == 0
    assert world.counts() == {"SENT": 3}, "delivered wins over the webhook's dead letter"
    assert world.row("RACE000003")["error_message"] is None


def make_due_again(world):
    world.execute("UPDATE reconciler_message SET next_ask_at = 0 WHERE next_ask_at IS NOT NULL")


def test_a_stale_message_that_was_delivered_is_a_late_report(world):
    world.add("LATE000001", accepted=ago(hours=73))
    assert world.once()["dead_letter"]["stale"] == 1
    assert world.once()["requests"] == 0, "asked again daily, not at once"
    world.simulator.load([{"msgKey": "LATE000001", "acceptedAt": iso(ago(hours=73)), "entries": [delivered()]}])
    make_due_again(world)
    summary = world.once()
    assert summary["late"] == 1 and summary["sent"] == 0 and summary["due"] == 0
    row = world.row("LATE000001")
    assert (row["status"], row["report_code"], row["error_message"]) == ("SENT", "10000", None)
    assert [alert["count"] for alert in world.sink.of("LateReports")] == [1]


def test_a_stale_message_that_failed_is_told_more_precisely(world):
    world.add("PRECISE001", accepted=ago(hours=73))
    world.once()
    world.simulator.load([{"msgKey": "PRECISE001", "acceptedAt": iso(ago(hours=73)),
                           "entries": [failed("64016", "gone")]}])
    make_due_again(world)
    summary = world.once()
    assert summary["late"] == 0
    assert world.row("PRECISE001")["error_message"] == "[64016] recipient: gone"
    assert world.status()["dead_letter_by_reason"]["reported"] == 1
    make_due_again(world)
    assert world.once()["requests"] == 0, "a reported failure is final"


def test_a_thousand_messages_with_mixed_outcomes(world):
    messages = mixed(1000, seed=7)
    world.add_many([(key, entries) for key, entries, _, _ in messages])
    summary = world.once()
    wrong = [(key, status, dict(world.row(key))) for key, _, status, code in messages
             if (row := world.row(key))["status"] != status or (code and row["report_code"] != code)]
    assert wrong == []
    counts = world.counts()
    assert summary["due"] == 1000
    assert summary["sent"] == counts["SENT"]
    assert sum(summary["dead_letter"].values()) == counts["DEAD_LETTER"]
    assert summary["still_pending"] == counts["PENDING"]
    assert summary["settled_elsewhere"] == summary["late"] == 0
    assert summary["provider"] == "ok"
    assert summary["requests"] == world.simulator.stats()["total"]
    assert world.integrity() == "ok"
    print(f"\n1,000 mixed messages: {summary}")
