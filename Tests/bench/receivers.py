"""How webhooks are taken: 200 a second beside a reconciliation, and the most there can be, beside a receiver of the
obvious kind in the same run."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Iterator

from harness import KST, RECONCILER, free_port, iso, wait_for
from messages import Messages
from stage import HERE, REFUSALS, Row, Stage, Usage, progress, quantiles, run
from webhooks import PATH, Stream, post, report

GROUP = "webhook"
RATE = 200


def webhook(folder: Path, full: bool) -> list[Row]:
    """All that an account may send, while 100,000 are reconciled; then as many as there can be."""
    return [_beside(folder, 60 if full else 20), *_most(folder)]


def _beside(folder: Path, seconds: int) -> Row:
    name = f"{RATE}/s beside a reconciliation of 100,000"
    progress(f"{GROUP}: {name}, {seconds} s")
    due = Messages(sends=2000, recipients=50, hours=14)
    hooks = _hooks(RATE * seconds)
    with Stage(folder / "webhook-beside", ("--rate", "0")) as stage:
        stage.load(due)
        stage.load(hooks)
        # Fast enough to be at work all the time, slow enough to be so to the end.
        stage.simulator.faults(*REFUSALS)
        with _daemon(stage, {"requests_per_second": 2000, "burst": 64, "max_in_flight": 16}) as (process, port):
            stream = Stream(port, list(hooks.keys()), connections=16, rate=RATE)
            stream.join(seconds + 60)
            usage = _usage(process, time.monotonic() - stream.began)
        left = _count(stage, due, "PENDING")
        sent = _count(stage, hooks, "SENT")
        took = [seconds * 1000 for seconds in stream.answered.values()]
        lost = len(stream.answered) - sent
        remark = f"{quantiles(took)}; {len(stream.unanswered)} unanswered, {lost} lost; {due.count - left:,} settled beside"
        return Row(f"{GROUP}, beside", name, len(took), None, usage, remark)


def _most(folder: Path) -> Iterator[Row]:
    hooks = _hooks(200_000)
    with Stage(folder / "webhook-most", ("--rate", "0")) as stage:
        stage.load(hooks)
        with _daemon(stage) as (process, port):
            yield _wrk(stage, "this program, 128 at a time", hooks, process, port, is_program=True)
    with Stage(folder / "webhook-flask", ("--rate", "0")) as stage:
        stage.load(hooks)
        with _flask(stage) as (process, port):
            yield _wrk(stage, "Flask + sqlite3, gunicorn 2 × 4", hooks, process, port)


def _hooks(count: int) -> Messages:
    """Accepted a moment ago."""
    return Messages(
        sends=count // 50, recipients=50, hours=0.001, before=0, outcomes=("delivered",), prefix="HOOK")


@contextmanager
def _daemon(stage: Stage, api: dict | None = None) -> Iterator[tuple[subprocess.Popen, int]]:
    """A daemon that takes webhooks from this machine."""
    port, config = free_port(), stage.folder / "config.json5"
    config.write_text(json.dumps({
        "api": {"base_url": stage.simulator.url, "key_file": str(stage.key_file), **(api or {})},
        "store": stage.table.store, "http": {"listen": f"127.0.0.1:{port}"},
        "webhook": {"allow": ["127.0.0.1"]}, "log": {"level": "warn"},
    }))
    with _serving([RECONCILER, "run", "--config", config], stage, port) as process:
        yield process, port


@contextmanager
def _flask(stage: Stage) -> Iterator[tuple[subprocess.Popen, int]]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{port}",
               "--chdir", str(HERE), "--log-level", "warning", "flask_receiver:app"]
    with _serving(command, stage, port, DATABASE=str(stage.database)) as process:
        yield process, port


@contextmanager
def _serving(command: list, stage: Stage, port: int, **env: str) -> Iterator[subprocess.Popen]:
    with (stage.folder / "receiver.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **env})
    try:
        wait_for(lambda: _answers(port), 30, f"a receiver\n{(stage.folder / 'receiver.log').read_text()}")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return post(port, report("NOBODYSKEY001")) < 5
    except OSError:
        return False


def _wrk(stage: Stage, name: str, hooks: Messages, process: subprocess.Popen, port: int,
         is_program: bool = False) -> Row:
    progress(f"{GROUP}: {name}")
    seconds = 8
    output = run(stage.folder, seconds + 60, "wrk", "-t1", "-c128", f"-d{seconds}", "--latency", "-s",
                 str(HERE / "webhook.lua"), f"http://127.0.0.1:{port}", "--", PATH, str(hooks.count),
                 str(hooks.recipients), hooks.prefix, iso(datetime.now(KST))).output
    count, took = re.search(r"(\d+) requests in ([\d.]+)s", output).groups()
    usage = _usage(process, float(took))
    assert "Non-2xx" not in output, output
    p99 = re.search(r"99%\s+(\S+)", output)[1]
    errors = re.search(r"Socket errors: (.*)", output)
    sent = wait_for(lambda: _count(stage, hooks, "SENT"), 5)
    lost = max(0, min(int(count), hooks.count) - sent)
    remark = f"p99 {p99}, {lost} lost" + (f", {errors[1]}" if errors else "")
    return Row(GROUP, name, int(count), None, usage, remark, is_program=is_program)


def _count(stage: Stage, messages: Messages, status: str) -> int:
    return stage.table.query(
        f"SELECT count(*) FROM notification_history WHERE status = ? AND {messages.condition}", status)[0][0]


def _usage(process: subprocess.Popen, seconds: float) -> Usage:
    """Of a process that goes on, and of its children."""
    peak = cpu = 0.0
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    for pid in [str(process.pid), *children]:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        peak += int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    return Usage(exit=0, in_time=True, seconds=seconds, peak_kib=int(peak), cpu=cpu)
