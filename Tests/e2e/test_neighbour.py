"""A good neighbour: the index that store.create_index allows is not begun while rows are due. How long the application's
own inserts take is measured by deploy/bench neighbour."""
import contextlib
import sqlite3

from harness import delivered


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
