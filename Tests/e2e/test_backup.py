"""A copy of the database while everybody works on it."""
import contextlib
import fcntl
import os
import pty
import sqlite3
import subprocess
import threading
import time

import pytest

from harness import RECONCILER, ago, delivered, iso


def content(path) -> tuple[str, int]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return (connection.execute("PRAGMA integrity_check").fetchone()[0],
                connection.execute("SELECT count(*) FROM notification_history").fetchone()[0])
    finally:
        connection.close()


def fill(world, rows: int):
    """About 1 KiB a row."""
    connection = world.sql()
    connection.executemany(
        "INSERT INTO notification_history (external_id, status, error_message, created_at) VALUES (?, 'SENT', ?, ?)",
        [(f"FILL{index:07d}", "x" * 1000, iso(ago(hours=1))) for index in range(rows)])
    connection.commit()
    connection.close()


class Writer(threading.Thread):
    """The application: a row each `pause` seconds; its rows come in order, so that a copy has the first of them."""

    def __init__(self, world, pause: float):
        super().__init__(daemon=True)
        self.world, self.pause, self.written, self.waited, self.done = world, pause, 0, 0.0, False
        self.start()

    def run(self):
        connection = self.world.sql()
        connection.execute("PRAGMA synchronous = OFF")  # it is to wait for locks, and not for the disk
        while not self.done:
            started = time.monotonic()
            connection.execute("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)",
                               (f"LIVE{self.written:07d}", iso(ago(seconds=1))))
            connection.commit()
            self.waited = max(self.waited, time.monotonic() - started)
            self.written += 1
            time.sleep(self.pause)
        connection.close()

    def stop(self):
        self.done = True
        self.join(30)


def test_a_copy_is_complete_private_and_alone(world):
    world.add_many([(f"BACKUP{index:04d}", [delivered()]) for index in range(50)])
    world.once()
    folder = world.folder / "backups"
    folder.mkdir()
    os.umask(0)
    try:
        result = world.run("backup", str(folder / "one.db"))
    finally:
        os.umask(0o022)
    assert "one.db" in result.stdout and result.stderr == ""
    assert os.listdir(folder) == ["one.db"]
    assert content(folder / "one.db") == ("ok", 50)
    assert (folder / "one.db").stat().st_mode & 0o7777 == 0o600
    # It is a database that the reconciler can work on, with everything it knew.
    world.write_config(store={"path": str(folder / "one.db")})
    assert world.status()["messages"]["sent"] == 50


def test_it_works_while_the_daemon_and_the_application_write(world):
    fill(world, 20_000)
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    writer = Writer(world, 0.001)
    copied = []
    # Where this machine kept the application waiting, the next backup does not.
    while len(copied) < 5 and not any(after > before for _, before, after in copied):
        before, path = writer.written, world.folder / f"live{len(copied)}.db"
        world.run("backup", str(path))
        copied.append((path, before, writer.written))
    writer.stop()
    daemon.stop()
    assert any(after > before for _, before, after in copied), "the application was kept waiting the whole time"
    for path, before, after in copied:
        state, rows = content(path)
        # One may have been committed and not yet been counted.
        assert state == "ok" and 20_000 + before <= rows <= 20_000 + after + 1
    assert world.integrity() == "ok"


def test_without_a_write_ahead_log_a_quiet_moment_is_enough(world):
    world.execute("PRAGMA journal_mode = DELETE")
    fill(world, 20_000)
    # A copy that is written to begins anew, twenty times at most.
    writer = Writer(world, 1)
    world.run("backup", str(world.folder / "rollback.db"))
    writer.stop()
    state, rows = content(world.folder / "rollback.db")
    assert state == "ok" and rows >= 20_000
    assert writer.waited < 10, "nobody waits for a backup"


def test_an_existing_file_is_never_replaced(world):
    target = world.folder / "kept.db"
    target.write_text("precious")
    result = world.run("backup", str(target), expect=74)
    assert "exists" in result.stderr and "remove it" in result.stderr and len(result.stderr.splitlines()) == 1
    assert target.read_text() == "precious"
    target.unlink()
    target.symlink_to(world.folder / "elsewhere.db")
    world.run("backup", str(target), expect=74)
    assert not (world.folder / "elsewhere.db").exists()


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal", ".reconciler-lock", ".reconciler-trouble"])
def test_the_databases_own_files_are_refused(world, suffix):
    (world.folder / "link").symlink_to(world.folder)
    for folder in (world.folder, world.folder / "link"):
        result = world.run("backup", str(folder / ("notifications.db" + suffix)), expect=74)
        assert "the database itself" in result.stderr, result.stderr
    assert world.integrity() == "ok"


@pytest.mark.parametrize("target, words", [
    ("none/x.db", "make the folder"), (".", "names no file"), ("", "names no file"), ("folder/", "names no file"),
    ("folder", "is a folder")])
def test_a_name_that_cannot_be_a_file_is_told(world, target, words):
    (world.folder / "folder").mkdir()
    result = subprocess.run([RECONCILER, "backup", "--config", world.config_file, "--", target], cwd=world.folder,
                            capture_output=True, text=True, timeout=30)
    assert result.returncode == 74 and words in result.stderr and len(result.stderr.splitlines()) == 1, result
    assert os.listdir(world.folder / "folder") == []


def test_a_relative_name_is_of_this_folder(world):
    subprocess.run([RECONCILER, "backup", "--config", world.config_file, "here.db"], cwd=world.folder, check=True,
                   capture_output=True, timeout=30)
    assert content(world.folder / "here.db")[0] == "ok"


def test_what_an_interrupted_backup_left_is_used_anew(world):
    fill(world, 2000)
    partial = world.folder / "x.db.partial"
    partial.write_bytes(b"half a page" * 100_000)
    world.run("backup", str(world.folder / "x.db"))
    assert content(world.folder / "x.db") == ("ok", 2000)
    assert not partial.exists()


def test_two_backups_to_one_name_do_not_mix(world):
    with (world.folder / "x.db.partial").open("w") as partial:
        fcntl.flock(partial, fcntl.LOCK_EX)
        assert "another backup" in world.run("backup", str(world.folder / "x.db"), expect=74).stderr
    assert (world.folder / "x.db.partial").exists()


def test_a_file_put_there_by_somebody_else_is_not_written_to(world):
    other = world.folder / "readable-by-them"
    other.write_text("")
    os.link(other, world.folder / "x.db.partial")
    assert "somebody else's" in world.run("backup", str(world.folder / "x.db"), expect=74).stderr
    assert other.read_text() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_told_and_nothing_is_left(world):
    fill(world, 4000)
    disk = world.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
    try:
        result = world.run("backup", str(disk / "x.db"), expect=74)
        assert f"no room for {disk}/x.db" in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_damaged_database_makes_no_backup(world):
    fill(world, 2000)
    world.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with world.database.open("r+b") as file:
        file.seek(200 * 4096)
        file.write(b"\xff" * 40960)
    result = world.run("backup", str(world.folder / "x.db"), expect=74)
    assert "damaged" in result.stderr and "recover" in result.stderr
    assert not list(world.folder.glob("x.db*"))


def test_a_locked_database_is_exit_75(world):
    world.execute("PRAGMA journal_mode = DELETE")
    connection = world.sql()
    connection.execute("BEGIN EXCLUSIVE")
    try:
        assert "locked" in world.run("backup", str(world.folder / "x.db"), expect=75).stderr
    finally:
        connection.close()
    assert not list(world.folder.glob("x.db*"))


def test_a_missing_database_is_named(world):
    world.write_config(store={"path": str(world.folder / "nothing.db")})
    assert "nothing.db" in world.run("backup", str(world.folder / "x.db"), expect=78).stderr
    assert not list(world.folder.glob("x.db*"))


def test_progress_is_for_terminals_only(world):
    fill(world, 10_000)
    words = [RECONCILER, "backup", "--config", world.config_file]
    terminal, end = pty.openpty()
    subprocess.run([*words, world.folder / "a.db"], stderr=end, stdout=subprocess.DEVNULL, check=True, timeout=30)
    os.close(end)
    shown = ""
    with contextlib.suppress(OSError):  # its end; a part may come before the rest
        while True:
            shown += os.read(terminal, 65_536).decode()
    os.close(terminal)
    assert "copying" in shown and "checking" in shown and shown.endswith("\x1b[K")
    assert world.run("backup", str(world.folder / "b.db")).stderr == ""
