"""The metrics' file, as Prometheus' own tool and a real run judge it; and heartbeats."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from harness import ROOT, ago, delivered, failed, free_port, mixed, wait_for
from receiver import Receiver

PROMTOOL = shutil.which("promtool", path=f"{ROOT}/.build/tools/usr/bin{os.pathsep}{os.environ['PATH']}")
SAMPLE = re.compile(r'bizgo_reconciler_(\w+?)(?:\{(.*)\})? (\S+)')


class Metrics:
    def __init__(self, world, name="bizgo.prom"):
        self.path = world.folder / "metrics" / name
        self.path.parent.mkdir(exist_ok=True)
        world.write_config(metrics={"textfile": str(self.path)})

    def read(self) -> dict:
        """{(name, label values…): value}"""
        return parse(self.path.read_text()) if self.path.exists() else {}

    def sum(self, name: str) -> float:
        return sum(value for key, value in self.read().items() if key[0] == name)


def parse(text: str) -> dict:
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            values[(name, *re.findall(r'="((?:[^"\\]|\\.)*)"', labels or ""))] = float(value)
    return values


@pytest.fixture
def metrics(world):
    return Metrics(world)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def check_format(text: str):
    if PROMTOOL is None:
        pytest.fail("promtool is missing: deploy/test fetches it, or apt-get install prometheus")
    result = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", ""), result.stdout + result.stderr


def test_the_file_says_what_the_run_did(world, metrics):
    world.add_many([(key, entries) for key, entries, _, _ in mixed(300, seed=4)])
    world.add_many([("STALE00001", [])], accepted=ago(hours=100))
    daemon = world.start()
    wait_for(lambda: metrics.read().get(("cycles_total", "ok"), 0) >= 2
             and metrics.read()[("settled_total", "inquiry", "sent")], 30, "two cycles")
    daemon.stop()
    text = metrics.path.read_text()
    check_format(text)
    values, counts = parse(text), world.counts()

    assert values[("settled_total", "inquiry", "sent")] == counts["SENT"]
    assert values[("settled_total", "inquiry", "dead_letter")] == counts["DEAD_LETTER"]
    assert values[("dead_letters_total", "stale")] == 1
    assert metrics.sum("dead_letters_total") == counts["DEAD_LETTER"]
    assert values[("messages", "pending")] == counts["PENDING"]
    assert values[("messages", "sent")] == counts["SENT"]
    assert values[("messages", "dead_letter")] == counts["DEAD_LETTER"]
    assert metrics.sum("requests_total") == world.simulator.stats()["total"]
    assert metrics.sum("requests_total") == metrics.sum("request_duration_seconds_count")
    assert values[("cycle_duration_seconds_count",)] == metrics.sum("cycles_total")
    assert 3600 <= values[("oldest_pending_age_seconds",)] < 3700
    firing = {alert["name"] for alert in world.status()["alerts"] if alert["state"] == "firing"}
    assert firing == {key[1] for key, value in values.items() if key[0] == "alerts_firing" and value > 0} != set()
    assert values[("alert_deliveries_total", "webhook", "accepted")] == len(world.sink.received)
    assert values[("last_cycle_success",)] == 1
    assert time.time() - values[("last_cycle_timestamp_seconds",)] < 60
    assert values[("database_size_bytes",)] > 0
    shown = "".join(path.read_text() for path in [*ROOT.glob("deploy/prometheus/*.rules.yml"), *ROOT.glob("deploy/grafana/*")])
    asked_for = set(re.findall(r"bizgo_reconciler_(\w+)", shown))
    assert asked_for and asked_for <= {key[0] for key in values}, "rules and dashboard ask for nothing that is not there"
    assert not re.search(r"MIX\d|STALE00001", text), "no message is named"


def test_failures_are_counted_by_their_kind(world, metrics):
    world.add("LIMITED001", delivered())
    world.simulator.faults({"kind": "status", "status": 429, "times": 2})
    daemon = world.start()
    wait_for(lambda: metrics.read().get(("settled_total", "inquiry", "sent")) == 1, 40, "the end")
    daemon.stop()
    limited = sum(value for key, value in metrics.read().items()
                  if key[0] == "requests_total" and key[2] == "rate_limited")
    assert limited == metrics.read()[("rate_limited_total",)] == 2


def test_a_reader_never_sees_half_a_file(world, metrics):
    daemon = world.start()
    wait_for(metrics.path.exists, 20, "the file")
    bad, reads, end = [], 0, time.monotonic() + 6
    inodes = set()
    # So long that it was written anew, at last.
    while time.monotonic() < end or (len(inodes) < 2 and time.monotonic() < end + 20):
        text = metrics.path.read_text()
        reads += 1
        inodes.add(metrics.path.stat().st_ino)
        if not text.endswith("\n") or "config_reload_success" not in text or "alert_deliveries_total" not in text:
            bad.append(text)
    daemon.stop()
    assert not bad and reads > 100 and len(inodes) > 1
    assert metrics.path.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in metrics.path.parent.iterdir()] == [metrics.path.name]


def test_a_folder_that_is_not_there_is_an_error_at_start(world, metrics):
    metrics.path.parent.rmdir()
    for words in (["check", "--offline"], ["run"]):
        result = world.run(*words, expect=78)
        assert "metrics" in result.stderr and str(metrics.path.parent) in result.stderr, result.stderr
    world.add("ONCE000001", delivered())
    assert world.once()["sent"] == 1, "once writes no metrics, so it does not care"


def test_a_folder_that_goes_away_stops_nothing(world, metrics):
    daemon = world.start()
    wait_for(metrics.path.exists, 20, "the file")
    metrics.path.parent.rename(world.folder / "away")
    daemon.wait_for_event("metrics.failed")
    world.add("AWAY000001", delivered())
    wait_for(lambda: world.counts().get("SENT") == 1, 20, "the message")
    (world.folder / "away").rename(metrics.path.parent)
    daemon.wait_for_event("metrics.recovered")
    daemon.stop()
    assert len(daemon.events("metrics.failed")) == 1


def test_counters_survive_a_reload_and_a_bad_one_shows(world, metrics):
    world.add("RELOAD0001", delivered())
    daemon = world.start()
    wait_for(lambda: metrics.read().get(("settled_total", "inquiry", "sent")) == 1, 20, "the message")
    good = world.config_file.read_text()
    world.config_file.write_text("{ nonsense: 1 }")
    daemon.signal(signal.SIGHUP)
    wait_for(lambda: metrics.read()[("config_reload_success",)] == 0, 20, "the refusal")
    world.config_file.write_text(good)
    daemon.signal(signal.SIGHUP)
    wait_for(lambda: metrics.read()[("config_reload_success",)] == 1, 20, "the new one")
    daemon.stop()
    assert metrics.read()[("settled_total", "inquiry", "sent")] == 1


def test_a_real_prometheus_reads_it_through_node_exporter(world, metrics):
    folder = f"{ROOT}/.build/tools/usr/bin{os.pathsep}{os.environ['PATH']}"
    programs = [shutil.which(name, path=folder) for name in ("prometheus-node-exporter", "prometheus")]
    if None in programs:
        pytest.fail("prometheus, prometheus-node-exporter are missing: deploy/test fetches them, or apt-get install them")
    ports = [free_port(), free_port()]
    config = world.folder / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [
        {"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{ports[0]}"]}]}]}))
    commands = [
        [programs[0], f"--web.listen-address=127.0.0.1:{ports[0]}", "--collector.disable-defaults",
         "--collector.textfile", f"--collector.textfile.directory={metrics.path.parent}"],
        [programs[1], f"--config.file={config}", f"--storage.tsdb.path={world.folder / 'tsdb'}",
         f"--web.listen-address=127.0.0.1:{ports[1]}"]]

    def query(expression: str) -> list:
        try:
            address = f"http://127.0.0.1:{ports[1]}/api/v1/query?query={urllib.parse.quote(expression)}"
            with urllib.request.urlopen(address, timeout=5) as response:
                return json.load(response)["data"]["result"]
        except OSError:
            return []

    world.add_many([(f"PROM{index:06d}", [delivered()]) for index in range(20)])
    daemon = world.start()
    for command in commands:
        world.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    settled = 'bizgo_reconciler_settled_total{source="inquiry",outcome="sent"}'
    wait_for(lambda: [part["value"][1] for part in query(settled)] == ["20"], 40, "the scrape")
    # A query that takes too long gives nothing.
    scrape_errors = wait_for(lambda: query("node_textfile_scrape_error"), what="the answer")
    assert [part["value"][1] for part in scrape_errors] == ["0"]
    daemon.stop()


# MARK: heartbeats

def heartbeat(world, url: str, interval: str = "1h"):
    file = world.folder / "heartbeat-url"
    file.write_text(url + "\n")
    file.chmod(0o600)
    world.write_config(heartbeat={"url_file": str(file), "interval": interval})


def test_a_cycle_that_works_pings_and_one_that_does_not_says_so_at_once(world, receiver):
    heartbeat(world, f"{receiver.url}/ping/SECRET")
    daemon = world.start()
    wait_for(lambda: receiver.requests, 20, "the ping")
    time.sleep(2.5)
    assert [(request.method, request.path) for request in receiver.requests] == [("GET", "/ping/SECRET")]
    world.simulator.faults({"kind": "status", "status": 503})
    world.add("DOWN000001", delivered())
    wait_for(lambda: len(receiver.requests) == 2, 60, "/fail")
    world.simulator.faults()
    wait_for(lambda: len(receiver.requests) == 3, 90, "the end")
    daemon.stop()
    assert [request.path for request in receiver.requests] == ["/ping/SECRET", "/ping/SECRET/fail", "/ping/SECRET"]
    assert "SECRET" not in daemon.log


def test_the_interval_is_kept(world, receiver):
    heartbeat(world, f"{receiver.url}/ping", interval="3s")
    began = time.monotonic()
    daemon = world.start()
    wait_for(lambda: len(receiver.requests) >= 3, 30, "pings")
    daemon.stop()
    # Counted from the start: one that came late is no reason why the next one should.
    assert all(request.at - began > 2.5 * number for number, request in enumerate(receiver.requests))


@pytest.mark.parametrize("status", [302, 500])
def test_a_ping_that_is_not_taken_is_a_line_in_the_log_and_nothing_else(world, receiver, status):
    receiver.status = status
    heartbeat(world, f"{receiver.url}/ping/SECRET")
    world.write_config(reconcile={"interval": "2s"})  # so that a machine that stalls makes no cycle overrun
    daemon = world.start()
    wait_for(lambda: len(receiver.requests) >= 3, 20, "further tries")
    assert len(daemon.events("heartbeat.failed")) == 1 and f"HTTP {status}" in daemon.log
    receiver.status = 200
    daemon.wait_for_event("heartbeat.recovered")
    daemon.stop()
    assert "SECRET" not in daemon.log and world.sink.received == []


def test_one_that_hangs_delays_no_cycle(world):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        heartbeat(world, f"http://127.0.0.1:{silent.getsockname()[1]}/ping")
        daemon = world.start()
        for number in range(3):
            world.add(f"HANG{number:06d}", failed() if number else delivered())
            wait_for(lambda: world.counts().get("PENDING", 0) == 0, what="the message, though the ping hangs")
        assert not daemon.events("heartbeat.failed"), "nobody waits for the ping's end"
        daemon.wait_for_event("heartbeat.failed", seconds=20)
        before = time.monotonic()
        daemon.stop()
        assert time.monotonic() - before < 5


def test_check_reaches_for_it_without_a_ping(world, receiver):
    heartbeat(world, f"{receiver.url}/ping/SECRET")
    result = world.run("check")
    assert "heartbeat" in result.stdout and "SECRET" not in result.stdout + result.stderr
    assert [request.path for request in receiver.requests] == ["/robots.txt"]
    receiver.stop()
    assert "heartbeat" in world.run("check", expect=78).stderr
    world.run("check", "--offline")
