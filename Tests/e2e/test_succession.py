"""Who holds which lock while one configuration takes the place of another (see also test_reload.py)."""
import signal
import sqlite3
from pathlib import Path

import pytest

from harness import TABLE, ago, delivered, iso, wait_for


def make_database(path: Path, *keys: str) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(TABLE)
    connection.executemany(
        "INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)",
        [(key, iso(ago(hours=1))) for key in keys])
    connection.commit()
    connection.close()
    return path


def status(database: Path, key: str) -> str:
    connection = sqlite3.connect(database, timeout=30)
    try:
        return connection.execute(
            "SELECT status FROM notification_history WHERE external_id = ?", (key,)).fetchone()[0]
    finally:
        connection.close()


def is_free(database: Path) -> bool:
    """Whether nobody holds the instance lock of this database. Looks only: who tries a lock has it for a moment."""
    lock = Path(f"{database}.reconciler-lock")
    held = {line.split()[-3].rsplit(":", 1)[1] for line in Path("/proc/locks").read_text().splitlines()
            if "FLOCK" in line}
    return not lock.exists() or str(lock.stat().st_ino) not in held


def reload(world, daemon, database: Path):
    world.write_config(store={"path": str(database)})
    daemon.signal(signal.SIGHUP)


@pytest.fixture
def slow(world, request):
    """A daemon with a question under way, which is answered after so many milliseconds. There is a second database."""
    world.add("SLOW000001", delivered())
    world.write_config(api={"timeout": "30s"})
    world.simulator.faults({"kind": "delay", "delay_ms": request.param})
    make_database(world.folder / "second.db", "SECOND0001")
    world.simulator.load([{"msgKey": "SECOND0001", "acceptedAt": iso(ago(hours=1)), "entries": [delivered()]}])
    daemon = world.start()
    wait_for(lambda: world.simulator.stats()["in_flight"] == 1, what="a question under way")
    return daemon


@pytest.mark.parametrize("slow", [6000], indirect=True)
def test_another_database_is_taken_over_and_the_first_let_go_when_nobody_writes_to_it(world, slow):
    second = world.folder / "second.db"
    reload(world, slow, second)
    wait_for(lambda: not is_free(second), what="the second database's lock")
    assert status(world.database, "SLOW000001") == "PENDING" and not slow.events("daemon.reloaded")
    wait_for(lambda: is_free(world.database), what="the first database's lock")
    assert status(world.database, "SLOW000001") == "SENT", "its lock was free while its daemon was at work"
    slow.wait_for_event("daemon.reloaded")
    world.simulator.faults()
    wait_for(lambda: status(second, "SECOND0001") == "SENT", what="the second database to be worked on")
    assert not is_free(second)
    reload(world, slow, world.database)
    slow.wait_for_event("daemon.reloaded", 2)
    assert is_free(second) and not is_free(world.database)
    slow.stop()
    assert is_free(world.database)


def reload_to_a_locked_database(world, daemon, busy_timeout: str):
    """A second database, and the connection for whose end the daemon's migration of it waits."""
    second = make_database(world.folder / "second.db")
    busy = sqlite3.connect(second, isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    world.write_config(store={"busy_timeout": busy_timeout})
    reload(world, daemon, second)
    wait_for(lambda: not is_free(second), what="the second database's lock")
    return second, busy


def test_a_second_signal_while_a_new_one_opens_is_remembered_and_not_a_second_instance(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    second, busy = reload_to_a_locked_database(world, daemon, "20s")
    daemon.signal(signal.SIGHUP)
    busy.execute("ROLLBACK")
    busy.close()
    wait_for(lambda: len(daemon.events("daemon.reloaded")) == 2 or daemon.events("daemon.reload_failed"))
    assert not daemon.events("daemon.reload_failed"), daemon.log
    assert not is_free(second) and is_free(world.database)
    daemon.stop()


def test_a_locked_database_keeps_its_reload_waiting_and_nothing_else(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    second, busy = reload_to_a_locked_database(world, daemon, "60s")
    world.add("MEANWHILE1", delivered())
    wait_for(lambda: world.row("MEANWHILE1")["status"] == "SENT", what="the daemon to go on")
    daemon.signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0 and daemon.events("daemon.stopped"), daemon.log
    busy.close()
    assert is_free(second) and is_free(world.database)


def test_a_signal_that_comes_before_the_daemon_is_ready_is_not_its_end(world):
    busy = sqlite3.connect(world.database, isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")  # its migration waits for this
    world.write_config(store={"busy_timeout": "20s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.started")
    daemon.signal(signal.SIGHUP)
    busy.execute("ROLLBACK")
    busy.close()
    daemon.wait_for_event("daemon.reloaded")
    assert len(daemon.events("daemon.ready")) == 1
    daemon.stop()


# After the signal, which comes at once, and well before questions are broken off, two seconds later.
@pytest.mark.parametrize("slow", [1200], indirect=True)
def test_sigterm_while_the_successor_waits_ends_both_and_the_successor_does_nothing(world, slow):
    second = world.folder / "second.db"
    reload(world, slow, second)
    wait_for(lambda: not is_free(second), what="the second database's lock")
    slow.stop()
    assert not slow.events("daemon.reloaded") and len(slow.events("daemon.stopped")) == 1
    assert status(world.database, "SLOW000001") == "SENT", "what was in flight was finished"
    assert status(second, "SECOND0001") == "PENDING"
    assert is_free(second) and is_free(world.database)
