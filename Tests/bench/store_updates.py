"""store_updates.py FILE COUNT RECIPIENTS PREFIX: settles so many rows as the program does, with nothing around it: one
compare-and-set a row, a commit a thousand."""
import sqlite3
import sys

UPDATE = ("UPDATE notification_history SET status = ?, report_code = ?, error_message = ?, updated_at = ? "
          "WHERE external_id = ? AND status = 'PENDING'")

file, count, recipients, prefix = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
connection = sqlite3.connect(file)
at = "2026-01-12T11:00:00.000+09:00"
for start in range(0, count, 1000):
    with connection:
        connection.executemany(UPDATE, (
            ("SENT", "10000", None, at, f"{prefix}{number // recipients:09d}{number % recipients:03d}")
            for number in range(start, min(count, start + 1000))))
