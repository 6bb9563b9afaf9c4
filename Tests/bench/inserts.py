"""inserts.py SECONDS FILE, or SECONDS URL PASSWORD-FILE: the application beside which the program works. A connection of
its own, by a driver as applications use it, inserts a row every 5 ms, each in a transaction of its own, and is told by
SIGTERM, or by the time, that it is enough. Prints how long each took, in milliseconds, as JSON."""
import json
import os
import signal
import sqlite3
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

EVERY = 0.005
KST = timezone(timedelta(hours=9))


def connect(place: str, password_file: str = ""):
    """A connection, the sign for a parameter, and a time as the column wants it."""
    if "://" not in place:
        return sqlite3.connect(place, timeout=30), "?", lambda moment: moment.isoformat(timespec="milliseconds")
    url = urlsplit(place)
    options = {"host": url.hostname, "port": url.port, "user": url.username, "password": Path(password_file).read_text()}
    if url.scheme == "mysql":
        import pymysql
        return pymysql.connect(database=url.path[1:], **options), "%s", lambda moment: moment.replace(tzinfo=None)
    import psycopg
    return psycopg.connect(dbname=url.path[1:], **options), "%s", lambda moment: moment


seconds = float(sys.argv[1])
enough = False


def stop(*_):
    global enough
    enough = True


signal.signal(signal.SIGTERM, stop)
connection, sign, timed = connect(*sys.argv[2:])
insert = f"INSERT INTO notification_history (external_id, created_at) VALUES ({sign}, {sign})"
cursor = connection.cursor()
took = []
start = time.monotonic()
while not enough and (begun := time.monotonic()) < start + seconds:
    cursor.execute(insert, (f"APP{os.getpid()}-{len(took)}", timed(datetime.now(KST))))
    connection.commit()
    took.append((time.monotonic() - begun) * 1000)
    # One that took longer is not made up for: an application that always holds the lock lets nobody in.
    time.sleep(max(0.001, begun + EVERY - time.monotonic()))
print(json.dumps(took))
