"""Whose rows are asked about, and from when a message's age counts: other channels' rows, reserved messages, messages
sent again in the same row, dead letters whose 30 days are over."""
import json
from datetime import datetime, timedelta

import pytest

from harness import World, ago, delivered, failed, in_flight, iso, wait_for

OURS = {"service_types": ["ALIMTALK"]}


def add(world, key, service_type, *entries, accepted=None, status="PENDING", at_provider=True):
    world.add(key, *entries, accepted=accepted, status=status, at_provider=at_provider)
    world.execute("UPDATE notification_history SET service_type = ? WHERE external_id = ?", service_type, key)


def foreign_rows(world):
    return [tuple(row) for row in world.query(
        "SELECT * FROM notification_history WHERE service_type IS NOT 'ALIMTALK' ORDER BY id")]


def traces(world, key):
    return sum(world.query(f"SELECT count(*) FROM {table} WHERE message_key = ?", key)[0][0]
               for table in ("reconciler_message", "reconciler_audit", "reconciler_report"))


def asked(world, *endpoints):
    found = world.simulator.stats()["requests"]
    return sum(sum(found.get(endpoint, {}).values()) for endpoint in endpoints or found)


# Other channels' rows


def mixed_table(world):
    add(world, "OURS000001", "ALIMTALK", delivered())
    add(world, "OURS000002", "ALIMTALK", failed("64016"))
    add(world, "OURS000003", "ALIMTALK", accepted=ago(hours=80))
    add(world, "MAIL000001", "EMAIL", accepted=ago(hours=100), at_provider=False)
    add(world, "PUSH000001", "PUSH", accepted=ago(days=31), at_provider=False)
    add(world, "NULL000001", None, accepted=ago(hours=90), at_provider=False)
    add(world, "MAIL000002", "EMAIL", accepted=ago(hours=100), status="DEAD_LETTER", at_provider=False)
    add(world, "MAIL000003", "EMAIL", accepted=ago(hours=100), status="SENT", at_provider=False)


@pytest.mark.parametrize("index", [False, True])
def test_nothing_is_asked_written_or_alerted_about_other_channels(world, index):
    world.write_config(store=OURS | {"create_index": index})
    mixed_table(world)
    before = foreign_rows(world)
    dry = world.once("--dry-run")
    summary = world.once()
    for told in (dry, summary):
        assert (told["due"], told["sent"]) == (3, 1)
        assert told["dead_letter"] == {"reported": 1, "stale": 1, "uncertain": 0, "unverifiable": 0}
    assert foreign_rows(world) == before
    assert [traces(world, row[1]) for row in before] == [0] * 5
    examples = {key for alert in world.sink.received for key in alert["examples"]}
    assert examples == {"OURS000002", "OURS000003"}
    assert world.once()["requests"] == 0


def test_other_channels_are_not_counted_or_listed(world):
    metrics, page = world.folder / "m.prom", world.folder / "page.html"
    world.write_config(store=OURS, metrics={"textfile": str(metrics)}, status_page={"file": str(page)},
                       alerts={"backlog_above": 1, "pending_aging_after": "2h"})
    mixed_table(world)
    add(world, "OURS000004", "ALIMTALK", in_flight())
    daemon = world.start()
    # The first cycle may have ended before it came to all rows.
    wait_for(lambda: metrics.exists() and 'bizgo_reconciler_messages{status="pending"} 1\n' in metrics.read_text(),
             what="all to be settled")
    daemon.stop()
    status = world.status()
    assert status["messages"] == {"pending": 1, "sent": 1, "dead_letter": 2} | {
        key: value for key, value in status["messages"].items() if key not in ("pending", "sent", "dead_letter")}
    assert status["dead_letter_by_reason"]["other"] == 0
    assert 3500 < status["oldest_pending_age_seconds"] < 3700
    assert not {"Backlog", "PendingAging"} & set(world.sink.names())
    assert 'bizgo_reconciler_messages{status="pending"} 1\n' in metrics.read_text()
    listed = json.loads(world.run("list", "--json").stdout)
    assert sorted(row["msg_key"] for row in listed) == [f"OURS00000{number}" for number in range(1, 5)]
    assert {row["msg_key"] for row in json.loads(world.run("list", "--json", "--status", "dead_letter").stdout)} \
        == {"OURS000002", "OURS000003"}
    assert world.run("check", "--offline").stdout.count("service_type") == 0


def test_a_question_about_another_channels_row_is_answered_with_whose_it_is(world):
    world.write_config(store=OURS)
    mixed_table(world)
    world.once()
    before = foreign_rows(world)
    assert "its service type EMAIL is none of store.service_types" in world.run("explain", "MAIL000001").stdout
    assert json.loads(world.run("explain", "NULL000001", "--json").stdout)["turn"] == "not_ours"
    assert "its service type EMAIL is none of store.service_types" in world.run("show", "MAIL000001").stdout
    assert json.loads(world.run("show", "MAIL000001", "--json").stdout)["is_ours"] is False
    assert json.loads(world.run("show", "OURS000001", "--json").stdout)["is_ours"] is True
    refused = world.run("requeue", "MAIL000002", expect=1)
    assert "store.service_types" in refused.stderr and "MAIL000002" in refused.stderr
    assert foreign_rows(world) == before


def test_rows_that_were_asked_about_before_the_key_was_set_are_let_go(world):
    add(world, "OURS000001", "ALIMTALK", in_flight())
    add(world, "MAIL000001", "EMAIL", in_flight())
    add(world, "MAIL000002", "EMAIL", accepted=ago(hours=80))
    add(world, "MAIL000003", "EMAIL", failed("64016"))
    assert world.once()["due"] == 4, "without the key all rows are ours"
    world.execute("UPDATE reconciler_message SET next_ask_at = 1 WHERE next_ask_at IS NOT NULL")
    world.write_config(store=OURS)
    world.simulator.load([{"msgKey": f"MAIL00000{number}", "acceptedAt": iso(ago(hours=1)), "entries": [delivered()]}
                          for number in (1, 2, 3)])
    before = foreign_rows(world)
    summary = world.once()
    assert (summary["due"], summary["requests"], summary["late"]) == (1, 1, 0)
    assert world.run("requeue", "--reason", "stale").stdout.startswith("0 messages are pending again")
    assert foreign_rows(world) == before
    assert [row[0] for row in world.query("SELECT message_key FROM reconciler_message")] == ["OURS000001"]


def test_a_listing_settles_only_our_rows(world):
    """What the provider lists of the whole account: also of services that are not ours to settle."""
    world.write_config(store=OURS)
    world.add_many([(f"OURS{number:05d}A01", [delivered()]) for number in range(400)])
    world.execute("UPDATE notification_history SET service_type = 'ALIMTALK'")
    world.add_many([(f"TEXT{number:05d}A01", [delivered("SMS")]) for number in range(400)])
    world.execute("UPDATE notification_history SET service_type = 'SMS' WHERE service_type IS NULL")
    summary = world.once()
    assert (summary["due"], summary["sent"]) == (400, 400)
    assert asked(world, "history") > 0 and summary["requests"] < 60
    counts = world.query("SELECT service_type, status, count(*) FROM notification_history GROUP BY 1, 2 ORDER BY 1")
    assert [tuple(row) for row in counts] == [("ALIMTALK", "SENT", 400), ("SMS", "PENDING", 400)]


def test_a_polled_report_about_another_channels_row_changes_nothing(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    try:
        world.write_config(api={"report_method": "polling"}, store=OURS)
        for number, (kind, entry) in enumerate([("ALIMTALK", delivered()), ("SMS", delivered("SMS")),
                                                ("SMS", failed("64016", service="SMS"))], 1):
            key = f"POLLED000{number}"
            add(world, key, kind, accepted=ago(seconds=5), at_provider=False)
            world.simulator.load([{"msgKey": key, "acceptedAt": iso(ago(seconds=5)), "entries": [entry],
                                   "announce": True}])
        assert world.once()["sent"] == 1
        assert [row["status"] for row in world.query("SELECT status FROM notification_history ORDER BY id")] \
            == ["SENT", "PENDING", "PENDING"]
        assert [traces(world, f"POLLED000{number}") for number in (2, 3)] == [0, 0]
        assert world.sink.received == []
    finally:
        world.stop()


def test_what_other_channels_settle_does_not_hide_a_webhook_gap(world):
    world.write_config(store=OURS, alerts={"webhook_gap": {"share": 0.5, "at_least": 10, "window": "1h"}})
    world.add_many([(f"LOST{number:04d}A01", [delivered()]) for number in range(12)])
    world.execute("UPDATE notification_history SET service_type = 'ALIMTALK'")
    world.add_many([(f"MAIL{number:04d}A01", []) for number in range(30)], ago(minutes=1), "SENT", at_provider=False)
    world.once()
    assert "WebhookGap" in world.sink.names()


def test_check_tells_of_other_service_types(world):
    add(world, "OURS000001", "ALIMTALK", at_provider=False)
    add(world, "OURS000002", "sms", at_provider=False)
    add(world, "NULL000001", None, at_provider=False)
    add(world, "MAIL000009", "EMAIL", status="SENT", at_provider=False)
    assert "service_type" not in world.run("check", "--offline").stdout
    for number in range(3):
        add(world, f"MAIL00000{number}", "EMAIL", at_provider=False)
    add(world, "PUSH000001", "PUSH", at_provider=False)
    for index in (False, True):
        world.write_config(store={"create_index": index})
        if index:
            world.once()
        note, = [line for line in world.run("check", "--offline").stdout.splitlines() if "service_type" in line]
        assert note.startswith("note ") and "EMAIL (3), PUSH (1)" in note and "store.service_types" in note
    world.write_config(store={"service_types": ["ALIM_TALK"]})
    note, = [line for line in world.run("check", "--offline").stdout.splitlines() if "service_type" in line]
    assert "none of the newest 8 rows" in note and "ALIM_TALK" in note and "EMAIL (4)" in note
    world.write_config(store={"service_types": ["ALIMTALK", "sms"]})
    assert "service_type" not in world.run("check", "--offline").stdout


@pytest.mark.parametrize("store", [{"service_types": []}, OURS | {"columns": {"service_type": None}}])
def test_service_types_that_mean_nothing_are_refused(world, store):
    world.write_config(store=store)
    error = world.run("check", "--offline", expect=78).stderr
    assert "store.service_types" in error
    if "columns" in store:
        assert "store.columns.service_type" in error


# Reserved messages


@pytest.fixture
def reserving(world):
    world.execute("ALTER TABLE notification_history ADD COLUMN leaves_at TEXT")
    world.write_config(store={"columns": {"scheduled_at": "leaves_at"}})
    return world


def reserve(world, key, leaves_at, *entries, accepted=None, at_provider=False):
    world.add(key, *entries, accepted=accepted or ago(hours=100), at_provider=at_provider)
    world.execute("UPDATE notification_history SET leaves_at = ? WHERE external_id = ?",
                  iso(leaves_at) if isinstance(leaves_at, datetime) else leaves_at, key)


def test_a_reserved_message_ages_from_when_it_is_to_leave(reserving):
    world = reserving
    reserve(world, "FUTURE0001", ago(hours=-48))
    reserve(world, "FUTURE0002", ago(days=-300))
    reserve(world, "YOUNG00001", ago(minutes=5))
    reserve(world, "LEFT000001", ago(hours=1), delivered(), at_provider=True)
    reserve(world, "LEFT000002", ago(hours=1), at_provider=True)
    reserve(world, "OLD0000001", ago(hours=80))
    reserve(world, "EARLIER001", ago(hours=200), accepted=ago(hours=1))
    reserve(world, "NOTIME0001", "soon")
    for number, empty in enumerate([None, "", " ", "0000-00-00 00:00:00", "0"]):
        reserve(world, f"EMPTY0000{number}", empty)
    result = world.run("once", "--json")
    summary = json.loads(result.stdout)
    assert "message.future_time" not in result.stderr
    assert summary["due"] == 10 and summary["sent"] == 1
    stale = {row["external_id"] for row in world.query(
        "SELECT external_id FROM notification_history WHERE status = 'DEAD_LETTER'")}
    assert stale == {"OLD0000001"} | {f"EMPTY0000{number}" for number in range(5)}
    assert summary["still_pending"] == 3, "LEFT000002, EARLIER001 and the one whose time nobody can read"
    assert world.once()["due"] == 0
    reserve(world, "FUTURE0003", ago(days=-400))
    told, = [line for line in world.run("once").stdout.splitlines() if "message.future_time" in line]
    assert "FUTURE0003" in told and "FUTURE0002" not in told
    left = ago(hours=1) + timedelta(hours=72)
    told = json.loads(world.run("explain", "LEFT000002", "--json").stdout)
    assert abs(datetime.fromisoformat(told["given_up_at"]) - left) < timedelta(minutes=5)
    explained = world.run("explain", "FUTURE0001").stdout
    assert "for which it is reserved" in explained and "left to its webhook" in explained
    shown = world.run("show", "FUTURE0001").stdout
    assert "reserved for" in shown and "counts from" in shown
    assert json.loads(world.run("show", "FUTURE0001", "--json").stdout)["scheduled_at"]
    assert "oldest" in world.run("status").stdout and world.status()["oldest_pending_age_seconds"] < 2 * 3600 + 60


def test_a_reserved_message_is_not_settled_by_a_listing_before_its_time(reserving):
    world = reserving
    reserve(world, "FUTURE0001", ago(hours=-48))
    world.simulator.load([{"msgKey": "FUTURE0001", "acceptedAt": iso(ago(hours=79)), "entries": []}])
    world.add_many([(f"SWEPT{number:05d}A01", [delivered()]) for number in range(400)], accepted=ago(hours=80))
    assert world.once()["sent"] == 400 and asked(world, "history") > 0
    assert world.row("FUTURE0001")["status"] == "PENDING" and traces(world, "FUTURE0001") == 0


def test_a_reserved_dead_letter_is_watched_for_30_days_from_its_departure(reserving):
    world = reserving
    reserve(world, "WATCHED001", ago(days=5), accepted=ago(days=40))
    assert world.once()["dead_letter"]["stale"] == 1
    world.execute("UPDATE reconciler_message SET next_ask_at = 1")
    world.simulator.load([{"msgKey": "WATCHED001", "acceptedAt": iso(ago(days=5)), "entries": [delivered()]}])
    assert world.once()["late"] == 1 and world.row("WATCHED001")["status"] == "SENT"


def test_oldest_pending_is_seen_behind_a_thousand_reserved_messages(reserving):
    world = reserving
    world.write_config(alerts={"pending_aging_after": "2h"})
    world.add_many([(f"FUTURE{number:05d}", []) for number in range(1100)], accepted=ago(hours=50), at_provider=False)
    world.execute("UPDATE notification_history SET leaves_at = ?", iso(ago(days=-30)))
    world.add("AGING00001", in_flight(), accepted=ago(hours=3))
    assert world.once()["due"] == 1
    assert [alert["examples"] for alert in world.sink.of("PendingAging")] == [[]]


# Sent again in the same row


def send_again(world, old, new, **columns):
    assignments = "".join(f", {name} = ?" for name in columns)
    world.execute(f"UPDATE notification_history SET external_id = ?, status = 'PENDING'{assignments} "
                  "WHERE external_id = ?", new, *columns.values(), old)


def make_due(world, key):
    world.execute("UPDATE reconciler_message SET next_ask_at = 1 WHERE message_key = ?", key)


ENDS = {"tracked": [in_flight()], "given_up": [], "failed": [failed("64016")], "sent": [delivered()]}


@pytest.mark.parametrize("end", ENDS)
def test_a_row_in_which_was_sent_again_counts_from_when_its_new_key_was_first_seen(world, end):
    is_old = end != "tracked"
    world.add("OLD0000001", *ENDS[end], accepted=ago(hours=80 if is_old else 1))
    assert world.once()["due"] == 1
    send_again(world, "OLD0000001", "NEW0000001", created_at=iso(ago(hours=80)))

    def image():
        return [tuple(row) for table in ("reconciler_message", "reconciler_audit", "notification_history")
                for row in world.query(f"SELECT * FROM {table}")]

    before = image()
    explained = world.run("explain", "NEW0000001").stdout
    dry = world.run("once", "--dry-run", "--json")
    assert json.loads(dry.stdout)["due"] == 0 and "event=message.sent_again" in dry.stderr
    assert image() == before and "the next cycle, as its row had another msgKey before" in explained
    questions = asked(world)
    first = world.once()
    assert (first["due"], first["requests"], first["still_pending"]) == (0, 0, 0) and asked(world) == questions
    assert world.row("NEW0000001")["status"] == "PENDING"
    assert [row[0] for row in world.query("SELECT message_key FROM reconciler_message")] == ["NEW0000001"], \
        "what was known of the old key is forgotten"
    assert world.once()["due"] == 0, "it is left to its webhook"
    explained = json.loads(world.run("explain", "NEW0000001", "--json").stdout)
    assert timedelta(minutes=8) < datetime.fromisoformat(explained["at"]) - ago() < timedelta(minutes=12)
    assert "left to its webhook" in world.run("explain", "NEW0000001").stdout
    assert "when this msgKey was first seen in its row" in world.run("show", "NEW0000001").stdout
    # Ten minutes later it is asked about, and not given up; 73 hours later it is.
    make_due(world, "NEW0000001")
    assert world.once()["still_pending"] == 1
    make_due(world, "NEW0000001")
    world.execute("UPDATE reconciler_message SET first_seen_at = first_seen_at - 73 * 3600000")
    assert world.once()["dead_letter"]["stale"] == 1


def test_a_requeued_row_keeps_the_time_its_key_was_first_seen(world):
    world.add("OLD0000001", failed("64016"), accepted=ago(hours=80))
    world.once()
    send_again(world, "OLD0000001", "NEW0000001")
    world.simulator.load([{"msgKey": "NEW0000001", "acceptedAt": iso(ago()), "entries": [failed("64016")]}])
    world.once()
    make_due(world, "NEW0000001")
    assert world.once()["dead_letter"]["reported"] == 1
    world.simulator.load([{"msgKey": "NEW0000001", "acceptedAt": iso(ago()), "entries": [in_flight()]}])
    world.run("requeue", "NEW0000001")
    assert world.once()["still_pending"] == 1


def test_a_row_that_was_given_a_new_time_counts_by_that(world):
    """The application has written `created_at`, too: a message as any other."""
    world.add("OLD0000001", failed("64016"), accepted=ago(hours=80))
    world.once()
    hour = 3_600_000
    world.execute("UPDATE reconciler_message SET noted_at = noted_at - ?, settled_at = settled_at - ?", hour, hour)
    world.execute("UPDATE reconciler_audit SET at = at - ?", hour)
    send_again(world, "OLD0000001", "NEW0000001", created_at=iso(ago(minutes=20)))
    summary = world.once()
    assert (summary["due"], summary["still_pending"]) == (1, 1)


def test_a_listing_does_not_give_up_what_was_sent_again(world):
    world.add("OLD0000001", failed("64016"), accepted=ago(hours=80))
    world.once()
    send_again(world, "OLD0000001", "NEW0000001")
    world.simulator.load([{"msgKey": "NEW0000001", "acceptedAt": iso(ago(hours=79)), "entries": [in_flight()]}])
    world.add_many([(f"SWEPT{number:05d}A01", [in_flight()]) for number in range(400)], accepted=ago(hours=80))
    summary = world.once()
    assert summary["due"] == 400 and summary["dead_letter"]["stale"] == 400 and asked(world, "history") > 0
    assert world.row("NEW0000001")["status"] == "PENDING"
    assert world.query("SELECT first_seen_at FROM reconciler_message WHERE message_key = 'NEW0000001'")[0][0]


def test_a_polled_report_that_leaves_a_new_key_open_does_not_make_it_old(tmp_path):
    world = World(tmp_path, "--report-method", "polling")
    try:
        world.write_config(api={"report_method": "polling"})
        world.add("OLD0000001", failed("64016"), accepted=ago(hours=80))
        world.once()
        send_again(world, "OLD0000001", "NEW0000001")
        world.simulator.load([{"msgKey": "NEW0000001", "acceptedAt": iso(ago(hours=1)),
                               "entries": [failed("63005", "?")], "announce": True}])
        world.once()
        make_due(world, "NEW0000001")
        assert world.once()["dead_letter"] == {"reported": 0, "stale": 0, "uncertain": 0, "unverifiable": 0}
        assert world.row("NEW0000001")["status"] == "PENDING"
    finally:
        world.stop()


# Dead letters whose 30 days are over


def given_up_long_ago(world, count=1):
    """Stale dead letters still to be asked about daily, as an older release has left them; more than 30 days old."""
    keys = [f"GONE{number:05d}A01" for number in range(count)]
    world.add_many([(key, []) for key in keys], accepted=ago(days=28))
    assert world.once()["dead_letter"]["stale"] == count
    world.execute("UPDATE notification_history SET created_at = ?", iso(ago(days=31)))
    world.execute("UPDATE reconciler_message SET next_ask_at = 1")
    assert world.query("SELECT count(*) FROM reconciler_message WHERE next_ask_at = 1")[0][0] == count
    return keys


@pytest.mark.parametrize("rejected", [False, True])
def test_a_dead_letter_whose_30_days_are_over_is_not_asked_about(world, rejected):
    key, = given_up_long_ago(world)
    if rejected:
        world.simulator.faults({"kind": "service_code", "code": "A400", "status": 400})
    explained = world.run("explain", key).stdout
    before = asked(world)
    for words in (["--dry-run"], [], []):
        assert world.once(*words)["requests"] == 0
    assert asked(world) == before
    assert "its window has closed" in explained
    assert world.row(key)["status"] == "DEAD_LETTER"
    assert json.loads(world.run("show", key, "--json").stdout)["next_attempt_at"] is None
    assert world.query("SELECT reason, next_ask_at FROM reconciler_message")[0][:] == ("stale", None), \
        "why it is a dead letter is kept"


def test_many_of_them_are_not_asked_about_either(world):
    given_up_long_ago(world, 400)
    before = asked(world)
    assert world.once()["requests"] == 0 and asked(world) == before
    assert world.status()["dead_letter_by_reason"]["stale"] == 400


def test_a_rejected_question_about_a_watched_dead_letter_is_not_repeated_past_its_window(world):
    world.add("WATCHED001", accepted=ago(days=28))
    world.once()
    world.execute("UPDATE notification_history SET created_at = ?", iso(ago(days=29, hours=23, minutes=55)))
    make_due(world, "WATCHED001")
    world.add("OTHER00001", delivered())
    world.simulator.faults({"kind": "service_code", "code": "A400", "status": 400, "match": "WATCHED001"})
    summary = world.once(expect=None)
    assert summary["sent"] == 1 and summary["requests"] > 1
    assert world.query("SELECT next_ask_at FROM reconciler_message")[0][0] is None


def test_a_requeued_one_is_another_matter(world):
    key, = given_up_long_ago(world)
    world.run("requeue", key)
    assert world.once()["due"] == 1
