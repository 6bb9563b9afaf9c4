"""What every scenario stands on: a simulator, a database, the program's configuration, and a table of results."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harness import KEY, KST, RECONCILER, Simulator
from messages import Messages, write
from tables import Table, TableFile

HERE = Path(__file__).resolve().parent
UNLIMITED = {"requests_per_second": 1_000_000, "burst": 1000, "max_in_flight": 64}
REFUSALS = [{"match": endpoint, "kind": "service_code", "code": "A213", "status": 400}
            for endpoint in ("history", "request_status")]


@dataclass
class Usage:
    """What a process used; `in_time` is false where it had to be stopped."""
    exit: int
    in_time: bool
    seconds: float
    peak_kib: int
    cpu: float
    output: str = ""


@dataclass
class Row:
    group: str
    name: str
    messages: int
    requests: int | None
    usage: Usage
    remark: str = ""
    # Named where this row's figure is held against the program's of the same group.
    is_program: bool = False

    @property
    def rate(self) -> float:
        return self.messages / self.usage.seconds


def run(folder: Path, limit: int, *command: str | Path) -> Usage:
    """Runs a command to its end or for `limit` seconds."""
    result = folder / f"usage-{time.monotonic_ns()}.json"
    process = subprocess.run(
        ["/usr/bin/python3", "-S", "-E", HERE / "measure.py", str(limit), result, *command],
        stdout=subprocess.PIPE, stderr=(folder / "stderr.log").open("ab"), text=True, timeout=limit + 60)
    return Usage(**json.loads(result.read_text()), output=process.stdout)


@dataclass
class Stage:
    """One simulator and one table; without another one, in a file of the stage's own folder."""
    folder: Path
    options: tuple[str, ...] = ()
    table: Table | None = None
    now: datetime = field(default_factory=lambda: datetime.now(KST))

    def __enter__(self) -> Stage:
        self.folder.mkdir(parents=True)
        self.database = self.folder / "notifications.db"
        self.table = self.table or TableFile(self.database)
        self.key_file = self.folder / "api-key"
        self.key_file.write_text(KEY)  # the SDK takes no line end
        self.key_file.chmod(0o600)
        self.simulator = Simulator(*self.options)
        return self

    def __exit__(self, *_):
        self.simulator.stop()
        for file in self.folder.glob("notifications.db*"):
            file.unlink()

    def load(self, messages: Messages, pending: set[int] | None = None, with_rows: bool = True):
        """Puts messages at the provider, and their rows into the table."""
        loaded = self.simulator.control("generate", messages.description(self.now))["loaded"]
        assert loaded == messages.count, loaded
        if with_rows:
            write(self.table, messages, self.now, pending)

    def once(self, limit: int, api: dict | None = None, store: dict | None = None) -> tuple[Usage, dict]:
        """`once` of the program, and its summary; an empty one where it had to be stopped."""
        config = self.folder / "config.json5"
        config.write_text(json.dumps({
            "api": {"base_url": self.simulator.url, "key_file": str(self.key_file), **(api or {})},
            "store": {**self.table.store, **(store or {})},
        }))
        usage = run(self.folder, limit, RECONCILER, "once", "--json", "--config", config)
        lines = usage.output.splitlines()
        assert not usage.in_time or usage.exit == 0, (self.folder / "stderr.log").read_text()[-2000:]
        return usage, json.loads(lines[-1]) if lines else {}

    def cpu(self) -> float:
        """CPU seconds the simulator has used so far."""
        fields = Path(f"/proc/{self.simulator.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def requests(self) -> int:
        return self.simulator.stats()["total"]


class Inserts:
    """The application's own inserts (inserts.py) into a table, as long as the block lasts. Then how long each took, in
    milliseconds."""

    def __init__(self, table: Table):
        self.command = inserts(table, 3600)

    def __enter__(self) -> Inserts:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.took = json.loads(self.process.communicate(timeout=60)[0])


def inserts(table: Table, seconds: float) -> list[str]:
    return [sys.executable, str(HERE / "inserts.py"), str(seconds), *table.address]


def quantiles(took: list[float]) -> str:
    ranked = sorted(took)
    shares = [f"p{share} {ranked[len(ranked) * share // 100]:.1f}" for share in (50, 90, 99)]
    return f"{', '.join(shares)}, max {ranked[-1]:.1f} ms"


def excess(arrivals: list[float], rate: float, burst: float) -> float:
    """By how many requests the worst stretch of time exceeds burst + rate × its length; 0 or less is within the limit.
    Arrivals are in milliseconds."""
    tokens, last, worst = burst, None, -burst
    for at in arrivals:
        if last is not None:
            tokens = min(burst, tokens + (at - last) / 1000 * rate)
        last = at
        tokens -= 1
        worst = max(worst, -tokens)
    return worst


def progress(text: str):
    print(f"   {text}", file=sys.stderr, flush=True)
