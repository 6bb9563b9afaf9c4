"""The demo, as a newcomer starts it."""
import os
import re
import subprocess
from datetime import datetime

from harness import RECONCILER


def first(log: str, words: str) -> datetime:
    line = next((line for line in log.splitlines() if words in line), None)
    assert line, words
    return datetime.fromisoformat(re.search(r"ts=(\S+)", line)[1])


def test_the_demo_tells_the_story_in_under_two_minutes(tmp_path):
    result = subprocess.run([RECONCILER, "demo"], capture_output=True, text=True, timeout=120,
                            env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (result.returncode, result.stderr) == (0, "")
    folder, = tmp_path.iterdir()
    log = (folder / "daemon.log").read_text()
    started = first(log, "event=cycle.completed")
    for alert in ("FalseSent", "DeliveryCollapse"):
        fired = first(log, f"event=alert.fired alert={alert}")
        assert (fired - started).total_seconds() < 60, alert
        assert f"alert={alert}" in result.stdout
    # The rows are put right: what the account refuses is told by them, too, until it is restored.
    refused = first(log, "event=alert.fired alert=AccountRefused")
    assert refused > first(log, "event=alert.fired alert=FalseSent")
    for alert in ("AccountRefused", "FalseSent"):
        assert first(log, f"event=alert.resolved alert={alert}") > refused, alert
    ends = re.search(r"^dead letters +\d+: (\d+) reported, (\d+) stale, (\d+) uncertain", result.stdout, re.MULTILINE)
    assert [int(number) for number in ends.groups()] == [365, 11, 2], "300 and 40 refused, 25 without KakaoTalk"
    assert "event=message.late_report" in log
    assert "MissingRows" not in log, "every message has a row"
