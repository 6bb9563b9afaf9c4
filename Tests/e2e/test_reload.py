"""SIGHUP with another database, another name of the same one, one that cannot be opened, and twice at once."""
from __future__ import annotations

import json
import os
import signal
import subprocess

from harness import RECONCILER, delivered, wait_for


def with_store(world, path):
    """The configuration with another `store.path`."""
    config = json.loads(world.config_file.read_text())
    config["store"]["path"] = str(path)
    world.config_file.write_text(json.dumps(config))


def ready(world):
    """A daemon that has started."""
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    return daemon


def goes_on(world, key):
    """The daemon settles what comes now."""
    world.add(key, delivered())
    wait_for(lambda: world.row(key)["status"] == "SENT", what="the daemon to go on")


def test_another_name_of_the_same_database(world):
    daemon = ready(world)
    link = world.folder / "link.db"
    os.symlink(world.database, link)
    with_store(world, link)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    goes_on(world, "LINKED0001")
    assert not daemon.events("daemon.reload_failed")
    daemon.stop()


def test_another_name_hides_the_daemon_from_nobody(world):
    daemon = ready(world)
    link = world.folder / "link.db"
    os.symlink(world.database, link)
    with_store(world, link)
    for words in (["once"], ["once", "--dry-run"]):
        assert "another instance" in world.run(*words, expect=75).stderr
    daemon.stop()


def test_two_signals_at_once(world):
    daemon = ready(world)
    daemon.signal(signal.SIGHUP)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_event("daemon.reloaded")
    goes_on(world, "TWICE00001")
    assert not daemon.events("daemon.reload_failed")
    daemon.stop()


def test_a_database_that_cannot_be_opened_is_no_trouble_of_the_stores(world):
    daemon = ready(world)
    broken = world.folder / "broken.db"
    broken.write_text("this is no database " * 100)
    with_store(world, broken)
    daemon.signal(signal.SIGHUP)
    line, = daemon.wait_for_event("daemon.reload_failed")
    assert "broken.db" in line
    goes_on(world, "BROKEN0001")
    assert not world.sink.of("StoreTrouble")
    daemon.stop()


def test_the_old_database_stays_locked_while_its_daemon_works(world):
    world.add("SLOWLY0001", delivered())
    world.simulator.settings(latency_ms=3000)
    daemon = world.start()
    wait_for(lambda: world.simulator.stats()["total"] > 0, what="a question in flight")
    old_config = world.folder / "old.json5"
    old_config.write_text(world.config_file.read_text())
    other = world.folder / "other.db"
    with_store(world, other)
    world.run("init-db")
    daemon.signal(signal.SIGHUP)
    while not daemon.events("daemon.reloaded"):
        other_instance = subprocess.run([RECONCILER, "once", "--json", "--config", old_config], capture_output=True,
                                        timeout=60)
        if other_instance.returncode != 75:
            # The daemon says that it has reloaded when the database is free already.
            assert json.loads(other_instance.stdout)["due"] == 0, "the database was free while its daemon worked"
    world.simulator.settings(latency_ms=0)
    assert world.row("SLOWLY0001")["status"] == "SENT"
    daemon.stop()
