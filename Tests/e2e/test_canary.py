"""Telephone numbers in every field the provider has: not one of them in log, alert, metric, page or own tables."""
import json
import os
import random
import sqlite3

import pytest

from harness import KEY, delivered, failed, wait_for
from receiver import Receiver

FIELDS = ["serviceType", "msgType", "to", "responseText", "reportType", "reportText", "resultMsg", "userType", "carrier",
          "ref", "resCnt", "sendTime", "requestTime", "groupKey", "somethingNew"]


def canary(number: int) -> str:
    """Made when it is needed: no such number stands in the repository."""
    return "0" + "10" + "".join(random.Random(number).choices("2345678", k=8))


def forms(digits: str) -> list[str]:
    return [digits, f"{digits[:3]}-{digits[3:7]}-{digits[7:]}", f"{digits[:3]} {digits[3:7]} {digits[7:]}",
            f"+82 {digits[1:3]}-{digits[3:7]}-{digits[7:]}", f"+82{digits[1:]}"]


def envelope(content, number: str, code: str = "A000", gateway: str = "A000") -> str:
    return json.dumps({"common": {"authCode": gateway, "authResult": f"for {number}", "infobankTrId": number},
                       "data": {"code": code, "result": f"{number} is not ours", "data": content}})


def entry(key: str, code: str, number: str) -> dict:
    return {"msgKey": key, "reportCode": code, **{field: f"{field} {number} end" for field in FIELDS}}


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


def test_no_telephone_number_and_no_secret_leaves_the_provider_s_answers(world, receiver):
    numbers = [canary(index) for index in range(8)]
    secret = "".join(random.Random(9).choices("abcdefghijk", k=24))
    routing_key = world.folder / "routing-key"
    routing_key.write_text(secret)
    routing_key.chmod(0o600)
    told = world.folder / "told.txt"
    command = world.folder / "sink.sh"
    command.write_text(f"#!/bin/sh\ncat >> '{told}'\n")
    command.chmod(0o755)
    page, metrics = world.folder / "page.html", world.folder / "metrics.prom"
    world.write_config(
        log={"level": "debug"}, metrics={"textfile": str(metrics)}, status_page={"file": str(page)},
        api={"requests_per_second": 200},
        alerts={"group_wait": "0s", "repeat_every": "2s", "pending_aging_after": "1m", "sinks": [
            {"type": "log"}, {"type": "webhook", "url": f"{receiver.url}/{secret}"},
            {"type": "slack", "url": f"{receiver.url}/slack/{secret}"},
            {"type": "jandi", "url": f"{receiver.url}/jandi/{secret}"},
            {"type": "alertmanager", "url": f"{receiver.url}/am"},
            {"type": "pagerduty", "routing_key_file": str(routing_key), "url": f"{receiver.url}/pd"},
            {"type": "command", "argv": [str(command)]}]})
    # One after the other, so that what is refused on purpose does not keep the rest from being asked about.
    faults = [{"kind": "status", "status": 404, "match": "history"}]
    for index, number in enumerate(numbers):
        key = f"CANARY{index:02d}A{index:02d}"
        world.add(key, delivered(), at_provider=False)
        code = ["64008", "64016", "99999", "63005"][index % 4]
        content = {"messages": [entry(key, code, random.Random(index).choice(forms(number)))]}
        faults.append({"kind": "body", "body": envelope(content, number), "match": key})
    world.add("GOOD000A01", failed("64008", f"수신자 {numbers[4]} 거부"))
    world.simulator.faults(*faults)
    daemon = world.start()
    wait_for(lambda: world.counts().get("DEAD_LETTER", 0) == 7, 20, "dead letters")

    nonsense = [("A311", "A000", 400, None), ("A999", "A000", 500, None), ("A000", "A401", 401, None),
                (numbers[0], "A000", 200, None), ("A000", numbers[1], 403, None),
                # A number where a code should be, and one where a key should be.
                ("A000", "A000", 200, {"messages": [entry("REFUSE0005", numbers[2], numbers[2])]}),
                ("A000", "A000", 200, {"messages": [entry(numbers[3], "10000", numbers[3])]})]
    for index, (code, gateway, status, content) in enumerate(nonsense):
        key = f"REFUSE{index:04d}"
        world.simulator.faults({"kind": "body", "status": status, "body": envelope(content, numbers[index], code, gateway)})
        world.add(key, at_provider=False)
        wait_for(lambda: f"event=question.failed msg_key={key}" in daemon.log, 60, f"{key} in\n{daemon.log[-3000:]}")
        world.simulator.faults()
        world.execute("DELETE FROM notification_history WHERE external_id = ?", key)
        wait_for(lambda: world.status()["provider"]["state"] == "ok", 60, "the provider")
    wait_for(lambda: len(receiver.posts) > 8 and page.exists() and metrics.exists() and told.exists(), 20, "outputs")
    wait_for(lambda: "AccountRefused" in page.read_text(), 60, "the page")
    shown = "".join(world.run(*words, expect=None).stdout for words in (
        ("status",), ("status", "--json"), ("list",), ("list", "--json"), ("show", "CANARY00A00"),
        ("explain", "CANARY03A03"), ("check",)))
    daemon.stop()

    connection = sqlite3.connect(world.database)
    own = [name for name, in connection.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'reconciler_%'"
                                                " AND type = 'table'")]
    places = {
        "log": daemon.log, "page": page.read_text(), "metrics": metrics.read_text(), "command": told.read_text(),
        "alerts": json.dumps([request.body for request in receiver.requests], ensure_ascii=False), "shown": shown,
        "own tables": repr([connection.execute(f"SELECT * FROM {name}").fetchall() for name in own]),
        "rows": repr(connection.execute("SELECT error_message FROM notification_history").fetchall()),
    }
    connection.close()
    assert "AccountRefused" in places["alerts"] and "64008" in places["own tables"], "the test looks at something"
    for place, text in places.items():
        for number in numbers:
            for form in [*forms(number), number[3:]]:
                assert form not in text, f"{place} holds a telephone number"
        assert KEY not in text, f"{place} holds the API key"
        if place not in ("alerts",):
            assert secret not in text, f"{place} holds a sink's secret"
    left = [name for name in os.listdir(world.folder) if name.startswith("core")]
    assert left == [], "no core file"
