"""The outcomes' table and the commands with the table at a database server: the tests of the file's, run on each."""
import json
import threading

import pytest

from harness import ago, delivered, failed, in_flight, wait_for
from servers import KINDS, server_world
from test_outcomes import (  # noqa: F401
    test_a_stale_message_that_failed_is_told_more_precisely,
    test_a_stale_message_that_was_delivered_is_a_late_report,
    test_all_failed_is_a_dead_letter_with_code_class_and_text,
    test_in_flight_stays_and_is_asked_again_later,
    test_not_yet_due_and_not_yet_accepted_are_left_alone,
    test_past_its_deadline_and_asked_since_is_stale,
    test_with_an_uncertain_last_word_it_is_uncertain,
)


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path) as world:
        yield world


def test_the_commands_tell_of_one_mixed_story(world):
    world.run("check")
    world.add("DELIVERED1", delivered())
    world.add("FAILED0001", failed("64016", "카카오톡 미사용자"))
    world.add("REFUSED001", failed("64008", "권한 없음"))
    world.add("STALE00001", accepted=ago(hours=73))
    world.add("UNCERTAIN1", failed("63005", "?"), accepted=ago(hours=73))
    world.add("OPEN000001", in_flight())
    summary = world.once()
    assert (summary["due"], summary["sent"], summary["still_pending"]) == (6, 1, 1)
    assert summary["dead_letter"] == {"reported": 2, "stale": 1, "uncertain": 1, "unverifiable": 0}
    assert set(world.sink.names()) == {"AccountRefused", "DeadLetters", "StaleMessages"}

    status = world.status()
    assert status["messages"] == {"pending": 1, "sent": 1, "dead_letter": 4}
    assert (status["role"], status["last_cycle"]["result"]) == ("none", "ok")
    world.run("status", "--check", expect=2)
    listed = [message["msg_key"] for message in json.loads(world.run("list", "--json").stdout)
              if message["status"] == "DEAD_LETTER"]
    assert sorted(listed) == ["FAILED0001", "REFUSED001", "STALE00001", "UNCERTAIN1"]
    assert [entry["to_status"] for entry in json.loads(world.run("show", "FAILED0001", "--json").stdout)["timeline"]] \
        == ["dead_letter"]
    assert json.loads(world.run("explain", "OPEN000001", "--json").stdout)["turn"]
    for command in ("show", "explain", "requeue"):
        world.run(command, "NOBODY0001", expect=1)

    world.run("ack", "AccountRefused")
    acked = {alert["name"]: alert["acked"] for alert in world.status()["alerts"]}
    assert acked["AccountRefused"] and not acked["DeadLetters"]

    world.run("requeue", "STALE00001")
    row = world.row("STALE00001")
    assert (row["status"], row["report_code"], row["error_message"]) == ("PENDING", None, None)


def test_nobodys_result_is_overwritten_where_a_webhook_was_faster(world):
    world.add_many([("RACE000001", [failed()]), ("RACE000002", [delivered()]), ("RACE000003", [delivered()])])
    # Long enough to be faster on a busy machine.
    world.write_config(api={"timeout": "30s"})
    world.simulator.faults({"kind": "delay", "delay_ms": 6000})

    def webhook():
        wait_for(lambda: world.simulator.stats()["total"] > 0, what="a question")
        world.execute("UPDATE notification_history SET status = 'SENT', report_code = '10000' "
                      "WHERE external_id IN ('RACE000001', 'RACE000002')")
        world.execute("UPDATE notification_history SET status = 'DEAD_LETTER', report_code = '64016', "
                      "error_message = 'by webhook' WHERE external_id = 'RACE000003'")
        world.simulator.faults()

    thread = threading.Thread(target=webhook)
    thread.start()
    summary = world.once()
    thread.join()
    assert (summary["settled_elsewhere"], summary["late"], summary["still_pending"]) == (2, 1, 0)
    assert world.counts() == {"SENT": 3}, "delivered wins over the webhook's dead letter"
    assert world.row("RACE000003")["error_message"] is None


def test_check_says_what_the_table_lacks_and_the_rest_is_done(world):
    """A character set without Korean, a key that does not grow, and an index that `once` makes and waits for."""
    if world.server.kind == "mysql":
        world.execute("ALTER TABLE notification_history MODIFY error_message TEXT CHARACTER SET latin1")
    else:
        world.execute("ALTER TABLE notification_history DROP COLUMN id, ADD COLUMN id UUID PRIMARY KEY"
                      " DEFAULT gen_random_uuid()")
    world.write_config(store={"create_index": True})
    world.add("NARROW0001", failed("64016", "카카오톡 미사용자"))
    said = world.run("check").stdout
    if world.server.kind == "mysql":
        assert "error_message keeps its texts in latin1" in said and "CHARACTER SET utf8mb4" in said, said
    else:
        assert "rows are found by id (uuid), which does not grow" in said, said
    assert "the index is not there yet" in said, said
    assert world.once()["dead_letter"]["reported"] == 1
    words = "???? ????" if world.server.kind == "mysql" else "카카오톡 미사용자"
    assert world.row("NARROW0001")["error_message"] == f"[64016] recipient: {words}"
    if "the index is not there yet" in world.run("check").stdout:
        world.once()  # the first one leaves it to a pass with nothing due
    assert "the index is not there yet" not in world.run("check").stdout
