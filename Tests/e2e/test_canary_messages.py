"""Canaries: messages to a telephone of the operator's own."""
import json

import pytest
from harness import wait_for

REQUEST = {"destinations": [{"to": "01000000007"}],
           "messageFlow": [{"alimtalk": {"senderKey": "S", "templateCode": "T", "text": "tweet", "msgType": "AT"}}]}


@pytest.fixture
def request_file(world):
    path = world.folder / "canary.json"
    path.write_text(json.dumps(REQUEST))
    return path


def configure(world, request_file, every="1s", within="5s"):
    """`within` is also how long a canary may take to be accepted, on a busy machine too, lest it count as lost."""
    world.write_config(canary={"every": every, "request_file": str(request_file), "within": within},
                       reconcile={"interval": "60s"})


def messages(world) -> list[dict]:
    return world.simulator.control("messages")


def test_canaries_that_arrive_are_quiet(world, request_file):
    world.simulator.settings(outcome="delivered")
    configure(world, request_file)
    daemon = world.start()
    daemon.wait_for_event("canary.delivered", 2)
    assert len(messages(world)) >= 2 and world.sink.names() == []
    assert "01000000007" not in daemon.log and "tweet" not in daemon.log
    daemon.stop()
    world.once()
    assert world.query("SELECT count(*) FROM notification_history WHERE external_id IS NULL")[0][0] == 0


def test_a_lost_canary_rings_at_once_and_the_next_that_arrives_ends_it(world, request_file):
    world.simulator.settings(outcome="in_flight")
    configure(world, request_file)
    daemon = world.start()
    alert = wait_for(lambda: world.sink.of("CanaryLost"), what="CanaryLost")[0]
    assert alert["severity"] == "critical" and "accepted, but not reported" in alert["summary"]
    assert f'msg_key={messages(world)[0]["msgKey"]}' in daemon.wait_for_event("canary.lost")[0]
    world.simulator.settings(outcome="delivered")
    wait_for(lambda: world.sink.of("CanaryLost", "resolved"), 30, "its end")
    daemon.stop()


@pytest.mark.parametrize("fault, words", [
    ({"kind": "status", "status": 503}, "not known to be accepted"),
    ({"kind": "service_code", "code": "A327", "status": 400}, "not accepted")])
def test_a_canary_that_is_not_accepted_is_lost(world, request_file, fault, words):
    world.simulator.faults({"match": "send", **fault})
    configure(world, request_file, every="1h")
    daemon = world.start()
    assert words in wait_for(lambda: world.sink.of("CanaryLost"), what="CanaryLost")[0]["summary"]
    daemon.stop()


def test_it_is_sent_every_so_often_whatever_restarts(world, request_file):
    world.simulator.settings(outcome="delivered")
    configure(world, request_file, every="1h")
    for _ in range(3):
        daemon = world.start()
        daemon.wait_for_event("daemon.ready")
        wait_for(lambda: len(messages(world)) == 1)
        daemon.stop()
    world.once()
    assert len(messages(world)) == 1, "once sends none"


def test_without_canaries_none_is_missed(world, request_file):
    world.simulator.settings(outcome="in_flight")
    configure(world, request_file, every="1h")
    daemon = world.start()
    wait_for(lambda: world.sink.of("CanaryLost"), what="CanaryLost")
    daemon.stop()
    del world.config["canary"]
    world.write_config()
    daemon = world.start()
    wait_for(lambda: world.sink.of("CanaryLost", "resolved"), what="its end")
    daemon.stop()


@pytest.mark.parametrize("content, words", [
    (None, "canary.request_file"), ("{}", "destinations"), ("nonsense", "JSON object"),
    (json.dumps({**REQUEST, "destinations": REQUEST["destinations"] * 2}), "one recipient")])
def test_check_says_what_is_wrong_with_the_request(world, request_file, content, words):
    request_file.unlink() if content is None else request_file.write_text(content)
    configure(world, request_file)
    result = world.run("check", "--offline", expect=78)
    assert words in result.stderr and "01000000007" not in result.stderr
