"""The words in which the provider may say "no report yet", and those that say nothing."""
import json

import pytest

from harness import KEY, World, ago, delivered, failed, wait_for

CLIENT, PASSWORD = "client-for-tests", "pass-w0rd-for-tests"
# What the inner `data` is; False leaves it out.
NOTHING = {"an empty list": {"report": [], "messages": []}, "null lists": {"report": None, "messages": None},
           "no list": {}, "other things only": {"other": 1}, "null": None, "no data": False}
NONSENSE = {"a text": "none", "a number": 0, "a list": [], "true": True, "objects for lists": {"report": {}, "messages": {}},
            "texts for lists": {"report": "", "messages": ""}, "numbers for lists": {"report": 0, "messages": 0}}


def omni_world(folder) -> World:
    world = World(folder, "--client-id", CLIENT, "--client-password", PASSWORD)
    password = folder / "client-password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    del world.config["api"]["key_file"]
    world.write_config(api={"generation": "omni", "client_id": CLIENT, "client_password_file": str(password)})
    return world


@pytest.fixture(params=["comm", "omni"])
def either(request, tmp_path):
    world = World(tmp_path) if request.param == "comm" else omni_world(tmp_path)
    world.generation = request.param
    yield world
    world.stop()


def body(generation: str, data, mark: str = "") -> str:
    service = {"code": "A000", "result": "Success"} | ({} if data is False else {"data": data})
    common = {"authCode": "A000", "authResult": "Success", "infobankTrId": "TR1"}
    return mark + json.dumps({"common": common, "data": service} if generation == "comm" else service)


def answers(world, data, *endpoints: str, mark: str = ""):
    """Every question to these endpoints is answered so."""
    text = body(world.generation, data, mark)
    world.simulator.faults(*[{"kind": "body", "body": text, "match": endpoint} for endpoint in endpoints])


QUESTIONS = ("report_inquiry", "message_status", "request_status", "history")


@pytest.mark.parametrize("words", NOTHING)
def test_no_report_yet_is_an_answer_in_whatever_words(either, words):
    answers(either, NOTHING[words], *QUESTIONS)
    either.add("SILENT0001A001", accepted=ago(hours=73))
    either.add("YOUNGER001A001", accepted=ago(hours=2))
    summary = either.once()
    assert summary["provider"] == "ok" and summary["dead_letter"]["stale"] == 1 and summary["still_pending"] == 1
    assert either.row("SILENT0001A001")["error_message"].startswith("[STALE]")
    assert either.sink.names() == ["StaleMessages"]


@pytest.mark.parametrize("words", NOTHING)
def test_a_whole_send_of_which_nothing_is_known(world, words):
    """So many of one send that they are asked about together."""
    world.generation = "comm"
    answers(world, NOTHING[words], *QUESTIONS)
    world.add_many([(f"TOGETHER01{index:03d}", []) for index in range(150)], accepted=ago(hours=73))
    summary = world.once()
    assert summary["provider"] == "ok" and summary["dead_letter"]["stale"] == 150
    assert world.simulator.stats()["requests"]["request_status"]


@pytest.mark.parametrize("words", NOTHING)
def test_a_failure_is_confirmed_by_a_status_that_knows_nothing(world, words):
    """Message status lists no channel in flight."""
    world.generation = "comm"
    answers(world, NOTHING[words], "message_status")
    world.add("CONFIRM001A001", failed("64016"))
    assert world.once()["dead_letter"]["reported"] == 1


@pytest.mark.parametrize("words", NOTHING)
def test_a_history_that_says_nothing_ends_the_sweep_and_is_no_evidence(world, words):
    """So many that the history is gone through, which has nothing: each is asked about, and one has no report."""
    world.generation = "comm"
    answers(world, NOTHING[words], "history")
    world.add_many([(f"HISTORY{index:05d}X{index % 7:03d}", [delivered()]) for index in range(2000)],
                   accepted=ago(hours=73))
    summary = world.once()
    assert summary["provider"] == "ok" and summary["sent"] == 2000
    requests = world.simulator.stats()["requests"]
    assert requests["history"] == {"200": 1}, "neither again nor without end"
    assert world.sink.names() == []


@pytest.mark.parametrize("words", NOTHING)
def test_nothing_to_fetch_in_whatever_words(tmp_path, words):
    world = World(tmp_path, "--report-method", "polling")
    try:
        world.generation = "comm"
        world.write_config(api={"report_method": "polling"})
        answers(world, NOTHING[words], "polling")
        world.add("ASKED00001A001", delivered())
        assert world.once()["sent"] == 1
        requests = world.simulator.stats()["requests"]
        assert requests["polling"] == {"200": 1} and "polling_ack" not in requests
        daemon = world.start()
        daemon.wait_for_event("cycle.completed", count=2)
        daemon.stop()
        assert world.sink.names() == [] and not daemon.events("cycle.failed")
    finally:
        world.stop()


@pytest.mark.parametrize("words", NONSENSE)
def test_another_shape_is_no_answer(either, words):
    answers(either, NONSENSE[words], *QUESTIONS)
    either.add_many([(f"SILENT{index:04d}A001", []) for index in range(10)], accepted=ago(days=7))
    summary = either.once(expect=69)
    assert summary["provider"] == "unavailable" and summary["still_pending"] == 10
    assert either.sink.names() == ["ProviderUnreachable"]


def test_a_list_of_another_question_is_no_answer(world):
    entry = {"msgKey": "SILENT0001A001", "serviceType": "SMS", "reportCode": "10000"}
    world.generation = "comm"
    answers(world, {"messages": [entry]}, "report_inquiry")
    world.add("SILENT0001A001", accepted=ago(days=7))
    assert world.once(expect=69)["still_pending"] == 1


@pytest.mark.parametrize("word", ["A999", None])
def test_nothing_is_an_answer_only_where_every_layer_says_success(world, word):
    common = {"authCode": "A000", "authResult": "Success"}
    service = {"result": "Success"} | ({"code": word} if word else {})
    for text in ({"common": common, "data": service}, {"common": {"authResult": "?"}, "data": {"code": "A000"}},
                 {"common": common}):
        world.simulator.faults({"kind": "body", "body": json.dumps(text)})
        world.add("SILENT0001A001" if not world.counts() else f"SILENT{id(text)}", accepted=ago(days=7))
        world.once(expect=69)
    assert world.counts() == {"PENDING": 3}


def test_a_byte_order_mark_is_skipped(either):
    entry = {"msgKey": "MARKED0001A001", "serviceType": "ALIMTALK", "reportCode": "10000"}
    answers(either, {"report": [entry], "messages": [entry]}, *QUESTIONS, mark="\ufeff")
    either.add("MARKED0001A001")
    assert either.once()["sent"] == 1


@pytest.fixture
def omni(tmp_path):
    world = omni_world(tmp_path)
    yield world
    world.stop()


def test_one_429_for_a_token_is_throttling_and_no_outage(omni):
    omni.add_many([(f"WEEK{index:06d}", []) for index in range(30)], accepted=ago(days=7))
    omni.simulator.faults({"kind": "status", "status": 429, "code": "A020", "match": "token", "times": 1})
    summary = omni.once(expect=69)
    assert summary["provider"] == "rate_limited" and summary["still_pending"] == 30 and summary["requests"] == 1
    assert omni.sink.received == []
    assert omni.once()["dead_letter"]["stale"] == 30
    assert omni.sink.names() == ["StaleMessages"]


def test_three_429_for_a_token_are_rate_limited(omni):
    omni.add_many([(f"WEEK{index:06d}", []) for index in range(30)], accepted=ago(days=7))
    omni.simulator.faults({"kind": "status", "status": 429, "code": "A020", "retry_after": 0, "match": "token"})
    summary = omni.once(expect=69)
    assert summary["provider"] == "rate_limited" and summary["still_pending"] == 30 and summary["requests"] == 3
    assert omni.sink.names() == ["RateLimited"] and "token" in omni.sink.received[0]["summary"]
    omni.simulator.faults()
    assert omni.once()["dead_letter"]["stale"] == 30
    assert omni.sink.names() == ["RateLimited", "StaleMessages"] and omni.sink.names("resolved") == ["RateLimited"]


def test_an_outage_is_not_over_because_a_token_is_refused_for_another_reason(omni):
    """What was out of reach and answers 429 for tokens has not been found well."""
    omni.add("WEEK000001", accepted=ago(days=7))
    omni.simulator.faults({"kind": "status", "status": 503})
    omni.once(expect=69)
    omni.simulator.faults({"kind": "status", "status": 429, "code": "A020", "match": "token"})
    omni.once(expect=69)
    assert omni.sink.names() == ["ProviderUnreachable"] and omni.sink.names("resolved") == []
    omni.simulator.faults()
    omni.once()
    assert omni.sink.names("resolved") == ["ProviderUnreachable"]


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("endpoint", ["token", "report_inquiry"])
def test_a_token_that_is_refused_by_code_alone_is_a_refusal(omni, endpoint, status):
    omni.add_many([(f"WEEK{index:06d}", []) for index in range(30)], accepted=ago(days=7))
    omni.simulator.faults({"kind": "service_code", "status": status, "code": "A401", "match": endpoint})
    summary = omni.once(expect=69)
    assert summary["provider"] == "refused" and summary["still_pending"] == 30
    assert omni.sink.names() == ["ProviderRefused"] and "payment" not in omni.sink.received[0]["summary"]
    assert sum(omni.simulator.stats()["requests"]["token"].values()) <= 2
    omni.simulator.faults()
    assert omni.once()["dead_letter"]["stale"] == 30
