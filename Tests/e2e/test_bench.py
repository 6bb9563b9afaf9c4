"""What the benchmark (deploy/bench) claims of rows and of requests' times is only as good as its judgement."""
import sqlite3
import sys
from pathlib import Path

import pytest

from harness import Simulator, ago

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

from messages import ENDS, Messages, judge, write  # noqa: E402
from stage import excess  # noqa: E402
from tables import TableFile  # noqa: E402

FEW = Messages(sends=7, recipients=13, hours=5)


@pytest.fixture
def table(tmp_path):
    return TableFile(tmp_path / "db")


def settled(table: TableFile):
    """The rows as they must become, by SQL."""
    write(table, FEW, ago())
    connection = sqlite3.connect(table.path)
    for number, key in enumerate(FEW.keys()):
        status, codes = ENDS[FEW.outcome(number)]
        code = min(codes)
        text = None if status == "SENT" else f"[{code}] recipient: gone"
        connection.execute("UPDATE notification_history SET status = ?, report_code = ?, error_message = ? "
                           "WHERE external_id = ?", (status, code, text, key))
    connection.commit()
    return connection


def test_simulator_and_script_make_the_same_messages():
    simulator, now = Simulator(), ago()
    try:
        assert simulator.control("generate", FEW.description(now))["loaded"] == FEW.count
        plans = simulator.control("messages")
    finally:
        simulator.stop()
    assert [plan["msgKey"] for plan in plans] == list(FEW.keys())
    assert [plan["outcome"] for plan in plans] == [FEW.outcome(number) for number in range(FEW.count)]
    described = FEW.description(now)
    assert plans[0]["acceptedAt"] == described["from"]
    assert plans[-1]["acceptedAt"] == described["from"] + (described["until"] - described["from"]) * 6 // 7


def test_right_rows_are_right(table):
    settled(table).close()
    assert judge(table, FEW) == "all right"


@pytest.mark.parametrize("change", [
    "status = 'DEAD_LETTER' WHERE status = 'SENT' AND id = 1", "report_code = '64016' WHERE id = 1",
    "error_message = '[10000] x' WHERE id = 1", "error_message = NULL WHERE id = 18", "status = 'SENT' WHERE id = 18",
])
def test_a_wrong_row_is_found(table, change):
    connection = settled(table)
    assert connection.execute(f"UPDATE notification_history SET {change}").rowcount == 1
    connection.commit()
    connection.close()
    assert judge(table, FEW) == "90 right, 0 unsettled, 1 WRONG"


def test_rows_not_settled_or_missing_are_told(table):
    connection = settled(table)
    connection.execute("UPDATE notification_history SET status = 'PENDING' WHERE id IN (2, 3)")
    connection.execute("DELETE FROM notification_history WHERE id = 4")
    connection.commit()
    connection.close()
    assert judge(table, FEW) == "88 right, 2 unsettled, 1 WRONG"


@pytest.mark.parametrize("arrivals, above", [
    ([0, 0, 0, 0], 0), ([0, 0, 0, 0, 0], 1), ([0, 0, 0, 0, 250], 0), ([0, 0, 0, 0, 200, 500], 0.2),
    ([n * 250 for n in range(100)], -3), ([0, *[10_000 + n for n in range(5)]], 1),
])
def test_requests_above_the_limit_are_found(arrivals, above):
    assert excess(arrivals, rate=4, burst=4) == pytest.approx(above, abs=0.02)
