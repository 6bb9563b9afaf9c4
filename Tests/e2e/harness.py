"""What the end-to-end tests stand on: the real binaries, a real database, a real sink, all on 127.0.0.1."""
from __future__ import annotations

import http.server
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Another build, one with a sanitizer say, can be put to the same tests.
BINARIES = ROOT / os.environ.get("BINARIES", ".build/release")
RECONCILER = BINARIES / "bizgo-reconciler"
SIMULATOR = BINARIES / "bizgo-simulator"
KEY = "sim-key-for-tests"
KST = timezone(timedelta(hours=9))

TABLE = """
CREATE TABLE notification_history (
  id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL DEFAULT 'PENDING', service_type TEXT,
  report_code TEXT, error_message TEXT, created_at TEXT NOT NULL, updated_at TEXT)
"""


def ago(**how_long) -> datetime:
    return datetime.now(KST) - timedelta(**how_long)


def off_midnight(moment: datetime) -> datetime:
    """That moment, or one a few minutes before. Of messages of the last five minutes of a day in Korea no listing is
    believed (`ScanEnd`): each is asked about by itself, which a test that counts requests does not expect."""
    moment = moment.astimezone(KST)
    return moment.replace(minute=54, second=59) if (moment.hour, moment.minute) >= (23, 55) else moment


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def wait_for(condition, seconds: float = 20, what: str = "it"):
    """The condition's first true value; fails when it does not come in time."""
    end = time.monotonic() + seconds
    while True:
        # Looked at before: whoever was kept from looking looks once more.
        is_over = time.monotonic() >= end
        value = condition()
        if value:
            return value
        if is_over:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def free_port() -> int:
    """For a program that cannot choose one itself. From below those the system gives out, so that nobody gets it
    before the program does."""
    with socket.socket() as probe:
        while True:
            port = random.randrange(20_000, 32_768)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Simulator:
    """The provider's stand-in as a process."""

    def __init__(self, *options: str):
        self.process = subprocess.Popen(
            [SIMULATOR, "--key", KEY, "--rate", "0", "--for", "600", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line + self.process.stderr.read()
        self.url = line.split()[-1]

    def control(self, path: str, body=None, method: str | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_sim/{path}", data=data, method=method or ("GET" if body is None else "POST"))
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def load(self, messages: list[dict]):
        assert self.control("messages", messages)["loaded"] == len(messages)

    def faults(self, *rules: dict):
        self.control("faults", list(rules))

    def settings(self, **values):
        self.control("settings", values)

    def stats(self) -> dict:
        return self.control("stats")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


class Sink:
    """Receives what the reconciler tells ops; can be made to fail or hang."""

    def __init__(self):
        self.received: list[dict] = []
        # Of those it has read, answered or not.
        self.begun = 0
        self.status = 200
        self.hang = 0.0
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.begun += 1
                time.sleep(sink.hang)
                if sink.status == 200:
                    sink.received.append(json.loads(body))
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # the reconciler was killed while it spoke: that is what some tests do

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/alerts"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def names(self, state: str = "firing") -> list[str]:
        return [alert["alert"] for alert in self.received if alert["state"] == state]

    def of(self, name: str, state: str = "firing") -> list[dict]:
        return [alert for alert in self.received if alert["alert"] == name and alert["state"] == state]

    def episodes(self, name: str) -> list[list[dict]]:
        """What it was told of an alert, each time that it fired, in order."""
        found: dict[tuple[str, str], list[dict]] = {}
        for alert in list(self.received):
            if alert["alert"] == name:
                found.setdefault((alert["dedup_key"], alert["since"]), []).append(alert)
        return list(found.values())

    def told(self, name: str) -> int:
        """Of how many messages it knows by that alert: when one has ended, the next begins with those after it."""
        return sum(max(alert["count"] for alert in episode) for episode in self.episodes(name))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class World:
    """A folder with a database, a key and a configuration; a simulator and a sink."""

    def __init__(self, folder: Path, *simulator_options: str):
        self.folder = folder
        self.database = folder / "notifications.db"
        self.config_file = folder / "config.json5"
        self.key_file = folder / "api-key"
        self.simulator = Simulator(*simulator_options)
        self.sink = Sink()
        self.processes: list[subprocess.Popen] = []
        self.make_table()
        self.key_file.write_text(KEY + "\n")
        self.key_file.chmod(0o600)
        self.config = {
            "api": {"base_url": self.simulator.url, "key_file": str(self.key_file), "requests_per_second": 5000,
                    "burst": 200, "max_in_flight": 8, "timeout": "10s", "connect_timeout": "10s"},
            "reconcile": {"interval": "1s"},
            "store": self.store(),
            # In most tests all is found by asking, much fails, and late, which is no news there; see
            # test_alert_kinds.py and test_rates.py.
            "alerts": {"group_wait": "1s", "keep_firing_for": "0s", "pending_aging_after": "365d",
                       "webhook_gap": {"at_least": 1_000_000_000},
                       "failure_rate": {"at_least": 1_000_000_000}, "slow_reports": {"at_least": 1_000_000_000},
                       "sinks": [{"type": "webhook", "url": self.sink.url}]},
            "log": {"level": "info"},
        }
        self.write_config()

    def make_table(self):
        self.execute("PRAGMA journal_mode=WAL")
        self.execute(TABLE)

    def store(self) -> dict:
        return {"path": str(self.database), "busy_timeout": "1s"}

    def write_config(self, **sections):
        for name, values in sections.items():
            self.config[name] = {**self.config.get(name, {}), **values}
        self.config_file.write_text(json.dumps(self.config, indent=2))

    def sql(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.database, timeout=30)
        connection.row_factory = sqlite3.Row
        return connection

    def query(self, text: str, *values) -> list[sqlite3.Row]:
        connection = self.sql()
        try:
            return connection.execute(text, values).fetchall()
        finally:
            connection.close()

    def execute(self, text: str, *values):
        connection = self.sql()
        try:
            connection.execute(text, values)
            connection.commit()
        finally:
            connection.close()

    def add(self, key: str, *entries: dict, accepted: datetime | None = None, status: str = "PENDING",
            at_provider: bool = True):
        self.add_many([(key, list(entries))], accepted, status, at_provider)

    def add_many(self, messages: list[tuple[str, list[dict]]], accepted: datetime | None = None,
                 status: str = "PENDING", at_provider: bool = True):
        """Rows in the table, and what the provider knows of them: a list of channel entries each."""
        accepted = accepted or ago(hours=1)
        # First: a daemon that runs would ask about rows that the provider has yet to hear of.
        if at_provider:
            self.simulator.load([{"msgKey": key, "acceptedAt": iso(accepted), "entries": entries}
                                 for key, entries in messages])
        connection = self.sql()
        connection.executemany(
            "INSERT INTO notification_history (external_id, status, created_at) VALUES (?, ?, ?)",
            [(key, status, iso(accepted)) for key, _ in messages])
        connection.commit()
        connection.close()

    def row(self, key: str) -> sqlite3.Row:
        return self.query("SELECT * FROM notification_history WHERE external_id = ?", key)[0]

    def counts(self) -> dict[str, int]:
        return {row[0]: row[1] for row in
                self.query("SELECT status, count(*) FROM notification_history GROUP BY status")}

    def run(self, *words: str, expect: int | None = 0, timeout: float = 120, env: dict | None = None
            ) -> subprocess.CompletedProcess:
        result = subprocess.run(
            [RECONCILER, words[0], "--config", str(self.config_file), *words[1:]],
            capture_output=True, text=True, timeout=timeout, env={**os.environ, **(env or {})})
        if expect is not None:
            assert result.returncode == expect, \
                f"{words}: exit {result.returncode}, not {expect}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
        return result

    def once(self, *words: str, expect: int | None = 0, timeout: float = 120) -> dict:
        """The summary of `once --json`."""
        result = self.run("once", "--json", *words, expect=expect, timeout=timeout)
        lines = result.stdout.splitlines()
        assert len(lines) == 1, result.stdout
        return json.loads(lines[0])

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def start(self, env: dict | None = None, under: tuple[str, ...] = ()) -> "Daemon":
        daemon = Daemon(self, env, under)
        self.processes.append(daemon.process)
        return daemon

    def settled_delivery(self, key: str = "RESOLVER01"):
        """One more message, delivered just now: what ends an AccountRefused."""
        self.add(key, delivered(report_time=iso(datetime.now(KST) + timedelta(seconds=1))))

    def integrity(self) -> str:
        return self.query("PRAGMA integrity_check")[0][0]

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        self.simulator.stop()
        self.sink.stop()


class Daemon:
    """`bizgo-reconciler run` with its log in a file, by a command that becomes it (`under`) where one is given."""

    def __init__(self, world: World, env: dict | None = None, under: tuple[str, ...] = ()):
        self.log_path = world.folder / f"daemon-{len(world.processes)}.log"
        self.process = subprocess.Popen(
            [*under, RECONCILER, "run", "--config", str(world.config_file)], stdout=self.log_path.open("wb"),
            stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})

    @property
    def log(self) -> str:
        """Its whole lines: where one goes over the end of a page of the file, half of it can be there first."""
        text = self.log_path.read_text(errors="replace")
        return text[:text.rfind("\n") + 1]

    def events(self, name: str) -> list[str]:
        return [line for line in self.log.splitlines() if f"event={name}" in line.split()]

    def wait_for_event(self, name: str, count: int = 1, seconds: float = 20) -> list[str]:
        return wait_for(lambda: len(found := self.events(name)) >= count and found, seconds, f"{name} in\n{self.log}")

    def signal(self, number: int):
        self.process.send_signal(number)

    def stop(self, expect: int = 0):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == expect, self.log


def delivered(service: str = "ALIMTALK", report_time: str | None = None) -> dict:
    entry = {"serviceType": service, "reportCode": "10000", "reportText": "delivered"}
    return entry | ({"reportTime": report_time} if report_time else {})


def failed(code: str = "64016", text: str = "카카오톡 미사용자", service: str = "ALIMTALK") -> dict:
    return {"serviceType": service, "reportCode": code, "reportText": text}


def in_flight(service: str = "ALIMTALK") -> dict:
    return {"serviceType": service}


def mixed(count: int, seed: int) -> list[tuple[str, list[dict], str, str | None]]:
    """Messages with what the provider knows of them, and the row each must end as: status and code.

    The expectation is written down with the message, by the words of the contract, not computed by our code.
    """
    kinds = [
        ([delivered()], "SENT", "10000"),
        ([failed("64016"), delivered("SMS")], "SENT", "10000"),
        ([failed("64016")], "DEAD_LETTER", "64016"),
        ([failed("22003"), failed("23001", "no subscriber", "SMS")], "DEAD_LETTER", None),
        ([failed("64008", "권한 없음")], "DEAD_LETTER", "64008"),
        ([failed("64016"), in_flight("SMS")], "PENDING", None),
        ([failed("63005", "unclear")], "PENDING", None),
        ([failed("64016"), failed("63005", "unclear", "SMS")], "PENDING", None),
        ([in_flight()], "PENDING", None),
        ([], "PENDING", None),
        ([failed("99999", "new code")], "DEAD_LETTER", "99999"),
    ]
    generator = random.Random(seed)
    return [(f"MIX{index:06d}A01", *generator.choices(kinds, weights=[20, 4, 4, 2, 1, 2, 1, 1, 3, 2, 1])[0])
            for index in range(count)]
