"""A real Alertmanager: receives what fires, resolves nothing falsely while it does, and hears of the end."""
import json
import shutil
import subprocess
import time
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest

from harness import failed, free_port, wait_for
from receiver import Receiver

PROGRAM = shutil.which("prometheus-alertmanager")
# A post every `repeat_every`, where that is shorter than a minute, each good for five of them: so long may a busy
# machine keep the daemon from the next.
REFRESH = 2


class Alertmanager:
    def __init__(self, folder):
        self.receiver = Receiver()
        self.url = f"http://127.0.0.1:{free_port()}"
        config = folder / "alertmanager.yml"
        config.write_text(json.dumps({
            "route": {"receiver": "ops", "group_by": ["alertname", "instance"], "group_wait": "1s",
                      "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "ops", "webhook_configs": [{"url": self.receiver.url, "send_resolved": True}]}]}))
        self.log = (folder / "alertmanager.log").open("wb")
        self.process = subprocess.Popen(
            [PROGRAM, f"--config.file={config}", f"--storage.path={folder / 'alertmanager'}",
             f"--web.listen-address={self.url.removeprefix('http://')}", "--cluster.listen-address="],
            stdout=self.log, stderr=self.log)
        wait_for(lambda: self.get("status") is not None, 20, "Alertmanager")

    def get(self, resource: str):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/{resource}", timeout=30) as response:
                return json.load(response)
        except OSError:
            return None

    def active(self, name: str) -> list[dict]:
        return [alert for alert in self.get("alerts?active=true") if alert["labels"]["alertname"] == name]

    def told(self, name: str, status: str) -> list[dict]:
        return [alert for body in self.receiver.bodies for alert in body["alerts"]
                if alert["labels"]["alertname"] == name and alert["status"] == status]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
        self.receiver.stop()


@pytest.fixture
def alertmanager(tmp_path):
    if PROGRAM is None:
        pytest.fail("prometheus-alertmanager is missing: deploy/test installs it, or apt-get install it")
    alertmanager = Alertmanager(tmp_path)
    yield alertmanager
    alertmanager.stop()


def test_it_shows_what_fires_as_long_as_it_fires_and_not_longer(world, alertmanager):
    world.write_config(alerts={"repeat_every": f"{REFRESH}s",
                               "sinks": [{"type": "alertmanager", "url": alertmanager.url}]})
    assert "its address answers" in world.run("check").stdout
    world.add_many([(f"ACC{index:04d}A01", [failed("64008")]) for index in range(20)])
    daemon = world.start()
    fired = wait_for(lambda: alertmanager.told("AccountRefused", "firing"), 20, "the alert")[0]
    assert fired["labels"]["code"] == "64008" and fired["labels"]["severity"] == "critical"
    assert fired["annotations"]["summary"].startswith("64008 (")

    # Three times as long as one post is good for, with a restart in between.
    for part in range(2):
        end = time.monotonic() + 7.5 * REFRESH
        while time.monotonic() < end:
            assert len(alertmanager.active("AccountRefused")) == 1
            time.sleep(0.2)
        if part == 0:
            daemon.stop()
            daemon = world.start()
    assert alertmanager.told("AccountRefused", "resolved") == [], "no false end"
    assert len(alertmanager.told("AccountRefused", "firing")) == 1, "how often it repeats is its own business"

    world.settled_delivery()
    wait_for(lambda: alertmanager.told("AccountRefused", "resolved"), 20, "the end")
    assert alertmanager.active("AccountRefused") == []
    assert len(alertmanager.told("AccountRefused", "resolved")) == 1
    daemon.stop()


def test_of_a_daemon_that_died_nothing_fires_for_ever(world, alertmanager):
    world.write_config(alerts={"repeat_every": f"{REFRESH}s",
                               "sinks": [{"type": "alertmanager", "url": alertmanager.url}]})
    world.add("DIED000001", failed("64008"))
    daemon = world.start()
    wait_for(lambda: alertmanager.active("AccountRefused"), 20, "the alert")
    daemon.process.kill()
    daemon.process.wait(10)
    left, = alertmanager.active("AccountRefused")
    posted, ends = (datetime.fromisoformat(left[key]) for key in ("updatedAt", "endsAt"))
    assert ends - posted > timedelta(seconds=2 * REFRESH), "one missed post ends nothing"
    wait_for(lambda: not alertmanager.active("AccountRefused"), 30, "its end")
    assert datetime.now(timezone.utc) >= ends

    world.start()
    wait_for(lambda: alertmanager.active("AccountRefused"), 20, "the alert again: it is still so")
