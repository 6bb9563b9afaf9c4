"""Real drivers write rows, the reconciler settles them, and the drivers read them again: `.build/drivers.txt` is the
table of what came of it."""
import fcntl
import json
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import drivers
from harness import KST, ROOT, ago, delivered, failed, in_flight, iso

# Case → store.time_format, store.time_zone, and what a time looks like that the driver writes.
CASES = {
    "sqlite3-naive": ("iso8601", "Asia/Seoul", "####-##-## ##:##:##.######"),
    "sqlite3-aware": ("iso8601", "Asia/Seoul", "####-##-## ##:##:##.######+##:##"),
    "sqlalchemy": ("iso8601", "Asia/Seoul", "####-##-## ##:##:##.######"),
    "django-local": ("iso8601", "Asia/Seoul", "####-##-## ##:##:##.######"),
    "django-utc": ("iso8601", "Z", "####-##-## ##:##:##.######"),
    "jdbc-milliseconds": ("unix_ms", "Asia/Seoul", "#############"),
    "jdbc-seconds": ("unix", "Asia/Seoul", "##########"),
    "jdbc-text": ("iso8601", "Asia/Seoul", "####-##-## ##:##:##.###"),
}


def missing_for(case: str) -> str | None:
    if not case.startswith("jdbc"):
        return None
    if not shutil.which("java"):
        return "no java: install default-jre-headless"
    if not any((root / drivers.JAR).exists() for root in (drivers.TOOLS, Path("/"))):
        return "no libxerial-sqlite-jdbc-java, neither in .build/tools nor installed"
    return None


def note(case: str, form: str, result: str):
    """One line a case, whoever else writes at the same time."""
    path = ROOT / ".build/drivers.txt"
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = {line.split()[0]: line for line in file.read().splitlines() if line}
        lines[case] = f"{case:18} {form:33} {result}"
        file.truncate(0)
        file.write("".join(lines[name] + "\n" for name in CASES if name in lines))


def shape(value) -> str:
    return re.sub(r"\d", "#", str(value))


class Application:
    """A process that writes with one driver, and reads when asked to."""

    def __init__(self, case: str, database: Path):
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "Tests/e2e/drivers.py", case, database], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "written\n", self.process.communicate()[1]

    def read(self) -> list[list]:
        out, error = self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0, "the driver cannot read its rows: " + error.strip().splitlines()[-1]
        return json.loads(out)


@pytest.mark.parametrize("case", CASES)
def test_a_driver_reads_what_is_written_beside_its_own_times(world, case):
    if reason := missing_for(case):
        note(case, "-", f"skipped: {reason}")
        pytest.skip(reason)
    time_format, zone, form = CASES[case]
    world.write_config(store={"time_format": time_format, "time_zone": zone})
    world.execute("DROP TABLE notification_history")
    world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=2)), "entries": entries} for key, entries in
                          [("DRV0000SENT", [delivered()]), ("DRV0000DEAD", [failed()]), ("DRV0000OPEN", [in_flight()])]])
    application = Application(case, world.database)
    try:
        before = {row["external_id"]: row["created_at"] for row in world.query("SELECT * FROM notification_history")}
        assert {shape(value) for value in before.values()} == {form}, "what the driver writes"
        started = datetime.now(timezone.utc) - timedelta(seconds=1.5)
        summary = world.once()
        assert (summary["due"], summary["sent"], summary["dead_letter"]["reported"]) == (3, 1, 1)
        rows = application.read()
        written = world.query("SELECT updated_at, typeof(updated_at), typeof(created_at) FROM notification_history"
                              " WHERE status != 'PENDING'")
        assert {shape(row[0]) for row in written} == {form}, "what is written beside it"
        assert all(row[1] == row[2] for row in written)
        assert [row[0] for row in rows][0] == "DRV0000OPEN" and rows[-1][0] == "DRV000LATER", "in the order of time"
        local = timezone.utc if zone == "Z" else KST
        for key, status, created, updated in rows:
            if key not in ("DRV0000SENT", "DRV0000DEAD"):
                continue
            assert status == ("SENT" if key == "DRV0000SENT" else "DEAD_LETTER")
            created, updated = datetime.fromisoformat(created), datetime.fromisoformat(updated)
            assert (created.tzinfo is None) == (updated.tzinfo is None), "of one kind"
            moment = updated if updated.tzinfo else updated.replace(tzinfo=local)
            assert started <= moment <= datetime.now(timezone.utc)
    except AssertionError as error:
        note(case, form, "FAILED: " + str(error).splitlines()[0][:120])
        raise
    finally:
        application.process.kill()
        application.process.wait(10)
    note(case, form, "read again: " + str(written[0][0]))
