"""A fresh Debian in a folder: first a chroot, then booted with a real systemd (systemd-nspawn)."""
from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from conftest import run

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
INCLUDED = "systemd,systemd-sysv,dbus,libcurl4,libsqlite3-0,ca-certificates"


class Machine:
    def __init__(self, root: Path, release: str):
        self.root = root
        run("debootstrap", "--variant=minbase", f"--include={INCLUDED}", release, root, MIRROR, timeout=1800)
        self.leader: int | None = None
        self.container: subprocess.Popen | None = None

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def run(self, *words, expect: int | None = 0, **options) -> subprocess.CompletedProcess:
        """Runs a command in it, as root: in the chroot, or in the booted machine."""
        if self.leader is None:
            # Swift reads a program's arguments from /proc; the mount ends with the command.
            script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
            return run("unshare", "--mount", "sh", "-c", script, self.root, *words, expect=expect, **options)
        return run("nsenter", "-t", self.leader, "-m", "-u", "-i", "-p", "-r", "-w", *words, expect=expect, **options)

    def user(self, *words, expect: int | None = 0) -> subprocess.CompletedProcess:
        """As the daemon's user, in the application's group."""
        return self.run("runuser", "-u", "bizgo-reconciler", "-g", "bizgo-reconciler", "-G", "app", "--", *words, expect=expect)

    def install(self, package: Path, expect: int | None = 0) -> subprocess.CompletedProcess:
        target = self.path("/root") / package.name
        target.write_bytes(package.read_bytes())
        return self.run("dpkg", "-i", "/root/" + package.name, expect=expect,
                        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})

    def boot(self) -> bool:
        """False when this host cannot."""
        self.container = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--console=pipe", "-b"],
            stdin=subprocess.DEVNULL, stdout=(self.root.parent / "console.log").open("wb"), stderr=subprocess.STDOUT)
        end = time.monotonic() + 60
        while time.monotonic() < end and self.container.poll() is None:
            children = run("pgrep", "-P", self.container.pid, expect=None).stdout.split()
            if children:
                self.leader = int(children[0])
                state = self.run("systemctl", "is-system-running", expect=None).stdout.strip()
                if state in ("running", "degraded"):
                    return True
            time.sleep(0.5)
        self.stop()
        return False

    def stop(self):
        if self.container is None:
            return
        if self.leader is not None and self.container.poll() is None:
            self.run("systemctl", "poweroff", "--no-block", expect=None)
        try:
            self.container.wait(30)
        except subprocess.TimeoutExpired:
            self.container.kill()
            self.container.wait(10)
        self.container = self.leader = None

    def show(self, property: str, unit: str = "bizgo-reconciler.service") -> str:
        return self.run("systemctl", "show", "--value", "-p", property, unit).stdout.strip()
