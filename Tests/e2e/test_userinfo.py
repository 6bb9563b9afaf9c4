"""A user and a password in the address of a sink or the heartbeat: HTTP basic authentication, and never seen."""
import base64

import pytest

from harness import ago, failed, wait_for
from receiver import Receiver

# As it is in the address, and as it is: "user@home:päss:w0rd%/".
WRITTEN, MEANT = "user%40home:p%C3%A4ss:w0rd%25%2F", "user@home:päss:w0rd%/"
HEADER = "Basic " + base64.b64encode(MEANT.encode()).decode()
SECRETS = ("user%40home", "user@home", "w0rd", HEADER.split()[1], "p%C3%A4ss")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def with_userinfo(url: str, userinfo: str = WRITTEN) -> str:
    return url.replace("http://", f"http://{userinfo}@")


def nothing_of_it_in(world, *texts: str):
    places = [path for path in world.folder.iterdir() if path.is_file() and path.name not in ("config.json5", "address")]
    for text in [*texts, *(path.read_bytes().decode(errors="replace") for path in places)]:
        assert not any(secret in text for secret in SECRETS), text


def address_file(world, text: str) -> str:
    file = world.folder / "address"
    file.write_text(text + "\n")
    file.chmod(0o600)
    return str(file)


@pytest.mark.parametrize("place", ["url", "url_file"])
@pytest.mark.parametrize("kind", ["webhook", "alertmanager"])
def test_a_sink_is_told_with_it(world, receiver, kind, place):
    url = with_userinfo(receiver.url + "/prefix")
    world.write_config(alerts={"sinks": [
        {"type": kind, place: url if place == "url" else address_file(world, url)}]}, log={"level": "debug"})
    checked = world.run("check")
    tested = world.run("alert-test")
    world.add("FAILED0001", failed("64008"))
    once = world.run("once", "--json")
    assert {request.headers.get("authorization") for request in receiver.requests} == {HEADER}
    assert [request.method for request in receiver.requests][0] == "GET", "check looks"
    assert len(receiver.posts) >= 2 and all("@" not in request.path for request in receiver.requests)
    nothing_of_it_in(world, *(text for run in (checked, tested, once) for text in (run.stdout, run.stderr)))


def test_a_sink_that_does_not_take_it_is_told_of_without_it(world, receiver):
    receiver.status = 401
    world.write_config(alerts={"sinks": [{"type": "webhook", "url": with_userinfo(receiver.url)}]},
                       log={"level": "debug"})
    world.add("FAILED0001", failed("64008"))
    daemon = world.start()
    daemon.wait_for_event("alert.delivery_failed")
    wait_for(lambda: "SinkFailing" in world.run("status", "--json").stdout, what="SinkFailing")
    daemon.stop()
    status = world.run("status")
    assert receiver.posts[0].headers["authorization"] == HEADER
    nothing_of_it_in(world, daemon.log, status.stdout)


def test_a_redirect_takes_it_nowhere(world, receiver):
    other = Receiver()
    receiver.answers = [(307, {"Location": other.url})] * 3
    world.write_config(alerts={"sinks": [{"type": "webhook", "url": with_userinfo(receiver.url)}]})
    world.run("alert-test", expect=None)
    assert len(receiver.posts) == 1 and other.requests == []
    other.stop()


def test_the_heartbeat_goes_with_it(world, receiver):
    world.write_config(heartbeat={"url_file": address_file(world, with_userinfo(receiver.url + "/ping")),
                                  "interval": "1h"}, log={"level": "debug"})
    checked = world.run("check")
    daemon = world.start()
    wait_for(lambda: any(request.path == "/ping" for request in receiver.requests), what="a ping")
    world.simulator.faults({"kind": "status", "status": 503})
    world.add_many([(f"ASKED{index:05d}", []) for index in range(20)])
    wait_for(lambda: any(request.path == "/ping/fail" for request in receiver.requests), what="a ping that fails")
    daemon.stop()
    assert {request.headers.get("authorization") for request in receiver.requests} == {HEADER}
    nothing_of_it_in(world, checked.stdout, checked.stderr, daemon.log)


@pytest.mark.parametrize("command", ["check", "once", "run"])
@pytest.mark.parametrize("kind", ["slack", "jandi", "pagerduty"])
def test_where_nobody_asks_for_it_it_is_refused(world, kind, command):
    url = f"https://{WRITTEN}@hooks.example.com/x"
    more = {"routing_key_file": str(world.key_file)} if kind == "pagerduty" else {}
    world.write_config(alerts={"sinks": [{"type": kind, "url": url, **more}]})
    result = world.run(command, expect=78, timeout=10)
    assert "alerts.sinks[0].url" in result.stderr and "user or password" in result.stderr
    nothing_of_it_in(world, result.stdout, result.stderr)
    if kind != "pagerduty":
        world.write_config(alerts={"sinks": [{"type": kind, "url_file": address_file(world, url)}]})
        result = world.run(command, expect=78, timeout=10)
        assert "url_file" in result.stderr and "user or password" in result.stderr
        nothing_of_it_in(world, result.stdout, result.stderr)


def test_what_cannot_be_sent_is_refused(world):
    for userinfo in ("user%zz:w0rd", "user:w0rd%", "us%3Aer:w0rd", "user:w0rd%0A", ""):
        world.write_config(alerts={"sinks": [{"type": "webhook", "url": f"https://{userinfo}@hooks.example.com/"}]})
        result = world.run("check", "--offline", expect=78)
        assert "alerts.sinks[0].url" in result.stderr and "@" in result.stderr and "w0rd" not in result.stderr


def test_a_proxy_is_told_its_own(world, receiver):
    """A user and a password of the proxy's are normal there, and go to it alone."""
    receiver.answers = [(503, {})] * 10
    world.write_config(api={"base_url": "http://127.0.0.1:9", "proxy": with_userinfo(receiver.url)},
                       alerts={"sinks": [{"type": "log"}]}, log={"level": "debug"})
    world.add("ASKED00001", accepted=ago(hours=1))
    result = world.run("once", expect=69)
    assert receiver.requests[0].headers["proxy-authorization"] == HEADER
    assert "authorization" in receiver.requests[0].headers, "the provider's key"
    nothing_of_it_in(world, result.stdout, result.stderr)
