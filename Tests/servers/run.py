#!/usr/bin/env python3
"""Runs a command beside real database servers, which are its own and end with it.

    Tests/servers/run.py swift test --traits MySQL --filter MySQL

Starts what is installed of the servers below, each in a temporary folder on a free port of 127.0.0.1, and gives the command
their addresses in its environment (`TEST_MYSQL_URL` …). `TEST_SERVERS="mariadb"` starts these alone, and refuses to go on without.
"""

import contextlib
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

KINDS = ["mariadb", "postgresql"]


def start_all(stack: contextlib.ExitStack) -> dict[str, str]:
    environment: dict[str, str] = {}
    for kind in os.environ.get("TEST_SERVERS", " ".join(KINDS)).split():
        module = importlib.import_module(kind)
        if not module.is_installed():
            if "TEST_SERVERS" in os.environ:
                sys.exit(f"{kind} is not installed")
            print(f"{kind} is not installed: its tests are left out", file=sys.stderr)
            continue
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{kind}-")))
        folder.chmod(0o755)
        variables, stop = module.start(folder)
        stack.callback(stop)
        environment |= variables
    return environment


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with contextlib.ExitStack() as stack:
        environment = start_all(stack)
        command = subprocess.Popen(sys.argv[1:], env=os.environ | environment)
        try:
            return command.wait()
        except BaseException:
            command.terminate()
            command.wait()
            raise


if __name__ == "__main__":
    sys.exit(main())
