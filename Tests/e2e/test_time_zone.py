"""`time_zone`: what people read is in it, all of it; what programs read stays in UTC."""
import html
import json
import re
import signal
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest

from harness import ago, delivered, failed, in_flight, wait_for
from receiver import Receiver
from webhooks import listening

# A date and a time of day, with what is written of the zone behind them.
TIME = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?")
ZONES = [(None, "+09:00"), ("Z", "+00:00"), ("+05:30", "+05:30"), ("-03:30", "-03:30"), ("Asia/Seoul", "+09:00")]


def times(text: str) -> list[datetime]:
    """Every time in it, each with its offset."""
    found = TIME.findall(text)
    assert all(offset for _, offset in found), text
    return [datetime.fromisoformat(moment + offset.replace("Z", "+00:00")) for moment, offset in found]


def is_in(offset: str, text: str) -> list[datetime]:
    assert times(text) and {zone for _, zone in TIME.findall(text)} == {offset}, text
    return times(text)


def is_utc(text: str):
    assert times(text) and {zone for _, zone in TIME.findall(text)} == {"Z"}, text


def with_zone(world, zone: str | None, **sections):
    if zone:
        world.config["time_zone"] = zone
    world.write_config(**sections)


def utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(world, key: str, accepted: datetime, *entries: dict):
    """As an application writes it that keeps its times in UTC, and the provider's report."""
    world.simulator.load([{"msgKey": key, "acceptedAt": accepted.isoformat(), "entries": list(entries)}])
    world.execute("INSERT INTO notification_history (external_id, created_at, updated_at) VALUES (?, ?, ?)",
                  key, utc(accepted), utc(accepted + timedelta(seconds=1)))


@pytest.mark.parametrize("zone, offset", ZONES)
def test_what_commands_print(world, zone, offset):
    with_zone(world, zone)
    accepted = {"ZONEDEAD01": ago(hours=5), "ZONEOPEN01": ago(hours=4), "ZONEYOUNG1": ago(minutes=2)}
    for key, entry in zip(accepted, (failed("64016"), in_flight(), in_flight())):
        row(world, key, accepted[key], entry)
    world.once()

    story = world.run("show", "ZONEDEAD01").stdout
    as_in_the_row = [line for line in story.splitlines() if line.startswith("in the row ")]
    rest = "\n".join(line for line in story.splitlines() if line not in as_in_the_row)
    moments = is_in(offset, rest)
    assert utc(accepted["ZONEDEAD01"]) in as_in_the_row[0] and len(as_in_the_row) == 1
    assert moments[0] == accepted["ZONEDEAD01"].replace(microsecond=0)
    assert len(moments) == 3 and all(moment > ago(minutes=5) for moment in moments[1:]), "updated, and the timeline"
    assert re.search(r"^accepted +20.*\nupdated +20", rest, re.MULTILINE)

    listed = is_in(offset, world.run("list").stdout)
    assert {moment.replace(microsecond=0) for moment in accepted.values()} <= set(listed) and len(listed) == 4
    assert is_in(offset, world.run("explain", "ZONEOPEN01").stdout)[0] == accepted["ZONEOPEN01"].replace(microsecond=0)
    young = is_in(offset, world.run("explain", "ZONEYOUNG1").stdout)
    assert young[1] == (accepted["ZONEYOUNG1"] + timedelta(minutes=10)).replace(microsecond=0)
    status = is_in(offset, world.run("status").stdout)
    assert status[0] == accepted["ZONEOPEN01"].replace(microsecond=0), "since when the oldest is pending"
    assert len(status) == 4, "and the last cycle, the provider, what fires"

    for words in (["show", "ZONEDEAD01"], ["list"], ["explain", "ZONEOPEN01"], ["status"]):
        is_utc(world.run(*words, "--json").stdout)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("zone, offset", ZONES[:3])
def test_what_sinks_are_told(world, receiver, zone, offset, language):
    routing_key = world.folder / "routing-key"
    routing_key.write_text("R" * 32 + "\n")
    routing_key.chmod(0o600)
    with_zone(world, zone, alerts={"language": language, "sinks": [
        {"type": "log"}, {"type": "slack", "url": f"{receiver.url}/slack"}, {"type": "jandi", "url": f"{receiver.url}/jandi"},
        {"type": "webhook", "url": f"{receiver.url}/webhook"}, {"type": "alertmanager", "url": f"{receiver.url}/am"},
        {"type": "pagerduty", "routing_key_file": str(routing_key), "url": f"{receiver.url}/pd"}]})
    row(world, "ZONEACC001", ago(hours=5), failed("64008"))
    log = world.run("once").stdout
    row(world, "ZONEOVER01", ago(hours=4), delivered(report_time=(ago(seconds=-1)).isoformat()))
    log += world.run("once").stdout

    bodies = {request.path: [] for request in receiver.posts}
    for request in receiver.posts:
        bodies[request.path].append(request.body)
    assert set(bodies) == {"/slack", "/jandi", "/webhook", "/am/api/v2/alerts", "/pd"}
    generic = [body for body in bodies["/webhook"] if body["alert"] == "AccountRefused"]
    assert [body["state"] for body in generic] == ["firing", "resolved"]
    for body in generic:
        told = is_in(offset, body["summary"])
        is_utc(body["since"]), is_utc(body["at"])
        # The end of what lasted under a minute names seconds.
        unit = {"microsecond": 0} | ({"second": 0} if body["state"] == "firing" else {})
        assert told[0] == times(body["since"])[0].replace(**unit)
    for body in bodies["/slack"]:
        is_in(offset, body["attachments"][0]["text"])
    for body in bodies["/jandi"]:
        is_in(offset, body["connectInfo"][0]["title"]), is_in(offset, body["connectInfo"][0]["description"])
    for body in bodies["/am/api/v2/alerts"]:
        for alert in body:
            is_in(offset, alert["annotations"]["summary"])
            is_utc(alert["startsAt"]), is_utc(alert["endsAt"])
    for body in bodies["/pd"]:
        if body["event_action"] == "trigger":
            is_in(offset, body["payload"]["summary"]), is_utc(body["payload"]["timestamp"])
    for line in log.splitlines()[:-1]:
        if "event=" in line:
            is_utc(re.sub(r'summary="[^"]*"', "", line))


@pytest.mark.parametrize("zone, offset", ZONES[:4])
def test_the_page(world, zone, offset):
    with_zone(world, zone)
    row(world, "ZONEPAGE01", ago(hours=5), failed("64008"))
    row(world, "ZONEPAGE02", ago(hours=6), delivered())  # before it: the alert goes on
    hour = datetime.now(timezone.utc).replace(minute=0)
    world.once()
    page = world.folder / "page.html"
    world.run("report", "--html", str(page))
    source = page.read_text()
    marks = re.findall(r'<time datetime="([^"]{11,})">', source)
    assert len(marks) > 5 and {TIME.search(mark)[2].replace("Z", "+00:00") for mark in marks} == {offset}
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", source))
    assert f"All times are {offset}." in text
    is_in(offset, re.search(r"As of (\S+ \S+ [-+:\d]+)", text)[1])
    refused = re.search(r"refused since (\S+ \S+ \S+)\. Every", text)[1]
    assert is_in(offset, refused)[0] > ago(minutes=5)
    # It may have become another day meanwhile.
    days = {at.astimezone(timezone(datetime.strptime(offset, "%z").utcoffset())).strftime("%Y-%m-%d")
            for at in (hour, datetime.now(timezone.utc).replace(minute=0))}
    assert any(f'<time datetime="{day}">' in source for day in days), "a day begins at midnight of the zone"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nowhere_does_a_person_in_seoul_read_of_another_zone(world, language):
    page = world.folder / "page.html"
    world.config["time_zone"] = "Asia/Seoul"
    port = listening(world, status_page={"file": str(page)}, alerts={"language": language})
    dead, is_open = ago(hours=5), ago(hours=4)
    row(world, "SEOULDEAD1", dead, failed("64008"))
    row(world, "SEOULOPEN1", is_open, in_flight())
    daemon = world.start()
    alert, = wait_for(lambda: world.sink.of("AccountRefused"), what="the alert")

    def local(moment: datetime) -> str:
        return moment.strftime("%Y-%m-%d %H:%M:%S +09:00")

    since = datetime.fromisoformat(alert["since"]).astimezone(dead.tzinfo)
    texts = {
        "status": (world.run("status").stdout, local(is_open)), "list": (world.run("list").stdout, local(dead)),
        "explain": (world.run("explain", "SEOULOPEN1").stdout, local(is_open)),
        "show": (re.sub("in the row .*", "", world.run("show", "SEOULDEAD1").stdout), local(dead)),
        "summary": (alert["summary"], f"{since:%Y-%m-%d %H:%M} +09:00")}
    world.run("report", "--html", str(world.folder / "report.html"))
    wait_for(lambda: page.exists() and "AccountRefused" in page.read_text(), what="the page with the alert")
    served = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()
    for name, source in [("file", page.read_text()), ("report", (world.folder / "report.html").read_text()), ("/", served)]:
        text = html.unescape(re.sub("<style>.*?</style>|<script>.*?</script>|<[^>]*>", "", source, flags=re.DOTALL))
        texts[f"page {name}"] = (re.sub(r"\s+", " ", text), f"{since:%Y-%m-%d %H:%M} +09:00")
    daemon.stop()
    for name, (text, expected) in texts.items():
        assert expected in text, f"{name}: {text}"
        assert not re.search(r" UTC|\bGMT\b|\d\d:\d\dZ|\d\d:\d\d:\d\dZ|\+00:00", text), f"{name}: {text}"


def test_unless_given_it_is_that_of_the_store(world):
    world.write_config(store={"time_zone": "+08:00"})
    row(world, "ZONESTORE1", ago(hours=5), failed("64016"))
    world.once()
    is_in("+08:00", world.sink.of("DeadLetters")[0]["summary"])
    is_in("+08:00", world.run("list").stdout)
    with_zone(world, "Asia/Seoul")
    is_in("+09:00", world.run("list").stdout)


def test_a_reload_changes_it(world):
    page = world.folder / "page.html"
    with_zone(world, "+05:30", status_page={"file": str(page)})
    row(world, "ZONELOAD01", ago(hours=5), failed("64016"))
    daemon = world.start()
    alert, = wait_for(lambda: world.sink.of("DeadLetters"), what="the alert")
    is_in("+05:30", alert["summary"])
    wait_for(lambda: page.exists() and "All times are +05:30." in page.read_text(), what="the page")
    with_zone(world, "-03:30")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    row(world, "ZONELOAD02", ago(hours=5), failed("64008"))
    alert, = wait_for(lambda: world.sink.of("AccountRefused"), what="the next alert")
    is_in("-03:30", alert["summary"])
    wait_for(lambda: "All times are -03:30." in page.read_text(), what="the next page")
    is_utc(daemon.log.split("summary=")[0].splitlines()[0])
    daemon.stop()


def test_another_zone_is_refused_by_its_line(world):
    with_zone(world, "Europe/Berlin")
    complaint, = world.run("check", "--offline", expect=78).stderr.splitlines()
    line = 1 + next(index for index, text in enumerate(world.config_file.read_text().splitlines()) if "Berlin" in text)
    assert f"config.json5:{line}: time_zone: expected an offset" in complaint and "Europe/Berlin" in complaint


def test_times_that_cannot_be_read_are_shown_as_they_are(world):
    world.execute("INSERT INTO notification_history (external_id, created_at, updated_at) VALUES (?, ?, ?)",
                  "ZONENEVER1", "29/11/2026 23:29", "soon")
    story = world.run("show", "ZONENEVER1").stdout
    assert "accepted     at a time that cannot be read\n" in story
    assert "in the row   accepted 29/11/2026 23:29, updated soon\n" in story
    assert "unreadable: 29/11/2026 23:29" in world.run("list").stdout
    message = json.loads(world.run("show", "ZONENEVER1", "--json").stdout)
    assert message["accepted_at"] is None and message["updated_at"] is None
