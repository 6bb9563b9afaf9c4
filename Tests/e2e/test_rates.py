"""The alerts that watch shares: too many failures of a class, too many late reports. Through the real binary, firing
and resolved, in both languages; and what metrics and the page say of them."""
import json
import re
from datetime import timedelta

import pytest

from harness import ago, delivered, failed, iso, wait_for
from webhooks import PATH, listening, post
from test_metrics import Metrics, check_format

RATE = {"share": 0.3, "at_least": 20, "window": "24h"}
SLOW = {"share": 0.1, "after": "5m", "at_least": 20, "window": "15m"}


def told(world, name, state="firing", **labels):
    return [alert for alert in world.sink.of(name, state) if labels.items() <= alert["labels"].items()]


def reported(accepted, after: timedelta) -> list[dict]:
    return [delivered(report_time=iso(accepted + after))]


@pytest.mark.parametrize("language, words, end", [
    ("en", "Too many messages fail for causes of class recipient", "Fewer messages fail for causes of class recipient"),
    ("ko", "'수신자' 분류로 실패한 메시지의 비율이 너무 높습니다", "'수신자' 분류로 실패하는 메시지의 비율이 다시 기준 이하입니다"),
])
def test_failures_of_a_class_ring_and_end(world, language, words, end):
    # Not before all are settled, in however many cycles.
    world.write_config(alerts={"failure_rate": RATE | {"at_least": 24}, "language": language})
    world.add_many([(f"FAIL{index:04d}A01", [failed("22003", "words")]) for index in range(8)])
    world.add_many([(f"FINE{index:04d}A01", [delivered()]) for index in range(16)])
    daemon = world.start()
    alert = wait_for(lambda: told(world, "FailureRate"), 15, "the alert")[0]
    assert alert["severity"] == "warning" and alert["labels"] == {"class": "recipient"}
    assert words in alert["summary"] and "(33% of 24 in 24h)" in alert["summary"]
    world.add_many([(f"MORE{index:04d}A01", [delivered()]) for index in range(10)])
    over = wait_for(lambda: told(world, "FailureRate", "resolved"), 15, "its end")[0]
    assert end in over["summary"] and over["dedup_key"] == alert["dedup_key"]
    daemon.stop()


def test_what_the_application_settled_itself_counts_by_its_rows(world):
    """No message is left to the reconciler: nothing but the rows tells of them."""
    world.write_config(alerts={"failure_rate": RATE})
    accepted = ago(minutes=30)
    world.add_many([(f"DEAD{index:04d}A01", []) for index in range(30)], accepted, "DEAD_LETTER", at_provider=False)
    world.add_many([(f"SENT{index:04d}A01", []) for index in range(20)], accepted, "SENT", at_provider=False)
    world.execute("UPDATE notification_history SET report_code = '64008' WHERE status = 'DEAD_LETTER' AND id <= 20")
    summary = world.once()
    assert summary["due"] == 0
    assert [alert["labels"] for alert in told(world, "FailureRate")] == [{"class": "account"}], "10 of 50 are unknown"
    assert "(40% of 50 in 24h)" in told(world, "FailureRate")[0]["summary"]
    assert world.once()["requests"] == 0 and len(world.sink.received) == 1, "told once"
    rows = world.query("SELECT count(*) FROM notification_history WHERE updated_at IS NOT NULL")
    assert rows[0][0] == 0, "no row was touched"


def test_a_row_counts_once_whoever_looks_and_when(world):
    world.write_config(alerts={"failure_rate": RATE})
    world.add_many([(f"DEAD{index:04d}A01", []) for index in range(30)], ago(hours=5), "DEAD_LETTER", at_provider=False)
    for _ in range(3):
        world.once()
    world.add_many([(f"OURS{index:04d}A01", [delivered()]) for index in range(40)])
    for _ in range(2):
        world.once()
    assert world.query("SELECT sum(count) FROM reconciler_outcome")[0][0] == 70
    assert "(100% of 30 in 24h)" in told(world, "FailureRate", "firing")[0]["summary"]


@pytest.mark.parametrize("language, words, end", [
    ("en", "Too many messages are reported late", "Messages are reported in time again"),
    ("ko", "결과 보고가 늦은 메시지의 비율이 너무 높습니다", "결과 보고가 다시 제때 들어옵니다"),
])
def test_late_reports_ring_and_end(world, language, words, end):
    # Not before all are settled, in however many cycles.
    world.write_config(alerts={"slow_reports": SLOW | {"at_least": 25}, "language": language})
    slow, quick = ago(minutes=20), ago(minutes=15)
    world.add_many([(f"SLOW{index:04d}A01", reported(slow, timedelta(minutes=12))) for index in range(5)], slow)
    world.add_many([(f"FAST{index:04d}A01", reported(quick, timedelta(seconds=4))) for index in range(20)], quick)
    daemon = world.start()
    alert = wait_for(lambda: told(world, "SlowReports"), 15, "the alert")[0]
    assert alert["severity"] == "warning" and words in alert["summary"]
    assert "(20% of 25 > 5m in 15m)" in alert["summary"]
    world.add_many([(f"GOOD{index:04d}A01", reported(quick, timedelta(seconds=4))) for index in range(40)], quick)
    over = wait_for(lambda: told(world, "SlowReports", "resolved"), 15, "its end")[0]
    assert end in over["summary"]
    daemon.stop()


def test_webhooks_are_reports_too(world):
    # Not before all have come, whenever cycles look.
    port = listening(world, alerts={"slow_reports": SLOW | {"at_least": 25}})
    keys = [f"HOOK{index:04d}A01" for index in range(25)]
    world.add_many([(key, []) for key in keys], ago(minutes=9))
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    for key in keys:
        body = {"msgKey": key, "serviceType": "ALIMTALK", "reportType": "ALIMTALK", "reportCode": "10000",
                "reportTime": iso(ago(seconds=0))}
        post(port, json.dumps(body).encode())
    alert = wait_for(lambda: told(world, "SlowReports"), 15, "the alert")[0]
    assert "(100% of 25 > 5m in 15m)" in alert["summary"]
    daemon.stop()


def test_what_an_outage_of_ours_has_left_is_not_slow(world):
    """A week's backlog, with an hour in which the provider was slow; and reports by clocks that are wrong."""
    world.write_config(alerts={"slow_reports": SLOW})
    for number, (accepted, after) in enumerate([
            (ago(days=6), timedelta(hours=1)), (ago(days=1), timedelta(seconds=5)),
            (ago(minutes=15), timedelta(hours=-9)), (ago(minutes=15), timedelta(hours=9))]):
        world.add_many([(f"OLD{number}{index:04d}A01", reported(accepted, after)) for index in range(30)], accepted)
    world.once()
    assert world.counts() == {"SENT": 120}
    assert world.sink.of("SlowReports") == []


def test_a_reservation_counts_from_when_it_is_to_leave(world):
    world.execute("ALTER TABLE notification_history ADD COLUMN leaves_at TEXT")
    world.write_config(alerts={"slow_reports": SLOW}, store={"columns": {"scheduled_at": "leaves_at"}})
    leaves = ago(minutes=15)
    messages = [(f"RESV{index:04d}A01", reported(leaves, timedelta(seconds=9))) for index in range(30)]
    world.add_many(messages, ago(days=3))
    world.execute("UPDATE notification_history SET leaves_at = ?", iso(leaves))
    world.once()
    assert world.counts() == {"SENT": 30}
    assert world.sink.of("SlowReports") == []


def test_metrics_and_page_say_the_same(world):
    metrics = Metrics(world)
    page = world.folder / "status.html"
    world.write_config(status_page={"file": str(page)})
    accepted = ago(minutes=30)
    quick, late = reported(accepted, timedelta(seconds=3)), reported(accepted, timedelta(seconds=400))
    world.add_many([(f"FINE{index:04d}A01", quick) for index in range(60)], accepted)
    world.add_many([(f"LATE{index:04d}A01", late) for index in range(6)], accepted)
    world.add_many([(f"FAIL{index:04d}A01", [failed("64008")]) for index in range(4)], accepted)
    world.add_many([(f"APPL{index:04d}A01", []) for index in range(30)], accepted, "DEAD_LETTER", at_provider=False)
    daemon = world.start()
    counted = ("report_delay_seconds_count",)
    wait_for(lambda: metrics.read().get(("failures_total", "account")) == 4 and metrics.read().get(counted) == 70, 20,
             "the counts")
    values = metrics.read()
    check_format(metrics.path.read_text())
    assert values[("report_delay_seconds_bucket", "2")] == 4, "the failures, reported at once"
    assert values[("report_delay_seconds_bucket", "5")] == values[("report_delay_seconds_bucket", "300")] == 64
    assert values[("report_delay_seconds_bucket", "600")] == values[("report_delay_seconds_count",)] == 70
    assert values[("failures_total", "unknown")] == 0, "the reconciler's own"

    def words_of_page() -> str:
        section = page.read_text().split("Failures and delays")[1].split("</section>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", section).split())

    # One that was made in the middle of it is made anew after 30 s.
    wait_for(lambda: page.exists() and "all 100 34 34 % 70 3s 3s 400s" in words_of_page(), 60, "the page")
    daemon.stop()
    words = words_of_page()
    assert "unknown 30 30 % account 4 4 %" in words, words
