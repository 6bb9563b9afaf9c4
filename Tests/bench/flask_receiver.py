"""A receiver of webhooks of the obvious kind: Flask, a connection and a transaction a request. The same row changes as
in the program, no audit, no memory, nothing confirmed. Run by gunicorn, with DATABASE in the environment."""
import os
import sqlite3
from datetime import datetime, timedelta, timezone

from flask import Flask, g, request

KST = timezone(timedelta(hours=9))
app = Flask(__name__)


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = sqlite3.connect(os.environ["DATABASE"], timeout=30)
    return g.database


@app.teardown_appcontext
def close(_):
    if "database" in g:
        g.pop("database").close()


@app.post("/webhook/bizgo/alimtalk")
def take():
    report = request.get_json()
    is_sent = report["reportCode"] == "10000"
    with database() as connection:
        connection.execute(
            "UPDATE notification_history SET status = ?, report_code = ?, error_message = ?, updated_at = ? "
            "WHERE external_id = ? AND status = 'PENDING'",
            ("SENT" if is_sent else "DEAD_LETTER", report["reportCode"], None if is_sent else report["reportText"],
             datetime.now(KST).isoformat(timespec="milliseconds"), report["msgKey"]))
    return {"msgKey": report["msgKey"]}
