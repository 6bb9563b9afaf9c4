"""Runs a command with a time limit and writes down what it used.

    python3 -S -E measure.py SECONDS FILE COMMAND...

A process of its own, and a small one: the peak resident set the kernel counts for a command begins with that of the
process it was forked from. A command that takes longer is sent SIGTERM, and SIGKILL ten seconds later.
"""
import json
import os
import signal
import sys
import time

limit, file, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
started = time.monotonic()
child = os.fork()
if child == 0:
    os.execvp(command[0], command)
stopped = False


def stop(*_):
    global stopped
    os.kill(child, signal.SIGKILL if stopped else signal.SIGTERM)
    stopped = True
    signal.alarm(10)


signal.signal(signal.SIGALRM, stop)
signal.alarm(limit)
_, status, usage = os.wait4(child, 0)
with open(file, "w") as output:
    json.dump({"exit": os.waitstatus_to_exitcode(status), "in_time": not stopped, "seconds": time.monotonic() - started,
               "peak_kib": usage.ru_maxrss, "cpu": usage.ru_utime + usage.ru_stime}, output)
