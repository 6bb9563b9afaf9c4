"""The scenarios, each a group of rows. Every one has a simulator and a database of its own."""
from __future__ import annotations

import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from limits import INQUIRY, STATUS, curl, sdk, store_script, wrk_keys, wrk_pages
from messages import Messages, judge, write
from receivers import webhook
from stage import REFUSALS, UNLIMITED, Inserts, Row, Stage, excess, inserts, progress, quantiles, run
from tables import TableFile, table_at

NO_LIMIT = ("--rate", "0")
SERVER_LIMIT = ("--rate", "5", "--burst", "5")


def simulator(folder: Path, full: bool) -> list[Row]:
    """What the simulator itself can do."""
    with Stage(folder / "simulator", NO_LIMIT) as stage:
        messages = Messages(sends=400, recipients=50, hours=24, outcomes=("delivered",))
        stage.load(messages, with_rows=False)
        rows = [wrk_keys(stage, "simulator", messages, INQUIRY, connections) for connections in (1, 8, 64)]
        rows.append(wrk_keys(stage, "simulator", messages, STATUS, 64))
        rows.append(wrk_pages(stage, "simulator", 1000, 4))
        return rows


def inquiry(folder: Path, full: bool) -> list[Row]:
    """One question a message: history and request status refused, no limit, every outcome committed."""
    messages = Messages(sends=400, recipients=50, hours=24, outcomes=("delivered",))
    rows = []
    with Stage(folder / "inquiry", NO_LIMIT) as stage:
        stage.simulator.faults(*REFUSALS)
        stage.load(messages)
        rows.append(_once(stage, "inquiry", "this program, 64 at a time", messages, 120, UNLIMITED))
        rows.append(curl(stage, "inquiry", messages, STATUS, 64))
        rows += [wrk_keys(stage, "inquiry", messages, INQUIRY, connections) for connections in (1, 64)]
    for name, mode, count, options in [("SDK, one by one", "sync", 1000, ()),
                                       ("SDK, 32 at a time", "async", 2000, ("--concurrency", "32"))]:
        few = Messages(sends=count // 50, recipients=50, hours=24, outcomes=("delivered",))
        with Stage(folder / f"sdk-{mode}", NO_LIMIT) as stage:
            stage.load(few)
            row = sdk(stage, "inquiry", name, mode, "--no-limiter", *options, limit=60)
            row.remark = f"measured on {count:,}; {messages.count:,} would take {messages.count / row.rate:,.0f} s"
            rows.append(row)
    mixed = Messages(sends=400, recipients=50, hours=24, prefix="MIX")
    with Stage(folder / "mixed", NO_LIMIT) as stage:
        stage.simulator.faults(*REFUSALS)
        stage.load(mixed)
        rows.append(_once(stage, "fallback", "this program, every tenth failed", mixed, 120, UNLIMITED))
    return rows


def plan(folder: Path, full: bool) -> list[Row]:
    """A backlog of 100,000 within the provider's 5 requests a second, with our default rate."""
    messages = Messages(sends=2000, recipients=50, hours=14)
    rows: list[Row] = []
    # The loop over the SDK sleeps most of the time; it can do so while the program is measured.
    count = 500 if full else 250
    aside = ThreadPoolExecutor()
    peer = aside.submit(_sdk_within_limit, folder, messages, count)
    cases = [("since", (), "requestTime is since"), ("day", (), "requestTime is that day"),
             ("since", ("--history-missing", "0.25"), "a quarter not in the history")]
    if full:
        cases.append(("since", ("--history-order", "shuffled"), "no order in the history"))
    for number, (reading, options, name) in enumerate(cases):
        with Stage(folder / f"plan-{number}", (*SERVER_LIMIT, "--request-time", reading, *options)) as stage:
            stage.load(messages)
            rows.append(_once(stage, "plan", f"this program, {name}", messages, 600 if full else 65))
    return rows + [peer.result()]


def _sdk_within_limit(folder: Path, messages: Messages, count: int) -> Row:
    with Stage(folder / "plan-sdk", SERVER_LIMIT) as stage:
        stage.load(Messages(sends=count // 50, recipients=50, hours=14))
        row = sdk(stage, "plan", "SDK, one by one, its own 5/s", "sync", limit=count // 2)
        hours = messages.count / row.rate / 3600
        row.remark = f"measured on {count}; {messages.count:,} would take {hours:.1f} h and as many requests"
        return row


def scattered(folder: Path, full: bool) -> list[Row]:
    """A hundred due messages somewhere among a million."""
    messages = Messages(sends=20_000, recipients=50, hours=48)
    due = set(random.Random(3).sample(range(messages.count), 100))
    with Stage(folder / "scattered", SERVER_LIMIT) as stage:
        stage.load(messages, pending=due)
        return [_once(stage, "scattered", "this program, 100 among 1,000,000", messages, 65, pending=due)]


def history(folder: Path, full: bool) -> list[Row]:
    """A million messages from pages of the history, no limit; and what the store alone can do."""
    messages = Messages(sends=20_000, recipients=50, hours=14, outcomes=("delivered",))
    with Stage(folder / "history", NO_LIMIT) as stage:
        stage.load(messages)
        rows = [_once(stage, "history", "this program", messages, 600 if full else 60, UNLIMITED)]
        stage.table.remove()
        write(stage.table, messages, stage.now)
        return rows + [store_script(stage, "history", messages)]


def memory(folder: Path, full: bool) -> list[Row]:
    """The peak resident set must not grow with the backlog. Stopped after a while: the backlog is read at once or
    never."""
    rows = []
    for sends in (200, 2000, 20_000):
        messages = Messages(sends=sends, recipients=50, hours=14)
        with Stage(folder / f"memory-{sends}", NO_LIMIT) as stage:
            stage.load(messages)
            name = f"this program, {messages.count:,} due"
            rows.append(_once(stage, "memory", name, messages, 600 if full else 20, UNLIMITED))
    return rows


def store(folder: Path, full: bool) -> list[Row]:
    """1,000 due rows among settled ones. The provider answers at once and without a limit, so that what grows from row
    to row is the time of the database."""
    rows = []
    due = Messages(sends=20, recipients=50, hours=1, outcomes=("delivered",), prefix="DUE")
    for settled in (10_000, 100_000, 1_000_000) + ((5_000_000,) if full else ()):
        table = TableFile(folder / "settled.db")
        with Stage(folder / f"store-{settled}", NO_LIMIT) as stage:
            old = Messages(sends=settled // 50, recipients=50, hours=600, before=48, prefix="OLD")
            write(table, old, stage.now, pending=set())
            stage.load(due, with_rows=False)
            for index in (True, False):
                shutil.copy(table.path, stage.database)
                # Makes the program's own tables and the index, which is not what is measured.
                stage.once(120, UNLIMITED, {"create_index": index})
                write(stage.table, due, stage.now)
                name = f"1,000 due among {settled:,}, {'create_index' if index else 'no index'}"
                rows.append(_once(stage, "store", name, due, 120, UNLIMITED, {"create_index": index}))
                stage.table.remove()
        table.remove()
    return rows


def neighbour(folder: Path, full: bool) -> list[Row]:
    """How long the application's own inserts take, one every 5 ms: alone, and while a backlog is settled."""
    rows = []
    for mode in ("wal", "delete"):
        group = f"neighbour, journal_mode={mode}"

        def stage(name: str, options: tuple[str, ...]) -> Stage:
            place = folder / f"neighbour-{mode}-{name}"
            return Stage(place, options, TableFile(place / "notifications.db", mode))
        with stage("alone", NO_LIMIT) as alone:
            write(alone.table, Messages(sends=1, recipients=1, hours=1), alone.now, set())
            rows.append(_alone(alone, group, full))
        for name, options, api, sends in (("our default rate", SERVER_LIMIT, None, 2000),
                                          ("no limit of rate", NO_LIMIT, UNLIMITED, 20_000 if full else 4000)):
            messages = Messages(sends=sends, recipients=50, hours=14)
            with stage(str(sends), options) as beside:
                beside.load(messages)
                rows.append(_once(beside, group, f"inserts, beside {name}", messages, 600 if full else 130, api,
                                  beside=Inserts(beside.table)))
    return rows


def servers(folder: Path, full: bool) -> list[Row]:
    """100,000 due and the application's inserts, in a table of a million rows: in a file, and at each server."""
    rows = []
    old = Messages(sends=18_000, recipients=50, hours=600, before=16, outcomes=("delivered",), prefix="OLD")
    for kind in ("sqlite", "mysql", "postgresql"):
        group = f"servers, {kind}"
        progress(f"{group}: a million rows")
        with table_at(kind, folder) as table:
            due = Messages(sends=2000, recipients=50, hours=14)
            with Stage(folder / f"servers-{kind}", SERVER_LIMIT, table) as stage:
                stage.load(old, pending=set())
                stage.load(due)
                rows.append(_alone(stage, group, full))
                rows.append(_once(stage, group, "our default rate", due, 120, beside=Inserts(table)))
            more = Messages(sends=2000, recipients=50, hours=14, prefix="NEW")
            with Stage(folder / f"servers-{kind}-unlimited", NO_LIMIT, table) as stage:
                stage.load(more)
                rows.append(_once(stage, group, "100,000 more, no limit of rate", more, 120, UNLIMITED, beside=Inserts(table)))
    return rows


def _alone(stage: Stage, group: str, full: bool) -> Row:
    """The application's inserts without us."""
    progress(f"{group}: inserts, alone")
    usage = run(stage.folder, 90, *inserts(stage.table, 60 if full else 15))
    took = json.loads(usage.output)
    return Row(group, "inserts, alone", len(took), None, usage, quantiles(took))


def _once(stage: Stage, group: str, name: str, messages: Messages, limit: int, api: dict | None = None,
          store: dict | None = None, pending: set[int] | None = None, beside: Inserts | None = None) -> Row:
    """`once`, its row of the table, and whether it did right: every row of the database, every request's time."""
    progress(f"{group}: {name}")
    stage.simulator.control("reset-stats", {})
    with beside or nullcontext():
        usage, _ = stage.once(limit, api, store)
    stats = stage.simulator.control("stats?times=1")
    remarks = [quantiles(beside.took)] if beside else []
    remarks.append(judge(stage.table, messages, pending))
    if not usage.in_time:
        remarks.append(f"stopped after {limit} s")
    if api is None:
        above = excess(stats["times"], rate=4, burst=4)
        remarks.append(f"{stats['rate_limited']} × 429")
        remarks.append("never above 4 + 4 t" if above <= 0.05 else f"{above:.1f} ABOVE 4 + 4 t")
    elif stats["rate_limited"]:
        remarks.append(f"{stats['rate_limited']} × 429")
    return Row(group, name, _settled(stage, messages), stats["total"], usage, ", ".join(remarks), is_program=True)


def _settled(stage: Stage, messages: Messages) -> int:
    """The due messages that are no longer pending, whatever became of the others."""
    return stage.table.query(
        f"SELECT count(*) FROM notification_history WHERE updated_at IS NOT NULL AND {messages.condition}")[0][0]


ALL = {scenario.__name__: scenario for scenario in (simulator, inquiry, plan, scattered, history, memory, store,
                                                     neighbour, servers, webhook)}
