"""JANDI, Alertmanager, PagerDuty: what each is told, how failures are told apart; `alert-test`, `ack`, Korean."""
import json
import re
import time
from datetime import datetime, timedelta, timezone

import pytest

from harness import failed, wait_for
from receiver import Receiver

ROUTING_KEY = "0123456789abcdef0123456789abcdef".replace("0", "R")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def sinks(world, receiver) -> list[dict]:
    key = world.folder / "routing-key"
    key.write_text(ROUTING_KEY + "\n")
    key.chmod(0o600)
    return [{"type": "jandi", "url": f"{receiver.url}/jandi/TOKEN"},
            {"type": "alertmanager", "url": f"{receiver.url}/am/"},
            {"type": "pagerduty", "routing_key_file": str(key), "url": f"{receiver.url}/pd"}]


def of(receiver, start: str) -> list:
    return [request for request in receiver.posts if request.path.startswith(start)]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_each_kind_is_told_in_its_own_words(world, receiver):
    world.write_config(alerts={"sinks": sinks(world, receiver), "repeat_every": "2s"})
    world.add_many([(f"ACC{index:04d}A01", [failed("64008")]) for index in range(20)])
    daemon = world.start()
    wait_for(lambda: len(of(receiver, "/am/")) >= 4 and len(of(receiver, "/pd")) >= 1, 20, "alerts")

    message = wait_for(lambda: next((request for request in of(receiver, "/jandi")
                                     if "AccountRefused" in request.body["body"]), None), what="the message")
    assert message.path == "/jandi/TOKEN"
    assert message.headers["accept"] == "application/vnd.tosslab.jandi-v2+json"
    assert message.headers["content-type"] == "application/json"
    assert set(message.body) == {"body", "connectColor", "connectInfo"}
    assert re.fullmatch("#[0-9a-f]{6}", message.body["connectColor"])
    assert [set(part) for part in message.body["connectInfo"]] == [{"title", "description"}]

    trigger = wait_for(lambda: next((request.body for request in of(receiver, "/pd")
                                     if request.body["dedup_key"] == "AccountRefused{code=64008}"), None),
                       what="the incident")
    assert (trigger["routing_key"], trigger["event_action"]) == (ROUTING_KEY, "trigger")
    assert trigger["payload"]["severity"] == "critical" and trigger["payload"]["source"]
    assert trigger["payload"]["custom_details"]["labels"] == {"code": "64008"}

    def account():
        assert {request.path for request in of(receiver, "/am/")} == {"/am/api/v2/alerts"}
        return [alert for request in of(receiver, "/am/") for alert in request.body
                if alert["labels"]["alertname"] == "AccountRefused"]

    posts = wait_for(lambda: len(found := account()) >= 4 and found, 30, "posts of one alert")
    labels = posts[0]["labels"]
    assert labels["severity"] == "critical" and labels["code"] == "64008" and labels["instance"]
    assert all(post["labels"] == labels and post["startsAt"] == posts[0]["startsAt"] for post in posts)
    ends = [moment(post["endsAt"]) for post in posts]
    assert ends == sorted(ends) and all(end.timestamp() > time.time() for end in ends[-1:])
    assert posts[0]["annotations"]["summary"]

    world.settled_delivery()
    wait_for(lambda: any(r.body["event_action"] == "resolve" and r.body["dedup_key"] == "AccountRefused{code=64008}"
                         for r in of(receiver, "/pd")), 20, "the incident's end")
    wait_for(lambda: moment(account()[-1]["endsAt"]).timestamp() <= time.time(), 20, "the end at Alertmanager")
    told = len(account())
    wait_for(lambda: any(r.body["body"].startswith("RESOLVED: AccountRefused") for r in of(receiver, "/jandi")), 20)
    time.sleep(3)
    assert len(account()) == told, "what is over is not posted again"
    daemon.stop()


@pytest.mark.parametrize("kind", ["jandi", "alertmanager", "pagerduty"])
def test_retry_after_is_obeyed(world, receiver, kind):
    world.write_config(alerts={"sinks": [s for s in sinks(world, receiver) if s["type"] == kind], "group_wait": "0s"})
    receiver.answers = [(429, {"Retry-After": "7"})]
    world.add("RETRY00001", failed("64008"))
    daemon = world.start()
    posts = wait_for(lambda: len(receiver.posts) >= 2 and receiver.posts, 20, "the second attempt")
    assert 6.9 <= posts[1].at - posts[0].at < 12
    assert daemon.events("alert.delivery_failed")
    daemon.stop()


def test_a_refusal_is_told_to_the_others_with_what_mends_it(world, receiver):
    receiver.status = 404
    world.write_config(alerts={"group_wait": "0s", "sinks": [
        sinks(world, receiver)[0], {"type": "webhook", "url": world.sink.url}]})
    world.add("REFUSED001", failed("64008"))
    daemon = world.start()
    told = wait_for(lambda: world.sink.of("SinkFailing"), 20, "SinkFailing")[0]
    assert told["labels"] == {"sink": "jandi"}
    assert "HTTP 404" in told["summary"] and "url_file" in told["summary"] and "alert-test" in told["summary"]
    assert len(receiver.posts) <= 3, "it is not tried again and again"
    daemon.stop()


def test_summaries_are_korean_when_asked_for(world, receiver):
    world.write_config(alerts={"language": "ko", "sinks": [
        sinks(world, receiver)[0], {"type": "webhook", "url": world.sink.url}]})
    assert "language" not in world.run("check", "--offline").stdout
    world.add("KOREAN0001", failed("64008"))
    world.once()
    summary = world.sink.of("AccountRefused")[0]["summary"]
    assert summary.startswith("코드 64008(계정): ") and "1건이 거부되었습니다" in summary and "조치: " in summary
    bodies = [body["body"] for body in receiver.bodies]
    assert "발생 critical: AccountRefused (code 64008)" in bodies, bodies


def test_check_reaches_them_without_an_alert(world, receiver):
    world.write_config(alerts={"sinks": sinks(world, receiver)})
    result = world.run("check")
    assert result.stdout.count("its address answers") == 3 and "no effect" not in result.stdout
    assert [(r.method, r.path) for r in receiver.requests] == [
        ("GET", "/jandi/TOKEN"), ("GET", "/am/api/v2/status"), ("GET", "/pd")]
    receiver.status = 404
    result = world.run("check", expect=78)
    assert len(result.stderr.splitlines()) == 1 and "sink alertmanager: no Alertmanager answers" in result.stderr
    assert "TOKEN" not in result.stdout + result.stderr and ROUTING_KEY not in result.stdout + result.stderr


def test_alert_test(world, receiver):
    world.write_config(alerts={"sinks": [
        *sinks(world, receiver), {"type": "webhook", "name": "ops", "min_severity": "critical", "url": world.sink.url},
        {"type": "log"}, {"type": "command", "argv": ["false"]}]})
    result = world.run("alert-test", "ops")
    assert "sink ops: took the test" in result.stdout and receiver.requests == []
    told = world.sink.received
    assert [(t["alert"], t["state"], t["severity"]) for t in told] == [("AlertTest", "firing", "critical")]
    assert "This is a test" in told[0]["summary"]

    result = world.run("alert-test", expect=74)
    assert len(receiver.posts) == 3 and "event=alert.fired" in result.stdout
    assert result.stdout.count("took the test") == 5
    assert len(result.stderr.splitlines()) == 1
    assert "sink command did not take the test: exit status 1" in result.stderr

    receiver.status = 403
    result = world.run("alert-test", "pagerduty", expect=74)
    assert "HTTP 403" in result.stderr and "trying again will not help" in result.stderr
    assert ROUTING_KEY not in result.stderr and receiver.url not in result.stderr

    result = world.run("alert-test", "nobody", expect=1)
    assert "no sink `nobody`" in result.stderr and "ops" in result.stderr
    world.run("alert-test", "ops", "log", expect=64)
    assert world.query("SELECT count(*) FROM sqlite_master WHERE name LIKE 'reconciler_%'")[0][0] == 0


def test_ack_silences_until_the_end(world):
    world.write_config(alerts={"repeat_every": "2s"})
    world.run("ack", "AccountRefused", expect=1)
    world.add("ACK0000001", failed("64008"))
    daemon = world.start()
    wait_for(lambda: len(world.sink.of("AccountRefused")) >= 2, 20, "the alert and its repetition")
    result = world.run("ack", "AccountRefused", "code=1", expect=1)
    assert "AccountRefused{code=1}" in result.stderr
    for words in (["Nonsense"], ["DeadLetters", "code=64008"], ["StoreTrouble"]):
        assert len(world.run("ack", *words, expect=1).stderr.splitlines()) == 1
    for words in ([], ["AccountRefused", "code"], ["AccountRefused", "=x"], ["AccountRefused", "a=1", "a=2"]):
        world.run("ack", *words, expect=64)

    assert "is silent until it resolves" in world.run("ack", "AccountRefused", "code=64008").stdout
    acknowledged = datetime.now(timezone.utc)
    assert "before" in world.run("ack", "AccountRefused").stdout
    alert = next(a for a in world.status()["alerts"] if a["name"] == "AccountRefused")
    assert alert["acked"] is True
    assert re.search(r"AccountRefused\{code=64008\}.* yes$", world.run("status").stdout, re.MULTILINE)
    time.sleep(6)
    # One that was on its way then may come late.
    silent = acknowledged + timedelta(seconds=1)
    assert [alert for alert in world.sink.of("AccountRefused") if moment(alert["at"]) > silent] == []
    world.settled_delivery()
    wait_for(lambda: world.sink.of("AccountRefused", "resolved"), 20, "its end")
    daemon.stop()


def test_no_secret_of_a_sink_is_told_anywhere(world, receiver):
    receiver.status = 500
    world.write_config(log={"level": "debug"}, alerts={"group_wait": "0s", "sinks": [
        *sinks(world, receiver), {"type": "webhook", "url": world.sink.url}]})
    world.add("SECRET0001", failed("64008"))
    daemon = world.start()
    wait_for(lambda: len(world.sink.of("SinkFailing")) == 3, 40, "SinkFailing of each")
    daemon.stop()
    everything = daemon.log + json.dumps(world.sink.received)
    for secret in (ROUTING_KEY, "TOKEN", receiver.url):
        assert secret not in everything
