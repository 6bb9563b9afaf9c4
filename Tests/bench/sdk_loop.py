"""The loop over the provider's official SDK that the program is held against: ask about each PENDING row, write what
came, commit. It knows nothing of channels in flight, of races, or of giving up.

    sdk_loop.py --db FILE --base-url URL --key-file FILE [--mode async --concurrency N] [--no-limiter]
"""
from __future__ import annotations

import argparse
import asyncio
import sqlite3
from datetime import datetime, timezone
from pathlib import Path

from bizgo import AsyncBizgo, Bizgo, RateLimit

UPDATE = "UPDATE notification_history SET status = ?, report_code = ?, error_message = ?, updated_at = ? WHERE id = ?"


class Table:
    def __init__(self, file: str):
        self.connection = sqlite3.connect(file)
        self.rows = self.connection.execute(
            "SELECT id, external_id FROM notification_history WHERE status = 'PENDING' ORDER BY id").fetchall()

    def settle(self, row: int, reports: list):
        if not reports:
            return
        codes = [report.report_code for report in reports]
        delivered = "10000" in codes
        status, code = ("SENT", "10000") if delivered else ("DEAD_LETTER", codes[-1])
        text = None if delivered else f"[{code}] {reports[-1].report_text}"
        with self.connection:
            self.connection.execute(UPDATE, (status, code, text, datetime.now(timezone.utc).isoformat(), row))


def one_by_one(table: Table, key: str, options: dict):
    with Bizgo(key, **options) as client:
        for row, message in table.rows:
            table.settle(row, client.reports.inquiry(message))


async def many(table: Table, key: str, options: dict, at_a_time: int):
    rest = iter(table.rows)

    async def work(client):
        for row, message in rest:
            table.settle(row, await client.reports.inquiry(message))

    async with AsyncBizgo(key, **options) as client:
        await asyncio.gather(*(work(client) for _ in range(at_a_time)))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--db", "--base-url", "--key-file"):
        parser.add_argument(name, required=True)
    parser.add_argument("--mode", choices=["sync", "async"], default="sync")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--no-limiter", action="store_true")
    given = parser.parse_args()
    options = {"base_url": given.base_url, "rate_limit": None if given.no_limiter else RateLimit(other=5)}
    key = Path(given.key_file).read_text().strip()
    table = Table(given.db)
    if given.mode == "sync":
        one_by_one(table, key, options)
    else:
        asyncio.run(many(table, key, options, given.concurrency))


if __name__ == "__main__":
    main()
