"""Disks that get full: real file systems, small enough to be filled."""
from __future__ import annotations

import os
import subprocess

import pytest

from harness import TABLE, World

AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


class SmallDisk:
    """The world's database on a file system of its own, with so much room. Skips the test where none can be mounted."""

    def __init__(self, world: World, room: str = "8m"):
        self.folder = world.folder / "small"
        self.ballast = self.folder / "ballast"
        self.folder.mkdir()
        mounted = subprocess.run(
            [*AS_ROOT, "mount", "-t", "tmpfs", "-o", f"size={room},uid={os.geteuid()}", "tmpfs", self.folder],
            capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
        world.database = self.folder / "notifications.db"
        world.execute("PRAGMA journal_mode=WAL")
        world.execute(TABLE)
        world.write_config(store={"path": str(world.database)})

    def fill(self):
        """Until there is no room at all."""
        with pytest.raises(OSError), self.ballast.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def make_room(self):
        self.ballast.unlink()

    def unmount(self):
        """Also while somebody still uses it."""
        subprocess.run([*AS_ROOT, "umount", "--lazy", self.folder], check=True)
