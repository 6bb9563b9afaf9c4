"""A crash writes no memory to disk: the key and everybody's numbers are in it."""
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from harness import RECONCILER, wait_for


def crash(process: subprocess.Popen):
    process.send_signal(signal.SIGSEGV)
    assert process.wait(30) == -signal.SIGSEGV


def begin(words: list, folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        words, cwd=folder, stdout=(folder / "log").open("wb"), stderr=subprocess.STDOUT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))


def test_a_crash_leaves_no_core_file(world, tmp_path):
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("core files are forbidden to everybody here")
    daemon = begin([RECONCILER, "run", "--config", str(world.config_file)], world.folder)
    world.processes.append(daemon)
    wait_for(lambda: "event=daemon.ready" in (world.folder / "log").read_text(), what="the daemon")
    limits = Path(f"/proc/{daemon.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    crash(daemon)
    assert [name for name in os.listdir(world.folder) if name.startswith("core")] == []
