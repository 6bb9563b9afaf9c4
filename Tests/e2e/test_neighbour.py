"""A good neighbour: while the program works, the application's own inserts do not wait for long, whatever the backlog and
the journal mode. Measured by a process and a connection of the application's own (Tests/bench/inserts.py)."""
import contextlib
import sqlite3
import sys
from pathlib import Path

import pytest

from harness import World, ago, delivered

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

from messages import Messages, judge, write  # noqa: E402
from stage import UNLIMITED, Inserts  # noqa: E402

# The machine, too, keeps somebody waiting now and then: it is enough that one of three tries goes well. What held the
# database for longer than this did so every time.
TRIES = 3
WORST = 200


def best_worst(attempt) -> float:
    """The longest insert of the best try, in milliseconds."""
    worst = float("inf")
    for number in range(TRIES):
        worst = min(worst, max(attempt(number)))
        if worst < WORST:
            break
    return worst


@pytest.mark.measures
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_inserts_do_not_wait_while_a_backlog_is_settled_without_a_limit_of_rate(tmp_path, mode):
    backlog = Messages(sends=400, recipients=50, hours=14)

    def attempt(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder)
        try:
            now = ago()
            world.simulator.control("generate", backlog.description(now))
            world.database.unlink()
            write(world.database, backlog, now, journal_mode=mode)
            world.write_config(api=UNLIMITED, store={"busy_timeout": "30s"})
            with Inserts(world.database) as inserts:
                world.once()
            assert judge(world.database, backlog) == "all right"
            return inserts.took
        finally:
            world.stop()

    assert best_worst(attempt) < WORST


@pytest.mark.measures
def test_inserts_do_not_wait_for_what_status_reads(world):
    """Without a write-ahead log a reader keeps everybody from writing."""
    write_settled(world, 1_000_000, "delete")
    world.write_config(store={"busy_timeout": "30s"})

    def attempt(number):
        with Inserts(world.database) as inserts:
            assert world.status()["messages"]["sent"] == 1_000_000
        return inserts.took

    assert best_worst(attempt) < WORST


def write_settled(world, count, mode):
    world.database.unlink()
    settled = Messages(sends=count // 50, recipients=50, hours=100)
    write(world.database, settled, ago(), pending=set(), journal_mode=mode)


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
