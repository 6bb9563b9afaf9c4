#!/usr/bin/env python3
"""Drives the simulator with the provider's official SDK: its own validation must accept every answer.

    check_sdk.py --simulator PATH_TO_BINARY [--only NAME]

Starts the simulator itself, on free ports, as often as it needs other settings. The last line is
`N passed, N failed`; the exit status is 1 where something failed. Bounded to two minutes.
"""
from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import re
import signal
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request

import bizgo
from bizgo import AsyncBizgo, RateLimit
from bizgo.webhooks import WebhookReceiver, WebhookVerificationError
from harness import ALIMTALK, KEY, KST, SMS, Sim, becomes, documented, entry, numbers, raises, webhooks

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


# ---------------------------------------------------------------- sends


@check
def a_send_to_200_recipients_gives_every_one_a_key():
    with Sim("--outcome", "delivered") as sim, sim.client() as client:
        result = client.send.omni(to=numbers(200), messages=[ALIMTALK, SMS], ref="reference")
        assert len(result.succeeded) == 200 and not result.failed and not result.duplicates
        assert len(set(result.msg_keys)) == 200
        assert len({key[:-3] for key in result.msg_keys}) == 1, "one request id"
        assert [d.to for d in result.destinations] == numbers(200)
        assert result.ref == "reference" and result.tracking_id


@check
def a_wrong_number_is_refused_alone():
    with Sim() as sim, sim.client() as client:
        result = client.send.omni(to=["01000000001", "not-a-number"], messages=[SMS])
        assert [d.code for d in result.destinations] == ["A000", "A306"] and len(result.failed) == 1


@check
def more_than_200_recipients_are_refused():
    with Sim("--send-rate", "0") as sim:
        body = {"destinations": [{"to": n} for n in numbers(201)], "messageFlow": [{"sms": {"from": "0100000000", "text": "x"}}]}
        request = urllib.request.Request(
            sim.url + "/api/comm/v1/send/omni", json.dumps(body).encode(), {"Authorization": KEY}, method="POST")
        try:
            urllib.request.urlopen(request, timeout=5)
            raise AssertionError("accepted")
        except urllib.error.HTTPError as error:
            assert error.code == 400 and json.load(error)["data"]["code"] == "A318"


@check
def sends_have_a_limit_of_200_recipients_a_second():
    with Sim() as sim, sim.client() as client:
        client.send.omni(to=numbers(200), messages=[SMS])

        def send_on():
            for _ in range(5):  # after each that comes a second late there is room for one more
                client.send.omni(to=numbers(200), messages=[SMS])

        raises(bizgo.RateLimitError, send_on, code="A020", layer="service")
    # The SDK's own bucket runs at exactly the limit: a request that travels faster than the one before can be early,
    # so its retries are left on.
    with Sim() as sim, sim.client(rate_limit=RateLimit(), max_retries=2) as client:
        assert client.send.bulk(to=numbers(450), messages=[SMS], concurrency=1).ok


@check
def an_idempotency_key_works_once():
    with Sim("--send-rate", "0", "--duplicate-answer", "refusal") as sim, sim.client() as client:
        first = client.send.omni(to=numbers(2), messages=[SMS], idempotency_key="once")
        assert len(first.succeeded) == 2
        raises(bizgo.DuplicateRequestError, lambda: client.send.omni(to=numbers(2), messages=[SMS], idempotency_key="once"),
               code="A301", layer="service", http_status=400)
        assert len(sim.control("GET", "messages")) == 2


@check
def a_known_idempotency_key_has_duplicates_with_and_without_their_keys():
    to = [*numbers(2), "not-a-number"]
    for answer in ("with_key", "without_key"):
        with Sim("--send-rate", "0", "--duplicate-answer", answer) as sim, sim.client() as client:
            first = client.send.omni(to=to, messages=[SMS], idempotency_key="once")
            again = client.send.omni(to=to, messages=[SMS], idempotency_key="once")
            assert [d.code for d in again.destinations] == ["A301", "A301", "A306"]
            assert [d.to for d in again.destinations] == to and len(again.duplicates) == 2 and len(again.failed) == 1
            assert [d.msg_key for d in again.duplicates] == (first.msg_keys if answer == "with_key" else [None, None])
            assert len(sim.control("GET", "messages")) == 2
            other = client.send.omni(to=to, messages=[SMS], idempotency_key="twice", idempotency_ttl=0)
            assert len(other.succeeded) == 2, "no time to live"


@check
def an_idempotency_key_without_a_time_to_live_is_refused():
    with Sim() as sim:
        body = {"destinations": [{"to": n} for n in numbers(1)], "idempotencyKey": "k",
                "messageFlow": [{"sms": {"from": "0100000000", "text": "x"}}]}
        request = urllib.request.Request(
            sim.url + "/api/comm/v1/send/omni", json.dumps(body).encode(), {"Authorization": KEY}, method="POST")
        try:
            urllib.request.urlopen(request, timeout=5)
            raise AssertionError("accepted")
        except urllib.error.HTTPError as error:
            assert error.code == 400 and json.load(error)["data"]["code"] == "A309"
        assert sim.control("GET", "messages") == []


@check
def each_recipients_ref_comes_back_in_report_status_and_history():
    with Sim("--rate", "0", "--outcome", "delivered") as sim, sim.client() as client:
        to = [bizgo.models.Destination(to=number, ref=f"ref-{number}") for number in numbers(2)]
        result = client.send.omni(to=[*to, numbers(3)[2]], messages=[ALIMTALK], ref="of all")
        refs = [f"ref-{number}" for number in numbers(2)] + ["of all"]
        assert [report.ref for key in result.msg_keys for report in client.reports.inquiry(key)] == refs
        assert [documented(s).ref for key in result.msg_keys for s in client.messages.status(key)] == refs
        since = dt.datetime.now(KST) - dt.timedelta(minutes=1)
        assert [m.ref for m in client.messages.history(since).messages] == refs


@check
def a_suspended_account_accepts_and_then_reports_64008():
    with Sim("--rate", "0", "--outcome", "delivered") as sim, sim.client() as client:
        sim.control("POST", "account", {"suspended": True})
        refused = client.send.omni(to=numbers(3), messages=[ALIMTALK, SMS])
        assert len(refused.succeeded) == 3, "accepted is not delivered"
        assert [r.report_code for k in refused.msg_keys for r in client.reports.inquiry(k)] == ["64008"] * 3
        sim.control("POST", "account", {"suspended": False})
        key = client.send.omni(to=numbers(1), messages=[ALIMTALK]).msg_keys[0]
        assert [r.report_code for r in client.reports.inquiry(key)] == ["10000"]
        assert [r.report_code for r in client.reports.inquiry(refused.msg_keys[0])] == ["64008"]


# ---------------------------------------------------------------- inquiry and status


@check
def an_inquiry_carries_the_documented_fields():
    with Sim("--outcome", "delivered") as sim, sim.client() as client:
        key = client.send.omni(to="01000000001", messages=[ALIMTALK], ref="reference").msg_keys[0]
        (report,) = client.reports.inquiry(key)
        documented(report)
        assert (report.msg_key, report.service_type, report.msg_type) == (key, "ALIMTALK", "AT")
        assert (report.report_code, report.ref) == ("10000", "reference") and report.report_text and report.report_type


@check
def a_fallback_has_one_entry_for_each_channel_tried():
    with Sim("--rate", "0", "--outcome", "fallback_delivered") as sim, sim.client() as client:
        key = client.send.omni(to="01000000001", messages=[ALIMTALK, SMS]).msg_keys[0]
        reports = [documented(r) for r in client.reports.inquiry(key)]
        assert [r.service_type for r in reports] == ["ALIMTALK", "SMS"]
        assert reports[0].report_code != "10000" and reports[1].report_code == "10000"
        statuses = [documented(s) for s in client.messages.status(key)]
        assert [(s.service_type, s.fallback) for s in statuses] == [("ALIMTALK", "N"), ("SMS", "Y")]
        assert {s.to for s in statuses} == {"01000000001"} and {s.response_code for s in statuses} == {"A000"}


@check
def a_channel_in_flight_is_in_the_status_and_not_in_the_reports():
    with Sim("--rate", "0", "--outcome", "fallback_in_flight") as sim, sim.client() as client:
        key = client.send.omni(to="01000000001", messages=[ALIMTALK, SMS]).msg_keys[0]
        assert [r.service_type for r in client.reports.inquiry(key)] == ["ALIMTALK"]
        statuses = client.messages.status(key)
        assert [s.service_type for s in statuses] == ["ALIMTALK", "SMS"]
        assert statuses[0].report_code and statuses[1].report_code is None and statuses[1].report_time is None


@check
def a_status_by_request_id_covers_the_whole_request():
    with Sim("--rate", "0", "--outcome", "delivered") as sim, sim.client() as client:
        result = client.send.omni(to=numbers(150), messages=[ALIMTALK])
        statuses = client.messages.status_by_request_id(result.msg_keys[0][:-3])
        assert [documented(s).msg_key for s in statuses] == result.msg_keys


@check
def reports_mature_over_time():
    with Sim("--rate", "0", "--outcome", "delivered", "--report-delay", "60s") as sim, sim.client() as client:
        key = client.send.omni(to="01000000001", messages=[ALIMTALK]).msg_keys[0]
        assert client.reports.inquiry(key) == [] and client.messages.status(key)[0].report_code is None
        sim.control("POST", "clock", {"advance_ms": 61_000})
        assert client.reports.inquiry(key)[0].report_code == "10000"
        assert client.messages.status(key)[0].report_code == "10000"


@check
def an_unknown_key_is_answered_as_configured():
    for empty in ("list", "null", "absent_list", "absent_data", "null_data", "a820"):
        with Sim("--rate", "0", "--empty-answer", empty) as sim, sim.client() as client:
            sim.load({"msgKey": "20260101000000000SIM000000001000", "entries": [entry(None)]})
            for ask in (lambda: client.reports.inquiry("nobody-knows-me"), lambda: client.messages.status("nobody"),
                        lambda: client.messages.status_by_request_id("nobody"),
                        lambda: client.reports.inquiry("20260101000000000SIM000000001000")):
                if empty == "a820":
                    raises(bizgo.BadRequestError, ask, code="A820", layer="service", http_status=400)
                else:
                    assert ask() == []


@check
def nothing_to_fetch_and_an_empty_page_are_answered_as_configured():
    for empty in ("list", "null", "absent_list", "absent_data", "null_data"):
        with Sim("--rate", "0", "--empty-answer", empty, "--report-method", "polling") as sim, sim.client() as client:
            sim.control("POST", "settings", {"byte_order_mark": True})
            assert client.reports.poll().empty
            page = client.messages.history(dt.datetime.now(KST))
            assert page.messages == [] and not page.has_next


@check
def messages_older_than_thirty_days_are_not_found():
    with Sim("--rate", "0") as sim, sim.client() as client:
        now = int(time.time() * 1000)
        sim.load({"msgKey": "old-000", "acceptedAt": now - 30 * 86_400_000 - 60_000, "entries": [entry()]},
                 {"msgKey": "new-000", "acceptedAt": now - 30 * 86_400_000 + 60_000, "entries": [entry()]})
        assert client.reports.inquiry("old-000") == [] and client.messages.status("old-000") == []
        assert len(client.reports.inquiry("new-000")) == 1
        assert len(sim.control("GET", "messages")) == 2, "the truth knows both"


@check
def strange_keys_survive_the_path():
    with Sim("--rate", "0") as sim, sim.client() as client:
        for key in ("a/b?c#d%e 000", "한글000", "a+b&c=000"):
            sim.load({"msgKey": key, "entries": [entry()]})
            assert client.reports.inquiry(key)[0].msg_key == key
            assert client.messages.status_by_request_id(key[:-3])[0].msg_key == key


# ---------------------------------------------------------------- history


@check
def history_is_walked_over_pages_in_both_orders():
    for order in ("asc", "desc"):
        with Sim("--rate", "0", "--send-rate", "0", "--history-order", order, "--outcome", "fallback_delivered") as sim:
            with sim.client() as client:
                start = dt.datetime.now(KST) - dt.timedelta(minutes=1)
                keys = [k for _ in range(3) for k in client.send.omni(to=numbers(120), messages=[ALIMTALK, SMS]).msg_keys]
                rows = [documented(m) for m in client.messages.iter_history(start, limit=101)]
                assert len(rows) == 720, len(rows)
                seen = list(dict.fromkeys(r.msg_key for r in rows))
                assert seen == (keys if order == "asc" else keys[::-1])
                assert len({(r.msg_key, r.service_type) for r in rows}) == 720
                page = client.messages.history(start)
                assert len(page.messages) == 100 and page.has_next and isinstance(page.last_seq, int)
                last = client.messages.history(start, limit=1000)
                assert len(last.messages) == 720 and not last.has_next


@check
def history_filters_by_service_type_and_group():
    with Sim("--rate", "0", "--outcome", "fallback_delivered") as sim, sim.client() as client:
        start = dt.datetime.now(KST) - dt.timedelta(minutes=1)
        client.send.omni(to=numbers(5), messages=[ALIMTALK, SMS], group_key="one")
        client.send.omni(to=numbers(7), messages=[ALIMTALK, SMS], group_key="two")
        assert len(list(client.messages.iter_history(start, service_type="SMS"))) == 12
        assert len(list(client.messages.iter_history(start, service_type=["SMS", "ALIMTALK"], limit=5))) == 24
        assert len(list(client.messages.iter_history(start, group_key="two", limit=3))) == 14
        raises(bizgo.BadRequestError, lambda: client.messages.history(start, service_type="PIGEON"), code="A219")
        raises(bizgo.BadRequestError, lambda: client.messages.history("yesterday"), layer="service")


@check
def request_time_has_three_readings():
    noon = dt.datetime.now(KST).replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=3)
    times = {"before": noon - dt.timedelta(days=1), "morning": noon - dt.timedelta(hours=11), "near": noon - dt.timedelta(minutes=30),
             "after": noon + dt.timedelta(hours=2), "later": noon + dt.timedelta(days=1)}
    expected = {"since": ["after", "later"], "day": ["morning", "near", "after"], "around": ["near"]}
    for reading, keys in expected.items():
        with Sim("--rate", "0", "--request-time", reading) as sim, sim.client() as client:
            sim.load(*({"msgKey": key, "acceptedAt": at.isoformat(), "entries": [entry()]} for key, at in times.items()))
            assert [m.msg_key for m in client.messages.iter_history(noon, limit=1)] == keys, reading
            assert client.messages.history(noon + dt.timedelta(days=2, hours=20)).has_next is False


@check
def a_history_can_hide_the_channel_that_delivered():
    with Sim("--rate", "0", "--outcome", "fallback_delivered", "--history-hidden", "1") as sim, sim.client() as client:
        start = dt.datetime.now(KST) - dt.timedelta(minutes=1)
        key = client.send.omni(to="01000000001", messages=[ALIMTALK, SMS]).msg_keys[0]
        assert [m.service_type for m in client.messages.iter_history(start)] == ["ALIMTALK"]
        assert [s.report_code for s in client.messages.status(key)][1] == "10000"


# ---------------------------------------------------------------- the account


def counts(day) -> tuple:
    documented(day)
    return (day.recv_total_cnt, day.recv_succ_cnt, day.recv_fail_cnt,
            day.report_total_cnt, day.report_succ_cnt, day.report_fail_cnt)


@check
def statistics_agree_with_the_messages():
    """Two days, a refused recipient, reports that are not there yet, and an account that was suspended in between."""
    with Sim("--rate", "0", "--send-rate", "0", "--outcome", "delivered") as sim, sim.client() as client:
        noon = dt.datetime.now(KST).replace(hour=12, minute=0, second=0, microsecond=0)
        offset = int(noon.timestamp() * 1000) - int(time.time() * 1000)
        sim.control("POST", "clock", {"offset_ms": offset - 86_400_000})
        client.send.omni(to=[*numbers(30), "not-a-number"], messages=[ALIMTALK, SMS])
        sim.control("POST", "settings", {"outcome": "failed"})
        client.send.omni(to=numbers(4), messages=[ALIMTALK])
        sim.control("POST", "clock", {"offset_ms": offset})
        sim.control("POST", "settings", {"outcome": "fallback_delivered"})
        client.send.omni(to=numbers(7), messages=[ALIMTALK, SMS])
        sim.control("POST", "settings", {"outcome": "in_flight"})
        client.send.omni(to=numbers(2), messages=[SMS])
        sim.control("POST", "account", {"suspended": True})
        client.send.omni(to=numbers(5), messages=[ALIMTALK])
        yesterday, today = noon.date() - dt.timedelta(days=1), noon.date()
        days = client.messages.statistics(yesterday, today)
        assert [day.stat_date for day in days] == [f"{yesterday:%Y%m%d}", f"{today:%Y%m%d}"]
        assert [counts(day) for day in days] == [(35, 34, 1, 34, 30, 4), (14, 14, 0, 12, 7, 5)]
        assert [counts(day) for day in client.messages.statistics(today)] == [(14, 14, 0, 12, 7, 5)]
        assert [counts(day) for day in client.messages.statistics(today, service_type="SMS")] == [(2, 2, 0, 0, 0, 0)]
        sim.control("POST", "settings", {"statistics_count": "channels"})
        assert [counts(day) for day in client.messages.statistics(today)] == [(21, 21, 0, 19, 7, 12)]
        assert client.messages.statistics(today - dt.timedelta(days=9)) == []
        raises(bizgo.BadRequestError, lambda: client.messages.statistics("2026"), code="A213", layer="service")
        raises(bizgo.BadRequestError, lambda: client.messages.statistics(today, service_type="PIGEON"), code="A219")


@check
def a_sender_profile_says_what_is_wrong_with_it():
    with Sim("--rate", "0") as sim, sim.client() as client:
        sim.control("POST", "sender", {"senderKey": "GOOD"})
        sim.control("POST", "sender", {"senderKey": "BAD", "block": True, "dormant": True, "profileStatus": "B",
                                       "profileMessageSpamLevel": "활동제한"})
        good = documented(client.kakao.senders.get(sender_key="GOOD"))
        assert (good.sender_key, good.status, good.block, good.dormant, good.profile_status) == ("GOOD", "A", False, False, "A")
        assert good.profile_spam_level == good.profile_message_spam_level == "정상" and good.uuid.startswith("@") and good.name
        bad = documented(client.kakao.senders.get(sender_key="BAD"))
        assert bad.block and bad.dormant and bad.profile_status == "B" and bad.profile_message_spam_level == "활동제한"
        assert client.kakao.senders.get(sender_key="NOBODY").status is None


@check
def a_sanction_is_told_from_its_day_on():
    with Sim("--rate", "0") as sim, sim.client() as client:
        sim.control("POST", "sender", {"senderKey": "BAD", "sanction": {"restrictedAt": "2026-01-12T11:00:00", "reasonType": "BZM"}})
        ask = lambda day, key="BAD": client.kakao.sanctions.get_sender(date=dt.date(2026, 1, day), sender_key=key)  # noqa: E731
        sanction = documented(ask(12))
        assert (sanction.restricted_at, sanction.sender_key, sanction.reason_type) == ("2026-01-12 11:00:00", "BAD", "BZM")
        assert ask(13).restricted_at and ask(11).restricted_at is None and ask(12, "GOOD").restricted_at is None
        sim.control("POST", "settings", {"sanction_date": "applied"})
        assert ask(12).restricted_at and ask(13).restricted_at is None


@check
def nothing_known_of_the_account_is_answered_as_configured():
    for empty in ("list", "null", "absent_list", "absent_data", "null_data", "a820"):
        with Sim("--rate", "0", "--empty-answer", empty) as sim, sim.client() as client:
            for ask, nothing in ((lambda: client.messages.statistics("20260112"), lambda found: found == []),
                                 (lambda: client.kakao.senders.get(sender_key="X"), lambda found: found.status is None),
                                 (lambda: client.kakao.sanctions.get_sender(date="20260112", sender_key="X"),
                                  lambda found: found.restricted_at is None)):
                if empty == "a820":
                    raises(bizgo.BadRequestError, ask, code="A820", layer="service", http_status=400)
                else:
                    assert nothing(ask())


# ---------------------------------------------------------------- polling


@check
def polling_returns_a_batch_until_it_is_acknowledged():
    with Sim("--rate", "0", "--send-rate", "0", "--report-method", "polling", "--outcome", "delivered") as sim:
        with sim.client() as client:
            keys = [k for _ in range(7) for k in client.send.omni(to=numbers(200), messages=[ALIMTALK]).msg_keys]
            first = client.reports.poll()
            assert len(first.reports) == 1000 and first.report_id
            for report in first.reports:
                documented(report)
            again = client.reports.poll()
            assert again.report_id == first.report_id and [r.msg_key for r in again.reports] == [r.msg_key for r in first.reports]
            raises(bizgo.PermissionDeniedError, lambda: client.reports.ack("RPT0"), code="A802", http_status=403, layer="service")
            client.reports.ack(first.report_id)
            second = client.reports.poll()
            assert second.report_id != first.report_id and len(second.reports) == 400
            client.reports.ack(second.report_id)
            empty = client.reports.poll()
            assert empty.empty and empty.report_id == ""
            assert sorted(r.msg_key for b in (first, second) for r in b.reports) == sorted(keys)


@check
def polling_is_consumed_to_the_end():
    with Sim("--rate", "0", "--report-method", "polling") as sim, sim.client() as client:
        sim.load(*({"msgKey": f"k{i:03d}", "announce": True, "entries": [entry()]} for i in range(25)))
        got = []
        assert client.reports.consume(lambda reports: got.extend(r.msg_key for r in reports)) == 25 and len(set(got)) == 25


@check
def polling_is_refused_for_a_webhook_key():
    with Sim("--rate", "0") as sim, sim.client() as client:
        raises(bizgo.BadRequestError, client.reports.poll, code="A801", http_status=400, layer="service")
        raises(bizgo.BadRequestError, lambda: client.reports.ack("RPT1"), code="A801")


# ---------------------------------------------------------------- errors


@check
def a_wrong_key_is_refused_by_the_gateway():
    with Sim("--rate", "0") as sim:
        for key in ("wrong", "sim-key2", "SIM-KEY"):
            with sim.client(key=key) as client:
                error = raises(bizgo.AuthenticationError, lambda: client.reports.inquiry("x"), code="A401", http_status=401, layer="gateway")
                assert "data" not in error.body and error.tracking_id
        request = urllib.request.Request(sim.url + "/api/comm/v1/report/inquiry/x", headers={"Authorization": "Bearer " + KEY})
        try:
            urllib.request.urlopen(request, timeout=5)
            raise AssertionError("a prefix was accepted")
        except urllib.error.HTTPError as error:
            assert error.code == 401


@check
def an_unknown_path_is_the_gateways_404():
    with Sim("--rate", "0") as sim, sim.client() as client:
        raises(bizgo.NotFoundError, client.kakao.categories.list, code="A404", http_status=404, layer="gateway")


@check
def the_sixth_request_at_once_is_too_many():
    for option, expected in ((), None), (("--retry-after", "2"), 2.0):
        with Sim(*option) as sim, sim.client() as client:
            began, asked = time.monotonic(), []

            def ask_on():
                while len(asked) < 100:
                    client.reports.inquiry("x")
                    asked.append("x")

            raises(bizgo.RateLimitError, ask_on, code="A020", http_status=429, layer="service", retry_after=expected)
            # One more for each fifth of a second that it took.
            assert 5 <= len(asked) <= 5 + 5 * (time.monotonic() - began), len(asked)
            time.sleep(0.3)
            client.reports.inquiry("x")
            assert sim.control("GET", "stats")["rate_limited"] == 1


@check
def the_sdks_own_limiter_keeps_within_the_limit():
    with Sim() as sim, sim.client(rate_limit=RateLimit(other=4.5)) as client:
        began = time.monotonic()
        for _ in range(12):
            client.reports.inquiry("x")
        took = time.monotonic() - began
        stats = sim.control("GET", "stats?times=1")
        assert stats["rate_limited"] == 0 and len(stats["times"]) == 12
        assert 1.4 < took < 10


@check
def the_sdk_retries_a_429_and_honours_retry_after():
    with Sim() as sim, sim.client(max_retries=2) as client:
        sim.faults({"kind": "status", "status": 429, "code": "A020", "retry_after": 1, "times": 1})
        started = time.monotonic()
        assert client.reports.inquiry("x") == []
        assert 0.95 < time.monotonic() - started < 10


@check
def faults_arrive_as_what_they_are():
    with Sim("--rate", "0") as sim, sim.client(timeout=10.0) as client, sim.client(timeout=1.0) as impatient:
        sim.load({"msgKey": "key-000", "entries": [entry()]})
        ask = lambda: client.reports.inquiry("key-000")  # noqa: E731
        once = {"times": 1}
        for rule, kind, attributes in (
            ({"kind": "garbage"}, bizgo.InvalidResponseError, {"http_status": 200}),
            ({"kind": "garbage", "raw": True}, bizgo.APIConnectionError, {}),
            ({"kind": "redirect"}, bizgo.InvalidResponseError, {"http_status": 302}),
            ({"kind": "empty_body"}, bizgo.InvalidResponseError, {"http_status": 200}),
            ({"kind": "deep_json"}, bizgo.InvalidResponseError, {"http_status": 200}),
            ({"kind": "oversize"}, bizgo.InvalidResponseError, {"http_status": 200}),
            ({"kind": "gzip_bomb"}, bizgo.InvalidResponseError, {"http_status": 200}),
            ({"kind": "truncate"}, bizgo.APIConnectionError, {}),
            ({"kind": "reset"}, bizgo.APIConnectionError, {}),
            ({"kind": "close"}, bizgo.APIConnectionError, {}),
            ({"kind": "status", "status": 503}, bizgo.InternalServerError, {"http_status": 503, "layer": "gateway"}),
            ({"kind": "status", "status": 503, "code": "A920", "layer": "service"}, bizgo.InternalServerError,
             {"code": "A920", "layer": "service"}),
            ({"kind": "service_code", "code": "A110"}, bizgo.PermissionDeniedError, {"code": "A110", "http_status": 200}),
            ({"kind": "service_code", "code": "A401"}, bizgo.BadRequestError, {"code": "A401", "layer": "service"}),
            ({"kind": "service_code", "code": "A403", "layer": "gateway", "status": 403}, bizgo.PermissionDeniedError,
             {"code": "A403", "layer": "gateway"}),
            ({"kind": "auth_missing_data"}, bizgo.AuthenticationError, {"code": "A401", "http_status": 401}),
            ({"kind": "body", "body": "[]"}, bizgo.InvalidResponseError, {"http_status": 200}),
        ):
            sim.faults({**rule, **once})
            try:
                raises(kind, ask, **attributes)
            except AssertionError as error:
                raise AssertionError(f"{rule}: {error}") from None
            assert ask()[0].report_code == "10000", f"right again after {rule}"
        sim.faults({"kind": "delay", "delay_ms": 1500, **once})
        raises(bizgo.APITimeoutError, lambda: impatient.reports.inquiry("key-000"))
        assert ask()[0].report_code == "10000", "right again after a delay"
        sim.faults({"kind": "wrong_key", "times": 1})
        assert [r.msg_key for r in ask()] != ["key-000"]
        sim.faults({"kind": "slow", "bytes": 40, "delay_ms": 20, "times": 1})
        assert ask()[0].report_code == "10000", "slow, but right"
        assert sim.control("GET", "stats")["redirects_followed"] == 0


@check
def faults_befall_only_what_they_match():
    with Sim("--rate", "0") as sim, sim.client() as client:
        sim.load({"msgKey": "one-000", "entries": [entry()]}, {"msgKey": "two-000", "entries": [entry()]})
        sim.faults({"match": "one-000", "kind": "status", "status": 500}, {"match": "message_status", "kind": "status", "status": 502})
        raises(bizgo.InternalServerError, lambda: client.reports.inquiry("one-000"), http_status=500)
        assert client.reports.inquiry("two-000")
        raises(bizgo.InternalServerError, lambda: client.messages.status("two-000"), http_status=502)
        sim.control("DELETE", "faults")
        assert client.reports.inquiry("one-000") and client.messages.status("one-000")


@check
def service_failures_can_come_with_http_200():
    with Sim("--rate", "0") as sim, sim.client() as client:
        sim.control("POST", "settings", {"service_failures_as_200": True})
        raises(bizgo.BadRequestError, client.reports.poll, code="A801", http_status=200, layer="service")


@check
def the_async_client_with_many_connections_is_served():
    async def go(sim):
        async with AsyncBizgo(KEY, base_url=sim.url, max_retries=0, rate_limit=None) as client:
            answers = await asyncio.gather(*(client.reports.inquiry(f"k{i:03d}") for i in range(300)))
            assert all(len(a) == 1 and a[0].msg_key == f"k{i:03d}" for i, a in enumerate(answers))

    with Sim("--rate", "0", "--latency", "500ms") as sim:
        sim.load(*({"msgKey": f"k{i:03d}", "entries": [entry()]} for i in range(300)))
        asyncio.run(go(sim))
        stats = sim.control("GET", "stats")
        assert stats["total"] == 300 and stats["max_in_flight"] > 10 and stats["in_flight"] == 0, stats


# ---------------------------------------------------------------- webhooks


@check
def webhooks_are_signed_and_complete_in_both_encodings():
    for encoding in ("hex", "base64"):
        with webhooks("--webhook-encoding", encoding, "--outcome", "delivered") as (receiver, sim), sim.client() as client:
            keys = client.send.omni(to=numbers(20), messages=[ALIMTALK], ref="reference").msg_keys
            reports = [WebhookReceiver("shared secret").report(*request) for request in receiver.wait(20)]
            assert sorted(r.msg_key for r in reports) == sorted(keys)
            for report in reports:
                assert not report.model_extra and report.report_code == "10000" and report.ref == "reference"
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+09:00", report.report_time)
            try:
                WebhookReceiver("other secret").report(*receiver.requests[0])
                raise AssertionError("verified with another secret")
            except WebhookVerificationError:
                pass
            becomes(20, lambda: sim.control("GET", "stats")["webhooks"]["acknowledged"])


@check
def a_webhook_not_acknowledged_is_retried_three_times_at_most():
    with webhooks("--outcome", "delivered", refusals=99) as (receiver, sim), sim.client() as client:
        sim.control("POST", "settings", {"webhook_retry_ms": 20})
        client.send.omni(to="01000000001", messages=[ALIMTALK])
        receiver.wait(4)
        becomes((4, 4, 1), lambda: tuple(
            sim.control("GET", "stats")["webhooks"][name] for name in ("attempts", "failures", "abandoned")))
    with webhooks("--outcome", "delivered", refusals=1) as (receiver, sim), sim.client() as client:
        sim.control("POST", "settings", {"webhook_retry_ms": 20})
        client.send.omni(to="01000000001", messages=[ALIMTALK])
        receiver.wait(2)
        becomes(1, lambda: sim.control("GET", "stats")["webhooks"]["acknowledged"])


@check
def webhooks_are_lost_and_repeated_by_share():
    with webhooks("--outcome", "delivered", "--webhook-loss", "1") as (receiver, sim), sim.client() as client:
        client.send.omni(to=numbers(10), messages=[ALIMTALK])
        becomes(10, lambda: sim.control("GET", "stats")["webhooks"]["lost"])
        receiver.wait(0)
    with webhooks("--outcome", "delivered", "--webhook-repeat", "1") as (receiver, sim), sim.client() as client:
        client.send.omni(to=numbers(10), messages=[ALIMTALK])
        keys = [json.loads(body)["msgKey"] for _, body in receiver.wait(20)]
        assert all(keys.count(key) == 2 for key in keys)


# ---------------------------------------------------------------- the executable


@check
def a_wrong_command_line_is_refused_with_64():
    for arguments in (["--bogus"], ["--port", "99999"], ["--rate"], ["--empty-answer", "maybe"], ["extra"],
                      ["--webhook-url", "http://192.0.2.1/x"]):
        done = subprocess.run([Sim.binary, *arguments], capture_output=True, text=True, timeout=20)
        assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1, (arguments, done)
        assert arguments[0] in done.stderr, done.stderr
    done = subprocess.run([Sim.binary, "--help"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "--webhook-loss" in done.stdout


@check
def it_ends_by_itself_when_told_so():
    done = subprocess.run([Sim.binary, "--for", "0.2"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stdout.startswith("listening on http://127.0.0.1:")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulator", required=True, help="path of the bizgo-simulator executable")
    parser.add_argument("--only", default="", help="run the checks whose name contains this")
    arguments = parser.parse_args()
    Sim.binary = arguments.simulator
    passed = failed = 0

    def too_long(*_):
        raise TimeoutError("took too long")

    signal.signal(signal.SIGALRM, too_long)
    end = time.monotonic() + 120
    for function in CHECKS:
        if arguments.only not in function.__name__:
            continue
        name = function.__name__.replace("_", " ")
        try:
            signal.alarm(max(1, min(30, int(end - time.monotonic()))))
            function()
            passed += 1
            print(f"ok   {name}", flush=True)
        except Exception:  # noqa: BLE001 - a failed check must not end the others
            failed += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
        finally:
            signal.alarm(0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
