"""A status column of numbers, of an ENUM, of any collation: everything says and does what it does with plain TEXT."""
import json
import re

import pytest

from harness import World, ago, delivered, failed, in_flight, iso

NUMBERS = ["0", "1", "2"]
WORDS = ["PENDING", "SENT", "DEAD_LETTER"]
TEXT = ("TEXT NOT NULL DEFAULT 'PENDING'", "", WORDS, WORDS)
# The column, what follows the table's columns, the words as configured, and as the application writes them.
COLUMNS = {
    "integer": ("INTEGER NOT NULL DEFAULT 0", "", NUMBERS, [0, 1, 2]),
    "strict-int": ("INT NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2))", "STRICT", NUMBERS, [0, 1, 2]),
    "enum-of-digits": ("ENUM NOT NULL DEFAULT '0' CHECK (status IN ('0', '1', '2'))", "", NUMBERS, ["0", "1", "2"]),
    "decimal": ("DECIMAL(1, 0) NOT NULL DEFAULT 0", "", NUMBERS, [0, 1, 2]),
    "check": ("VARCHAR(11) NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'DEAD_LETTER'))", "",
              WORDS, WORDS),
    "nocase": ("TEXT COLLATE NOCASE NOT NULL DEFAULT 'Pending'", "", WORDS, ["Pending", "Sent", "Dead_Letter"]),
    "blob": ("BLOB NOT NULL DEFAULT 'PENDING'", "", WORDS, WORDS),
    "untyped": ("NOT NULL DEFAULT 'PENDING'", "", WORDS, WORDS),
}


def life(world, column, index: str | None) -> list:
    """What is told of a table at each step of its life, without times and without its own words."""
    definition, suffix, words, written = column
    world.execute("DROP TABLE notification_history")
    world.execute(f"""
        CREATE TABLE notification_history (
            id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status {definition}, service_type TEXT,
            report_code TEXT, error_message TEXT, created_at TEXT NOT NULL, updated_at TEXT) {suffix}""")
    if index:
        world.execute(f"CREATE INDEX theirs ON notification_history {index}")
    world.write_config(store={"statuses": dict(zip(["pending", "sent", "dead_letter"], words))})

    def add(key, *entries, status=0, **age):
        world.execute("INSERT INTO notification_history (external_id, status, created_at) VALUES (?, ?, ?)",
                      key, written[status], iso(ago(**age)))
        world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(**age)), "entries": list(entries)}])

    add("TYPEDONE001", delivered(), hours=2)
    add("TYPEDEAD001", failed("64016"), hours=2)
    add("TYPEGONE001", hours=80)
    add("TYPEGONE002", hours=81)
    add("TYPEOPEN001", in_flight(), hours=2)
    add("TYPEYOUNG01", in_flight(), minutes=1)
    add("TYPETHEIR01", status=2, hours=2)
    add("TYPETHEIR02", status=1, hours=2)
    seen = []

    def role(word):
        return {str(text).lower(): name for text, name in zip(written + words, WORDS * 2)}[str(word).lower()]

    def look():
        status = world.status()
        seen.append([status["messages"], status["dead_letter_by_reason"], [
            (alert["name"], alert["count"]) for alert in status["alerts"]]])
        text = world.run("status").stdout
        seen.append([line for line in text.splitlines() if line.startswith(("messages", "dead letters"))])
        for words in ([], ["--status", "pending"], ["--status", "sent"], ["--status", "dead_letter"],
                      *(["--reason", reason] for reason in ("reported", "stale", "uncertain", "unverifiable"))):
            listed = json.loads(world.run("list", "--json", *words).stdout)
            seen.append([words, [(row["msg_key"], role(row["status"]), row["reason"], row["report_code"],
                                  bool(row["next_attempt_at"])) for row in listed]])
        for key in ("TYPEGONE001", "TYPEOPEN001", "TYPETHEIR01"):
            shown = json.loads(world.run("show", key, "--json").stdout)
            seen.append([shown["reason"], shown["attempts"], [entry["to_status"] for entry in shown["timeline"]]])
        seen.append(json.loads(world.run("explain", "TYPEOPEN001", "--json").stdout)["by"])
        seen.append(re.sub(r"\(.*?\)", "", world.run("explain", "TYPEYOUNG01").stdout).split("next ")[1][:8])
        seen.append([(row[0], role(row[1])) for row in
                     world.query("SELECT external_id, status FROM notification_history ORDER BY external_id")])

    look()
    assert "has a status" not in world.run("check", "--offline").stdout
    seen.append({name: count for name, count in world.once("--dry-run").items() if name != "duration_ms"})
    seen.append({name: count for name, count in world.once().items() if name != "duration_ms"})
    look()
    seen.append(world.run("requeue", "--reason", "stale").stdout.splitlines()[-1])
    seen.append(world.run("requeue", "TYPETHEIR01", "TYPEDEAD001").stdout.splitlines()[-1])
    world.run("requeue", "TYPETHEIR02", expect=1)
    look()
    world.simulator.load([{"msgKey": "TYPEGONE001", "acceptedAt": iso(ago(hours=80)), "entries": [delivered()]}])
    seen.append({name: count for name, count in world.once().items() if name != "duration_ms"})
    look()
    return seen


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The life of a TEXT column, once for each index."""
    lives = {}

    def of(index):
        if index not in lives:
            world = World(tmp_path_factory.mktemp("plain"))
            try:
                lives[index] = life(world, TEXT, index)
            finally:
                world.stop()
        return lives[index]

    return of


@pytest.mark.parametrize("name, index", [(name, None) for name in COLUMNS] + [
    ("integer", "(status)"), ("integer", "(status, created_at)")])
def test_a_status_column_of_any_type(world, plain, name, index):
    found, expected = life(world, COLUMNS[name], index), plain(index)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one == other


def test_what_people_are_sent_to_is_there(world):
    """The alert says `list --reason stale`, and that is where the messages are."""
    world.execute("DROP TABLE notification_history")
    world.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status INTEGER "
                  "NOT NULL DEFAULT 0, service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, "
                  "updated_at TEXT)")
    world.write_config(store={"statuses": {"pending": "0", "sent": "1", "dead_letter": "2"}})
    world.execute("INSERT INTO notification_history (external_id, created_at) VALUES ('TYPESTALE1', ?)",
                  iso(ago(hours=80)))
    world.once()
    assert "list --reason stale" in world.sink.of("StaleMessages")[0]["summary"]
    assert "TYPESTALE1" in world.run("list", "--reason", "stale").stdout
    assert "dead letters  1 stale, 0 by others" in world.run("status").stdout
    assert world.query("SELECT status, typeof(status) FROM notification_history")[0][:] == (2, "integer")


def test_two_words_that_are_one_number(world):
    world.execute("DROP TABLE notification_history")
    world.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status INTEGER, "
                  "service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)")
    world.write_config(store={"statuses": {"pending": "0", "sent": "1", "dead_letter": "01"}})
    for words in (["check", "--offline"], ["once"]):
        assert "1 and 01 are one word to column status" in world.run(*words, expect=78).stderr
