"""inserts.py FILE SECONDS: the application beside which the program works. A connection of its own inserts a row every
5 ms, each in a transaction of its own, and is told by SIGTERM, or by the time, that it is enough. Prints how long each took,
in milliseconds, as JSON."""
import json
import os
import signal
import sqlite3
import sys
import time
from datetime import datetime, timedelta, timezone

EVERY = 0.005
KST = timezone(timedelta(hours=9))

file, seconds = sys.argv[1], float(sys.argv[2])
enough = False


def stop(*_):
    global enough
    enough = True


signal.signal(signal.SIGTERM, stop)
connection = sqlite3.connect(file, timeout=30)
took = []
start = time.monotonic()
while not enough and (begun := time.monotonic()) < start + seconds:
    with connection:
        connection.execute("INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)",
                           (f"APP{os.getpid()}-{len(took)}", datetime.now(KST).isoformat(timespec="milliseconds")))
    took.append((time.monotonic() - begun) * 1000)
    # One that took longer is not made up for: an application that always holds the lock lets nobody in.
    time.sleep(max(0.001, begun + EVERY - time.monotonic()))
print(json.dumps(took))
