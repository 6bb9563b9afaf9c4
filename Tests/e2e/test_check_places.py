"""`check` judges the place where SQLite writes, not the one where a symbolic link lies."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import KEY, RECONCILER, TABLE


@pytest.fixture
def place():
    """A database behind a link in another folder, and a configuration that names the link; all somebody's who is not
    root, to whom every folder is writable."""
    folder = Path(tempfile.mkdtemp())
    (folder / "real").mkdir()
    (folder / "links").mkdir()
    database, link = folder / "real" / "app.db", folder / "links" / "app.db"
    connection = sqlite3.connect(database)
    connection.execute(TABLE)
    connection.close()
    link.symlink_to(database)
    (folder / "key").write_text(KEY)
    (folder / "key").chmod(0o600)
    (folder / "config.json5").write_text(json.dumps(
        {"api": {"base_url": "http://127.0.0.1:9", "key_file": str(folder / "key")}, "store": {"path": str(link)}}))
    shutil.copy(RECONCILER, folder / "bizgo-reconciler")  # the build's folder may be root's alone
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, 65534, 65534, follow_symlinks=False)
    yield folder
    for name in ("real", "links"):
        (folder / name).chmod(0o700)
    shutil.rmtree(folder)


def check(folder: Path) -> subprocess.CompletedProcess:
    return run(folder, "check", "--offline")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    somebody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(
        [folder / "bizgo-reconciler", *words, "--config", folder / "config.json5"], capture_output=True, text=True,
        timeout=60, **somebody)


def test_the_folder_of_a_link_need_not_be_writable(place):
    (place / "links").chmod(0o500)
    result = check(place)
    assert result.returncode == 0, result.stderr


def test_the_folder_of_the_file_itself_must_be(place):
    (place / "real").chmod(0o500)
    result = check(place)
    assert result.returncode == 78
    assert f"{place / 'real'} cannot be written" in result.stderr and result.stderr.count("\n") == 1


def test_a_lock_file_that_is_somebody_elses_is_found(place):
    lock = place / "real" / "app.db.reconciler-lock"
    lock.touch()
    lock.chmod(0)
    result = check(place)
    assert result.returncode == 78
    assert f"cannot lock {lock}: Permission denied: check owner and mode" in result.stderr


def test_a_file_of_sqlites_that_was_left_unwritable_is_found(place):
    database = place / "real" / "app.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    database.chmod(0o400)
    assert run(place, "status").returncode == 0  # a reader makes SQLite's files with the database's mode
    database.chmod(0o600)
    left = Path(f"{database}-shm")
    assert left.stat().st_mode & 0o777 == 0o400
    for words in (["check", "--offline"], ["once"]):
        result = run(place, *words)
        assert result.returncode == 78, words
        assert f"{left} cannot be written: Permission denied" in result.stderr
    left.chmod(0o600)
    assert check(place).returncode == 0
