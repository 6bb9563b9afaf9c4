"""A good neighbour: the application's own inserts go on while a backlog is settled, and the index that
store.create_index allows is not begun while rows are due. deploy/bench neighbour measures it at length."""
import contextlib
import json
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from harness import TABLE, ago, delivered, iso

INSERTS = Path(__file__).resolve().parent.parent / "bench" / "inserts.py"
UNLIMITED = {"requests_per_second": 1_000_000, "burst": 1000, "max_in_flight": 64}


def has_index(world):
    with contextlib.closing(sqlite3.connect(world.database)) as connection:
        return connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'reconciler_pending'").fetchone()[0] == 1


NOTE = "the index is not there yet"


def test_the_index_is_not_begun_while_rows_are_due_and_check_says_what_it_costs(world):
    world.add_many([(f"KEY{number}", [delivered()]) for number in range(3)])
    world.write_config(store={"create_index": True})
    world.simulator.faults({"kind": "status", "status": 503})
    world.once(expect=69)
    assert not has_index(world), "nothing was answered: all is still due"
    assert NOTE in world.run("check", "--offline").stdout
    world.simulator.faults()
    world.once()
    assert has_index(world)
    assert NOTE not in world.run("check", "--offline").stdout


@contextlib.contextmanager
def inserting(*databases):
    """Into each database a row every 5 ms, as long as the block lasts; then how long each took, in milliseconds, sorted."""
    processes = [subprocess.Popen([sys.executable, INSERTS, "60", database], stdout=subprocess.PIPE, text=True)
                 for database in databases]
    took = []
    try:
        yield took
    finally:
        for process in processes:
            process.terminate()
        took += [sorted(json.loads(process.communicate(timeout=60)[0])) for process in processes]


@pytest.mark.measures
@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_the_applications_inserts_go_on_while_a_backlog_is_settled_without_a_limit_of_rate(world, journal_mode):
    """Held against the same inserts into a file of nobody else's at the same time: what disk and machine do is the same."""
    now, other = ago(minutes=20), world.folder / "other.db"
    made = world.simulator.control("generate", {
        "sends": 400, "recipients": 50, "prefix": "GEN", "outcomes": ["delivered"],
        "from": iso(now - timedelta(hours=14)), "until": iso(now)})
    rows = [(f"GEN{send:09d}{recipient:03d}", iso(now - timedelta(hours=14) + timedelta(hours=14) * send / 400))
            for send in range(400) for recipient in range(50)]
    assert made["loaded"] == len(rows)
    for database in (world.database, other):
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute(f"PRAGMA journal_mode={journal_mode}")
            connection.execute(TABLE.replace("TABLE", "TABLE IF NOT EXISTS", 1))
            connection.executemany("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)",
                                   rows if database == world.database else [])
            connection.commit()
    world.write_config(api=UNLIMITED, store={"busy_timeout": "5s"})
    with inserting(world.database, other) as took:
        summary = world.once()
    assert summary["sent"] == len(rows)
    beside, alone = ({"p99": times[len(times) * 99 // 100], "max": times[-1]} for times in took)
    print(f"{journal_mode}: beside us {beside}, alone {alone}, {len(took[0])} inserts")
    assert len(took[0]) > 20
    assert beside["p99"] <= 3 * alone["p99"] + 30, (beside, alone)
    assert beside["max"] <= alone["max"] + 150, (beside, alone)
