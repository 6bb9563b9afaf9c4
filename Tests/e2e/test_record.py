"""`record`: the provider's answer to a send becomes rows."""
import json
import subprocess
import urllib.request

import bizgo
import pytest
from harness import KEY, RECONCILER, wait_for
from bizgo.models import AlimtalkMessage

MESSAGE = AlimtalkMessage(sender_key="SENDER", template_code="TEMPLATE", text="hello", msg_type="AT")


def numbers(count: int) -> list[str]:
    return [f"010{index:08d}" for index in range(count)]


def record(world, answer, *words: str, expect: int = 0) -> subprocess.CompletedProcess:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    result = subprocess.run(
        [RECONCILER, "record", "--config", str(world.config_file), *words], input=text, capture_output=True, text=True,
        timeout=30)
    assert result.returncode == expect, result
    return result


def send(world, to: list[str], **fields) -> dict:
    """The provider's answer, as it came."""
    body = {"destinations": [{"to": number} for number in to], **fields,
            "messageFlow": [{"alimtalk": {"senderKey": "S", "templateCode": "T", "text": "hello", "msgType": "AT"}}]}
    request = urllib.request.Request(
        world.simulator.url + "/api/comm/v1/send/omni", json.dumps(body).encode(), {"Authorization": KEY}, method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def keys(answer: dict) -> list[str]:
    return [entry["msgKey"] for entry in answer["data"]["data"]["destinations"] if "msgKey" in entry]


def test_an_answer_becomes_rows_which_are_then_settled(world):
    world.simulator.settings(outcome="delivered")
    to = [*numbers(3), "not-a-number"]
    answer = send(world, to)
    told = record(world, answer).stdout
    assert [line.split() for line in told.splitlines()] == [
        *[["recorded", key] for key in keys(answer)], "not accepted recipient 4 of 4: A306".split()]
    assert not any(number in told for number in to)
    assert world.counts() == {"PENDING": 3}
    again = json.loads(record(world, answer, "--json").stdout)
    assert again == {"recorded": [], "known": keys(answer), "rejected": [{"recipient": 4, "code": "A306"}],
                     "without_key": [], "refusal": None}
    assert world.once()["due"] == 0, "left to the webhook"
    world.write_config(reconcile={"after": "1s"})
    wait_for(lambda: world.once()["due"] == 0 and world.counts() == {"SENT": 3})


def test_what_the_sdk_says_is_an_answer(world):
    with bizgo.Bizgo(api_key=KEY, base_url=world.simulator.url) as client:
        result = client.send.omni(to=numbers(2), messages=[MESSAGE])
    by_name = [{"to": d.to, "msg_key": d.msg_key, "code": d.code, "result": d.result} for d in result.destinations]
    assert "recorded" in record(world, {"destinations": by_name}).stdout
    by_alias = [d.model_dump(by_alias=True) for d in result.destinations]
    assert "known before" in record(world, {"destinations": by_alias}).stdout
    assert [row["external_id"] for row in world.query("SELECT * FROM notification_history")] == result.msg_keys


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"error":"no"}'])
def test_what_is_no_answer_is_65(world, text):
    result = record(world, text, expect=65)
    assert len(result.stderr.splitlines()) == 1 and result.stdout == ""
    assert world.counts() == {}


def test_a_refused_send_records_nothing(world):
    result = record(world, {"common": {"authCode": "A401", "authResult": "x"}})
    assert "A401" in result.stdout
    assert world.counts() == {}


def test_an_accepted_message_without_a_key_is_65_and_the_others_are_recorded(world):
    answer = {"destinations": [{"code": "A000", "msgKey": "KEY0000001"}, {"code": "A301"}]}
    result = record(world, answer, expect=65)
    assert "recipient 2" in result.stdout and len(result.stderr.splitlines()) == 1
    assert world.counts() == {"PENDING": 1}


def test_a_mapped_table_and_a_column_nobody_can_fill(world):
    world.execute("CREATE TABLE talk (message TEXT PRIMARY KEY, state INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT)")
    columns = {"id": None, "message_key": "message", "status": "state", "accepted_at": "at", "service_type": "kind",
               "report_code": None, "error_message": None, "updated_at": None}
    world.write_config(store={"table": "talk", "columns": columns, "time_format": "unix_ms", "service_types": ["TALK"],
                              "statuses": {"pending": "0", "sent": "1", "dead_letter": "2"}})
    record(world, {"msgKey": "KEY0000001"})
    row = world.query("SELECT * FROM talk")[0]
    assert (row["message"], row["state"], row["kind"]) == ("KEY0000001", 0, "TALK") and row["at"] > 1_700_000_000_000
    record(world, {"msgKey": "KEY0000002"}, "--service-type", "SMS", expect=64)
    world.execute("ALTER TABLE talk ADD COLUMN customer INTEGER NOT NULL DEFAULT 7")
    record(world, {"msgKey": "KEY0000002"})
    world.execute("DROP TABLE talk")
    world.execute("CREATE TABLE talk (message TEXT PRIMARY KEY, state INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT,"
                  " customer INTEGER NOT NULL)")
    assert "column customer" in record(world, {"msgKey": "KEY0000003"}, expect=78).stderr


def test_it_works_beside_a_daemon_and_in_parallel(world):
    # A disk may take a second for a commit of the daemon's.
    world.write_config(store={"busy_timeout": "30s"})
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    answers = [send(world, numbers(20)) for _ in range(8)]
    processes = [subprocess.Popen([RECONCILER, "record", "--config", str(world.config_file)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True) for _ in range(16)]
    for process, answer in zip(processes, answers * 2):
        process.communicate(json.dumps(answer), timeout=30)
        assert process.returncode == 0
    assert world.counts() == {"PENDING": 160}
    daemon.stop()
