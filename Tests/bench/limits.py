"""The limits the program is held against, measured in the same run: HTTP by wrk and by curl, the store by bare SQLite,
and the loop over the provider's SDK."""
from __future__ import annotations

import os
import re
import sys

from harness import KEY
from messages import Messages
from stage import HERE, Row, Stage, run

INQUIRY, STATUS = "/api/comm/v1/report/inquiry/", "/api/comm/v1/message/inquiry/msgKey/"
HISTORY = "/api/comm/v1/message/history"


def wrk_keys(stage: Stage, group: str, messages: Messages, path: str, connections: int, seconds: int = 4) -> Row:
    """One question about each of many messages, `connections` at a time."""
    arguments = [KEY, path, str(min(messages.count, 20_000)), str(messages.recipients), messages.prefix]
    return _wrk(stage, group, f"wrk, {path.split('/')[4]}, {connections} at a time", 1, connections, seconds,
                "-s", str(HERE / "keys.lua"), stage.simulator.url, "--", *arguments)


def wrk_pages(stage: Stage, group: str, rows: int, connections: int, seconds: int = 4) -> Row:
    """The first page of the history, over and over."""
    since = stage.now.replace(day=1).strftime("%Y-%m-%dT00:00:00")
    url = f"{stage.simulator.url}{HISTORY}?requestTime={since}&limit={rows}"
    return _wrk(stage, group, f"wrk, history pages, {connections} at a time", rows, connections, seconds,
                "-H", f"Authorization: {KEY}", url)


def curl(stage: Stage, group: str, messages: Messages, path: str, connections: int) -> Row:
    """One question about each message by the command-line tool of the program's own HTTP library: what that gets from
    the simulator when nobody judges or commits what it fetched. To standard output: a file for each is slower."""
    config = stage.folder / "curl.config"
    config.write_text(f'header = "Authorization: {KEY}"\n' + "".join(
        f'url = "{stage.simulator.url}{path}{key}"\n' for key in messages.keys()))
    before = stage.simulator.stats()
    usage = run(stage.folder, 60, "curl", "--parallel", "--parallel-max", str(connections), "--no-progress-meter",
                "--config", config)
    assert usage.exit == 0 and usage.output.count('"10000"') == messages.count, usage.output[-2000:]
    after = stage.simulator.stats()
    opened = after["connections"] - before["connections"]
    return Row(group, f"curl --parallel, {connections} at a time", messages.count, after["total"] - before["total"], usage,
               f"libcurl alone, {opened} connections opened")


def _wrk(stage: Stage, group: str, name: str, each: int, connections: int, seconds: int, *rest: str) -> Row:
    before = stage.cpu()
    usage = run(stage.folder, seconds + 30, "wrk", "-t1", f"-c{connections}", f"-d{seconds}", *rest)
    requests, took = re.search(r"(\d+) requests in ([\d.]+)s", usage.output).groups()
    assert "Non-2xx" not in usage.output, usage.output
    requests, usage.seconds = int(requests), float(took)
    microseconds = (stage.cpu() - before) / requests * 1e6
    return Row(group, name, requests * each, requests, usage, f"simulator's CPU {microseconds:,.0f} µs a request")


def sdk(stage: Stage, group: str, name: str, mode: str, *options: str, limit: int) -> Row:
    """The loop over the SDK, on the stage's own rows. PEERS names another with the same options."""
    script = os.environ.get("PEERS") or HERE / "sdk_loop.py"
    before = stage.requests()
    usage = run(stage.folder, limit, sys.executable, script, "--db", stage.database, "--base-url",
                stage.simulator.url, "--key-file", stage.key_file, "--mode", mode, *options)
    settled = _settled(stage)
    assert usage.exit == 0 and settled, f"{script}: exit {usage.exit}\n{(stage.folder / 'stderr.log').read_text()[-2000:]}"
    return Row(group, name, settled, stage.requests() - before, usage)


def store_script(stage: Stage, group: str, messages: Messages) -> Row:
    """The same updates of the application's table by a bare script, 1,000 a transaction."""
    usage = run(stage.folder, 120, "/usr/bin/python3", HERE / "store_updates.py", stage.database, str(messages.count),
                str(messages.recipients), messages.prefix)
    assert _settled(stage) == messages.count
    return Row(group, "bare SQLite, the same updates", messages.count, None, usage, "no audit, no alerts")


def _settled(stage: Stage) -> int:
    return stage.table.query("SELECT count(*) FROM notification_history WHERE status <> 'PENDING'")[0][0]
