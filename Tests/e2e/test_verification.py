"""Verification: what the provider says of the account as a whole, held against rows that say otherwise."""
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from harness import ago, delivered, failed, in_flight, wait_for

SUSPENDED = failed("64008", "권한 없음")


def verifying(world, **verify):
    """A daemon's configuration that looks every two seconds."""
    world.write_config(verify={"every": "2s", **verify})


def night_falls(world):
    """The whole day before is to be verified, as if it had not been, by a daemon that is started after this."""
    world.execute("UPDATE reconciler_meta SET value = '0' WHERE key = 'verified_until'")


def day_before() -> datetime:
    """A time of the day before, which stays that while a test runs."""
    wait_for(lambda: ago(minutes=-4).date() == ago().date(), 300, "the next day")
    return ago(days=1).replace(hour=0, minute=30, second=0, microsecond=0)


def verified(daemon, count: int = 1):
    return daemon.wait_for_event("verify.completed", count, 30)


def false_sent(world, count: int, **when):
    keys = [f"FALSE{index:05d}A01" for index in range(count)]
    world.add_many([(key, [SUSPENDED]) for key in keys], ago(**when), "SENT")
    return keys


def differences(world, *words: str, expect: int) -> dict:
    return json.loads(world.run("verify", "--json", *words, expect=expect).stdout)


def pages(world) -> int:
    return sum(world.simulator.stats()["requests"].get("history", {}).values())


# The story

def test_an_application_that_writes_sent_at_once_is_found_out_within_one_look(world):
    verifying(world)
    keys = []
    for day in range(3):
        for index in range(300):
            keys.append(f"STORY{day}{index:04d}A01")
        world.add_many([(key, [SUSPENDED]) for key in keys[-300:]], ago(days=day, hours=1), "SENT")
    before = world.query("SELECT * FROM notification_history")
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    began = time.monotonic()
    found = wait_for(lambda: world.sink.of("FalseSent"), 10, "FalseSent")[0]
    collapse = wait_for(lambda: world.sink.of("DeliveryCollapse"), 10, "DeliveryCollapse")[0]
    took = time.monotonic() - began
    requests = world.simulator.stats()["requests"]
    listed = differences(world, expect=1)
    daemon.stop()
    assert found["severity"] == collapse["severity"] == "critical"
    assert "64008" in found["summary"] and found["count"] >= 300
    assert "0% of" in collapse["summary"]
    assert world.query("SELECT * FROM notification_history") == before, "rows are left alone"
    assert {d["kind"] for d in listed["differences"]} == {"false_sent"}
    assert {d["msg_key"] for d in listed["differences"]} == set(keys[:300])
    print(f"\nafter {took:.1f} s (a look every 2 s), by these requests: {json.dumps(requests)}")


def test_a_healthy_account_says_nothing(world):
    verifying(world)
    world.write_config(reconcile={"interval": "2s"})  # so that a machine that stalls makes no cycle overrun
    messages = [(f"WELL{index:05d}A01", [delivered()] if index % 12 else [failed()]) for index in range(600)]
    world.add_many(messages[:300], ago(hours=30), "SENT")
    world.add_many(messages[300:], ago(hours=2), "SENT")
    world.execute("UPDATE notification_history SET status = 'DEAD_LETTER' WHERE (id - 1) % 12 = 0")
    daemon = world.start()
    verified(daemon, 3)
    daemon.stop()
    assert world.sink.received == []
    assert differences(world, expect=0) == {"checked": 300, "requests": 1, "differences": []}


# Each alert, firing and resolved, in both languages

@pytest.mark.parametrize("language, words", [("en", "say SENT, and Bizgo says"), ("ko", "SENT로 기록된 메시지")])
def test_false_sent_begins_and_ends(world, language, words):
    verifying(world)
    world.write_config(alerts={"language": language})
    false_sent(world, 3, hours=2)
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("FalseSent"), 15, "the alert")[0]
    assert alert["count"] == 3 and len(alert["examples"]) == 3
    assert words in alert["summary"]
    world.execute("UPDATE notification_history SET status = 'DEAD_LETTER'")
    wait_for(lambda: world.sink.of("FalseSent", "resolved"), 20, "its end")
    daemon.stop()
    assert len(world.sink.of("FalseSent")) == 1, "what is seen again is told once"


@pytest.mark.parametrize("language, words", [("en", "have no row"), ("ko", "테이블에 행이 없는 메시지")])
def test_missing_rows_begin_and_end(world, language, words):
    verifying(world)
    world.write_config(alerts={"language": language})
    world.add_many([(f"GONE{index:05d}A01", [delivered()]) for index in range(5)], ago(hours=2), "SENT")
    world.execute("DELETE FROM notification_history")
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("MissingRows"), 15, "the alert")[0]
    assert alert["severity"] == "warning" and alert["count"] == 5
    assert words in alert["summary"]
    for index in range(5):
        world.add(f"GONE{index:05d}A01", accepted=ago(hours=2), status="SENT", at_provider=False)
    wait_for(lambda: world.sink.of("MissingRows", "resolved"), 20, "its end")
    daemon.stop()


@pytest.mark.parametrize("language, words", [("en", "far more than usual fail"), ("ko", "실패한 비율이 평소보다 크게 높습니다")])
def test_a_collapse_begins_and_ends(world, language, words):
    verifying(world)
    world.write_config(alerts={"language": language})
    # No rows at all: whatever the table says.
    world.simulator.load([{"msgKey": f"COLL{index:05d}A01", "acceptedAt": ago(hours=2).isoformat(),
                           "entries": [SUSPENDED]} for index in range(100)])
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("DeliveryCollapse"), 15, "the alert")[0]
    assert alert["severity"] == "critical"
    assert words in alert["summary"] and "(0% of 100 < 90%)" in alert["summary"]
    world.simulator.load([{"msgKey": f"WELL{index:05d}A01", "acceptedAt": ago(hours=1).isoformat(),
                           "entries": [delivered()]} for index in range(900)])
    wait_for(lambda: world.sink.of("DeliveryCollapse", "resolved"), 20, "its end")
    daemon.stop()


@pytest.mark.parametrize("language, words", [("en", "The sender profile cannot send"), ("ko", "발신 프로필을 사용할 수 없습니다")])
def test_a_blocked_sender_begins_and_ends(world, language, words):
    keys = world.folder / "senders"
    keys.write_text("a1b2c3d4e5\nf6a7b8c9d0\n")
    verifying(world, sender_keys_file=str(keys))
    world.write_config(alerts={"language": language})
    world.simulator.control("sender", {"senderKey": "a1b2c3d4e5", "uuid": "@school"})
    world.simulator.control("sender", {"senderKey": "f6a7b8c9d0", "uuid": "@shop", "block": True})
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("SenderBlocked"), 15, "the alert")[0]
    assert alert["severity"] == "critical" and alert["labels"] == {"sender": "f6a7b8c9d0"}
    assert words in alert["summary"] and "@shop: blocked" in alert["summary"]
    world.simulator.control("sender", {"senderKey": "f6a7b8c9d0", "uuid": "@shop", "block": False})
    wait_for(lambda: world.sink.of("SenderBlocked", "resolved"), 20, "its end")
    daemon.stop()
    assert len(world.sink.of("SenderBlocked")) == 1


def test_a_sender_that_is_looked_at_no_more_is_over(world):
    keys = world.folder / "senders"
    keys.write_text("a1b2c3d4e5\n")
    verifying(world, sender_keys_file=str(keys))
    world.simulator.control("sender", {"senderKey": "a1b2c3d4e5", "dormant": True})
    daemon = world.start()
    wait_for(lambda: world.sink.of("SenderBlocked"), 15, "the alert")
    world.config["verify"] = {"every": None}
    world.write_config()
    daemon.signal(1)
    wait_for(lambda: world.sink.of("SenderBlocked", "resolved"), 20, "its end")
    daemon.stop()


# What is found, and what becomes of it

def test_a_dead_letter_that_was_delivered_is_healed(world):
    world.add("HEAL00001A01", delivered(), accepted=ago(hours=3), status="DEAD_LETTER")
    world.add("WELL00001A01", delivered(), accepted=ago(hours=3), status="SENT")
    listed = differences(world, expect=1)
    assert [(d["kind"], d["msg_key"], d["row_status"]) for d in listed["differences"]] \
        == [("healed", "HEAL00001A01", "dead_letter")]
    assert world.row("HEAL00001A01")["status"] == "SENT"
    assert wait_for(lambda: world.sink.of("LateReports"), 5, "LateReports")
    assert differences(world, expect=0)["differences"] == []


def test_what_a_listing_hides_is_no_difference(world):
    """Rows that say SENT and were: the history shows their failures only."""
    world.simulator.settings(history_hidden=1)
    world.add_many([(f"HIDE{index:05d}A01", [failed(), delivered("SMS")]) for index in range(60)], ago(hours=3), "SENT")
    assert differences(world, expect=0)["checked"] == 60
    assert world.sink.received == []


def test_young_in_flight_and_foreign_messages_are_left_alone(world):
    world.write_config(store={"service_types": ["ALIMTALK"]})
    world.add("YOUNG0001A01", SUSPENDED, accepted=ago(minutes=5), status="SENT")
    world.add("FLIGHT001A01", in_flight(), accepted=ago(hours=1), status="SENT")
    world.add("OTHER0001A01", failed(service="SMS"), accepted=ago(hours=1), status="SENT")
    world.execute("UPDATE notification_history SET service_type = 'ALIMTALK'")
    world.execute("UPDATE notification_history SET service_type = 'SMS' WHERE external_id LIKE 'OTHER%'")
    world.simulator.load([{"msgKey": "FOREIGN01A01", "acceptedAt": ago(hours=1).isoformat(),
                           "entries": [delivered("SMS")]}])
    assert differences(world, expect=0)["differences"] == []


def test_a_message_that_was_sent_again_in_its_row_is_not_missing(world):
    world.add("FIRST0001A01", failed(), accepted=ago(hours=5))
    world.once()
    world.execute("UPDATE notification_history SET external_id = 'AGAIN0001A01', status = 'SENT', created_at = ?",
                  ago(hours=2).isoformat())
    world.simulator.load([{"msgKey": "AGAIN0001A01", "acceptedAt": ago(hours=2).isoformat(), "entries": [delivered()]}])
    assert differences(world, expect=0)["differences"] == []


def test_a_day_is_verified_by_its_date(world):
    keys = false_sent(world, 4, days=3)
    day = world.row(keys[0])["created_at"][:10]  # whatever day it has become since
    listed = differences(world, "--day", day, expect=1)
    assert listed["checked"] == 4 and len(listed["differences"]) == 4
    next_day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    assert differences(world, "--day", next_day, expect=0)["differences"] == []
    human = world.run("verify", "--day", day, expect=1).stdout
    assert "FALSE00000A01" in human and "false_sent" in human and "4 messages checked" in human
    assert "+09:00" in human


@pytest.mark.parametrize("meaning", ["since", "day", "around"])
@pytest.mark.parametrize("order", ["asc", "desc", "shuffled"])
def test_whatever_the_history_means(world, meaning, order):
    world.simulator.settings(request_time=meaning, history_order=order)
    false_sent(world, 30, hours=2)
    listed = differences(world, expect=None)
    kinds = {d["kind"] for d in listed["differences"]}
    assert kinds <= {"false_sent"}
    if meaning == "since":
        assert len(listed["differences"]) == 30


def test_errors_of_verify(world):
    world.run("verify", "--day", "yesterday", expect=64)
    assert "2026-11-29" in world.run("verify", "--day", "2026-02-30", expect=64).stderr
    world.run("verify", "--day", "2999-01-01", expect=64)
    world.simulator.faults({"kind": "status", "status": 503})
    assert "did not answer" in world.run("verify", expect=69).stderr


def test_the_night_heals_what_a_listing_gave_up(world):
    """One in a hundred messages with several channels: the history hides the one that delivered."""
    world.simulator.settings(history_hidden=0.01)
    world.add_many([(f"NIGHT{index:05d}A01", [failed(), delivered("SMS")]) for index in range(2000)]
                   + [(f"DEAD{index:05d}A01", [failed()]) for index in range(2000)], ago(hours=5))
    world.once()
    wrong = world.counts()["DEAD_LETTER"] - 2000
    assert wrong > 0, "the history was believed"
    verifying(world)
    daemon = world.start()
    verified(daemon)
    # One that looks would keep, at the end of its look, what it began with.
    daemon.stop()
    night_falls(world)
    daemon = world.start()
    wait_for(lambda: world.counts()["DEAD_LETTER"] == 2000, 90, "all to be healed")
    daemon.stop()
    assert world.counts() == {"SENT": 2000, "DEAD_LETTER": 2000}
    print(f"\n2,000 messages whose delivering channel is hidden for 1 %: {wrong} wrongly dead after the scan, 0 after the night")


# Asking at once

def test_ask_beside_a_daemon_and_without_one(world):
    world.write_config(reconcile={"interval": "300s"})
    world.add("ASKED0001A01", delivered(), accepted=ago(minutes=1))
    world.add("ASKED0002A01", failed(), accepted=ago(minutes=1))
    world.add("ASKED0003A01", in_flight(), accepted=ago(minutes=1))
    world.add("ASKED0004A01", SUSPENDED, accepted=ago(hours=1), status="SENT")
    answer = json.loads(world.run("ask", "--json", "ASKED0001A01", "ASKED0003A01").stdout)
    assert [(m["msg_key"], m["status"], m["answer"]) for m in answer] \
        == [("ASKED0001A01", "SENT", "delivered"), ("ASKED0003A01", "PENDING", "no_report_yet")]
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    began = time.monotonic()
    answer = json.loads(world.run("ask", "--json", "ASKED0002A01", "ASKED0004A01").stdout)
    assert time.monotonic() - began < 60, "not in five minutes"
    assert [(m["status"], m["answer"], m["answer_code"]) for m in answer] \
        == [("DEAD_LETTER", "failed", "64016"), ("SENT", "failed", "64008")]
    human = world.run("ask", "ASKED0004A01").stdout
    assert "SENT" in human and "64008" in human
    missing = world.run("ask", "ASKED0003A01", "NOSUCH", expect=1)
    assert "no report yet" in missing.stdout and "NOSUCH" in missing.stderr
    world.simulator.faults({"kind": "status", "status": 503})
    assert "did not answer" in world.run("ask", "ASKED0003A01", expect=69).stderr
    daemon.stop()


def test_verify_beside_a_daemon_is_the_daemons(world):
    world.write_config(reconcile={"interval": "300s"})
    false_sent(world, 2, hours=2)
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    assert len(differences(world, expect=1)["differences"]) == 2
    daemon.wait_for_event("verify.completed")  # the daemon did it
    wait_for(lambda: world.sink.of("FalseSent"), 10, "the alert")
    daemon.stop()


# Without delaying anybody

@pytest.mark.measures
def test_a_hundred_thousand_messages_are_verified_within_the_rate(world):
    world.write_config(api={"requests_per_second": 4, "burst": 4, "max_in_flight": 4})
    # At once: the day that the rows are of, at whatever hour the tests run.
    verifying(world, every="1h", day_at="00:00")
    total = 100_000
    midnight = day_before()
    world.add_many([(f"BIG{index // 200:06d}{index % 200:03d}", [delivered()]) for index in range(total)], midnight, "SENT")
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    wait_for(lambda: world.query("SELECT 1 FROM reconciler_meta WHERE key = 'verified_until'"), 20, "the beginning")
    daemon.stop()
    night_falls(world)
    daemon = world.start()
    began = time.monotonic()
    wait_for(lambda: pages(world) > 10, 30, "it to be under way")
    world.add_many([(f"DUE{index:05d}A01", [delivered()]) for index in range(50)], ago(hours=1))
    due = time.monotonic()
    wait_for(lambda: world.counts().get("PENDING", 0) == 0, 60, "what fell due meanwhile")
    settled = time.monotonic() - due
    line = verified(daemon)[0]
    took = time.monotonic() - began
    daemon.stop()
    checked = int(line.split("checked=")[1].split()[0])
    requests = int(line.split("requests=")[1].split()[0])
    assert checked >= total and requests <= 110
    print(f"\n{checked:,} messages verified by {requests} requests in {took:.0f} s at 4/s;"
          f" 50 that fell due meanwhile were settled after {settled:.1f} s")
    assert settled < 30
    assert world.sink.received == []


# Told to end, or killed, in the middle

def hanging(world, match: str):
    """The provider answers these questions in five minutes."""
    world.write_config(api={"timeout": "5m", "connect_timeout": "5m"})
    world.simulator.faults({"kind": "delay", "delay_ms": 300_000, "match": match})


def in_flight_at_provider(world):
    wait_for(lambda: world.simulator.stats()["in_flight"] >= 1, 20, "the question")


@pytest.mark.parametrize("match", ["history", "statistics"])
def test_a_verification_that_hangs_keeps_nobody_from_ending(world, match):
    verifying(world)
    hanging(world, match)
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    in_flight_at_provider(world)
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 5


def test_a_day_that_was_cut_off_is_verified_by_the_next_daemon(world):
    # At once: the day that the row is of, at whatever hour the tests run.
    verifying(world, every="1h", day_at="00:00")
    midnight = day_before()
    world.add("CUTOFF0001A01", delivered(), accepted=midnight, status="DEAD_LETTER")
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    wait_for(lambda: world.query("SELECT 1 FROM reconciler_meta WHERE key = 'verified_until'"), 20, "the beginning")
    daemon.stop()
    night_falls(world)
    hanging(world, "history")
    daemon = world.start()
    in_flight_at_provider(world)
    daemon.stop()
    assert world.query("SELECT value FROM reconciler_meta WHERE key = 'verified_until'")[0][0] == "0"
    world.simulator.faults()
    daemon = world.start()
    wait_for(lambda: world.counts() == {"SENT": 1}, 20, "it to be healed")
    daemon.stop()
    assert len(world.query("SELECT 1 FROM reconciler_difference WHERE kind = 'healed'")) == 1


@pytest.mark.parametrize("ending", ["term", "kill"])
def test_an_ask_that_the_daemon_did_not_live_to_answer_is_answered_by_the_command(world, ending):
    world.write_config(reconcile={"interval": "300s"})
    world.add("ORPHAN0001A01", delivered(), accepted=ago(minutes=1))
    hanging(world, "*")
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(world.run, "ask", "--json", "ORPHAN0001A01")
        in_flight_at_provider(world)
        world.simulator.faults()
        if ending == "term":
            daemon.stop()
        else:
            daemon.signal(signal.SIGKILL)
        answer = json.loads(asking.result(30).stdout)
    assert [(m["status"], m["answer"]) for m in answer] == [("SENT", "delivered")]
    assert world.query("SELECT * FROM reconciler_errand") == []


def test_a_reload_in_the_middle_of_an_ask_loses_nothing(world):
    world.write_config(reconcile={"interval": "300s"})
    for index in range(30):
        world.add(f"RELOAD{index:04d}A01", delivered(), accepted=ago(minutes=1))
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(world.run, "ask", "--json", *(f"RELOAD{index:04d}A01" for index in range(30)))
        wait_for(lambda: sum(sum(r.values()) for r in world.simulator.stats()["requests"].values()) >= 5, 20, "it")
        daemon.signal(signal.SIGHUP)
        answer = json.loads(asking.result(60).stdout)
    daemon.stop()
    assert {m["answer"] for m in answer} == {"delivered"} and len(answer) == 30
    assert world.counts() == {"SENT": 30}


def test_several_commands_at_once(world):
    # Seven write, and a disk may take a second for each.
    world.write_config(reconcile={"interval": "300s"}, store={"busy_timeout": "30s"})
    false_sent(world, 5, hours=2)
    world.add("AMONG0001A01", in_flight(), accepted=ago(minutes=1))
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    with ThreadPoolExecutor(6) as pool:
        verifying_them = [pool.submit(differences, world, expect=1) for _ in range(3)]
        asking = [pool.submit(world.run, "ask", "--json", "AMONG0001A01", "AMONG0001A01") for _ in range(3)]
        assert all(len(done.result(60)["differences"]) == 5 for done in verifying_them)
        assert all(len(json.loads(done.result(60).stdout)) == 1 for done in asking)
    wait_for(lambda: world.sink.of("FalseSent"), 10, "the alert")
    daemon.stop()
    assert [a["count"] for a in world.sink.of("FalseSent")] == [5], "each message counts once"


def test_any_key_can_be_asked_about(world):
    keys = ["tab\there", "line\nend", "back\\slash", "two  spaces", "열쇠"]
    for key in keys:
        world.add(key, status="SENT", accepted=ago(hours=1), at_provider=False)
    answer = json.loads(world.run("ask", "--json", *keys).stdout)
    assert [m["msg_key"] for m in answer] == keys
    assert {m["answer"] for m in answer} == {"no_report_yet"}


def test_nothing_is_asked_about_rows_of_others(world):
    world.write_config(store={"service_types": ["ALIMTALK"]})
    world.add("OTHERS0001A01", delivered(), accepted=ago(hours=1))
    world.execute("UPDATE notification_history SET service_type = 'SMS'")
    result = world.run("ask", "OTHERS0001A01", expect=69)
    assert "none of the reconciler's" in result.stdout
    assert not world.simulator.stats()["requests"]
