"""The messages of a benchmark, by the formulas of the simulator's POST /_sim/generate, written down a second time:
what every row must become is known without asking any of our programs."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Iterator

from harness import KST, iso
from tables import Table

MIXED = ["delivered"] * 17 + ["failed", "fallback_delivered", "fallback_failed"]
# The status a row must end with and the report codes it may have; of two failed channels either may be named.
ENDS = {
    "delivered": ("SENT", {"10000"}),
    "fallback_delivered": ("SENT", {"10000"}),
    "failed": ("DEAD_LETTER", {"64016"}),
    "fallback_failed": ("DEAD_LETTER", {"64016", "23001"}),
}


@dataclass(frozen=True)
class Messages:
    """So many sends to so many recipients, evenly over the `hours` before `before` hours ago."""
    sends: int
    recipients: int
    hours: float
    outcomes: tuple[str, ...] = tuple(MIXED)
    before: float = 1
    prefix: str = "GEN"

    @property
    def count(self) -> int:
        return self.sends * self.recipients

    def description(self, now: datetime) -> dict:
        """The body of POST /_sim/generate."""
        until = int((now - timedelta(hours=self.before)).timestamp() * 1000)
        return {"sends": self.sends, "recipients": self.recipients, "prefix": self.prefix,
                "outcomes": list(self.outcomes), "from": until - int(self.hours * 3_600_000), "until": until}

    def keys(self) -> Iterator[str]:
        for number in range(self.count):
            yield f"{self.prefix}{number // self.recipients:09d}{number % self.recipients:03d}"

    @property
    def condition(self) -> str:
        """Of their rows."""
        return f"external_id > '{self.prefix}' AND external_id < '{self.prefix}:'"

    def rows(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Key and time of acceptance, as the application would have written them."""
        described = self.description(now)
        start, length = described["from"], described["until"] - described["from"]
        for send in range(self.sends):
            at = iso(datetime.fromtimestamp((start + length * send // self.sends) / 1000, KST))
            for recipient in range(self.recipients):
                yield f"{self.prefix}{send:09d}{recipient:03d}", at

    def outcome(self, number: int) -> str:
        return self.outcomes[number % len(self.outcomes)]


def write(table: Table, messages: Messages, now: datetime, pending: set[int] | None = None):
    """Adds the rows to a table: all PENDING, or only those with these numbers and the others SENT."""
    rows = messages.rows(now)
    if pending is None:
        table.add((key, "PENDING", None, at) for key, at in rows)
    else:
        table.add((key, "PENDING", None, at) if number in pending else (key, "SENT", "10000", at)
                  for number, (key, at) in enumerate(rows))


def judge(table: Table, messages: Messages, pending: set[int] | None = None) -> str:
    """Holds every row against what it must have become, and says so."""
    rows = dict((key, rest) for key, *rest in table.query(
        f"SELECT external_id, status, report_code, error_message FROM notification_history WHERE {messages.condition}"))
    wrong = unsettled = 0
    for number, key in enumerate(messages.keys()):
        if pending is not None and number not in pending:
            continue
        status, code, text = rows.get(key, (None, None, None))
        expected, codes = ENDS[messages.outcome(number)]
        if status == "PENDING":
            unsettled += 1
        elif status != expected or code not in codes or not _is_text_right(status, code, text):
            wrong += 1
    count = messages.count if pending is None else len(pending)
    if wrong or unsettled:
        return f"{count - wrong - unsettled:,} right, {unsettled:,} unsettled, {wrong:,} WRONG"
    return "all right"


def _is_text_right(status: str, code: str, text: str | None) -> bool:
    return text is None if status == "SENT" else (text or "").startswith(f"[{code}] ")
