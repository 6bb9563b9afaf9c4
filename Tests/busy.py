#!/usr/bin/env python3
"""Runs a command on a machine that is made busy, to find tests that only an idle one passes.

    Tests/busy.py [--loops 6] [--writers 2] deploy/test e2e

The loops compute, the writers write and sync a file each, until the command ends. What is marked `measures` fails then, rightly.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(__file__).resolve().parents[1] / ".build"
# Both end with who started them, however that ends.
COMPUTING = """
import os
starter = os.getppid()
while os.getppid() == starter:
    pass
"""
WRITING = """
import os, sys
starter = os.getppid()
file = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
while os.getppid() == starter:
    os.pwrite(file, os.urandom(1 << 20), 0)
    os.fsync(file)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loops", type=int, default=6)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("no command")
    BUILD.mkdir(exist_ok=True)
    # Not where temporary files usually are: that may be memory.
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="busy-") as folder:
        others = [subprocess.Popen([sys.executable, "-c", COMPUTING]) for _ in range(options.loops)]
        others += [subprocess.Popen([sys.executable, "-c", WRITING, f"{folder}/{number}"])
                   for number in range(options.writers)]
        try:
            return subprocess.run(options.command).returncode
        finally:
            for other in others:
                other.kill()
            for other in others:
                other.wait()


if __name__ == "__main__":
    sys.exit(main())
