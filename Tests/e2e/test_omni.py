"""Generation omni: tokens, the flat envelope, and the same outcomes, through the real binary."""
import time

import pytest

from harness import World, ago, delivered, failed, in_flight, mixed, wait_for

CLIENT, PASSWORD = "client-for-tests", "pass-w0rd-for-tests"
SECRETS = (PASSWORD, "sim-token-")


@pytest.fixture
def omni(tmp_path):
    world = World(tmp_path, "--client-id", CLIENT, "--client-password", PASSWORD)
    world.key_file.unlink()
    world.password_file = tmp_path / "client-password"
    world.password_file.write_text(PASSWORD + "\n")
    world.password_file.chmod(0o600)
    del world.config["api"]["key_file"]
    world.write_config(api={"generation": "omni", "client_id": CLIENT, "client_password_file": str(world.password_file)},
                       log={"level": "debug"})
    yield world
    world.stop()


def tokens(world) -> int:
    return sum(world.simulator.stats()["requests"].get("token", {}).values())


def no_secret_in(*texts: str):
    for text in texts:
        assert not any(secret in text for secret in SECRETS), text


def expectation(status: str, entries: list[dict]) -> str:
    """As in comm, except that a failure is believed: omni cannot be asked about other channels."""
    codes = [entry.get("reportCode") for entry in entries]
    hides_channel = status == "PENDING" and None in codes and "64016" in codes
    return "DEAD_LETTER" if hides_channel else status


def test_mixed_outcomes_with_one_token(omni):
    messages = mixed(500, seed=11)
    omni.add_many([(key, entries) for key, entries, _, _ in messages])
    summary = omni.once()
    wrong = [(key, dict(row)) for key, entries, status, code in messages
             if (row := omni.row(key))["status"] != expectation(status, entries)
             or (code and row["report_code"] != code)]
    assert wrong == []
    assert summary["provider"] == "ok" and summary["requests"] == omni.simulator.stats()["total"] == 501
    assert tokens(omni) == 1
    assert set(omni.simulator.stats()["requests"]) == {"token", "report_inquiry"}


@pytest.mark.parametrize("empty", ["list", "null", "a820"])
def test_silence_is_an_answer_and_goes_stale(omni, empty):
    omni.simulator.settings(empty_answer=empty)
    omni.add("SILENT0001", accepted=ago(hours=73))
    omni.add("FLYING0001", in_flight())
    summary = omni.once()
    assert summary["dead_letter"]["stale"] == 1 and summary["still_pending"] == 1


def test_twenty_messages_at_once_cause_one_request_for_a_token(omni):
    omni.write_config(api={"max_in_flight": 20})
    omni.simulator.settings(latency_ms=1000)  # longer than it takes to ask all of them, on a busy machine, too
    omni.add_many([(f"ATONCE{index:04d}", [delivered()]) for index in range(20)])
    assert omni.once()["sent"] == 20
    stats = omni.simulator.stats()
    assert tokens(omni) == 1 and stats["max_in_flight"] > 10


@pytest.mark.parametrize("form", ["iso8601", "compact", "unix", "unix_ms", "missing", "garbage"])
def test_every_form_of_expiry_will_do(omni, form):
    omni.simulator.settings(token_expired=form)
    omni.add("FORM000001", delivered())
    assert omni.once()["sent"] == 1 and tokens(omni) == 1


def test_a_token_that_is_revoked_is_renewed_once(omni):
    # So slow that most are still to be asked about when a hundred have been, however late that is noticed.
    omni.simulator.settings(latency_ms=200)
    omni.add_many([(f"REVOKE{index:04d}", [delivered()]) for index in range(400)])
    omni.write_config(reconcile={"interval": "30s"})
    daemon = omni.start()
    wait_for(lambda: omni.simulator.stats()["requests"].get("report_inquiry", {}).get("200", 0) >= 100,
             what="a hundred answers")
    omni.simulator.control("revoke-tokens", {})
    wait_for(lambda: tokens(omni) == 2, what="another token")
    omni.simulator.settings(latency_ms=20)
    daemon.wait_for_event("cycle.completed", seconds=60)
    daemon.stop()
    assert omni.counts() == {"SENT": 400}
    requests = omni.simulator.stats()["requests"]
    assert requests["token"] == {"200": 2}
    assert 1 <= requests["report_inquiry"]["401"] <= 8, "those under way, each once"
    assert omni.sink.received == [] and not daemon.events("provider.refused")
    no_secret_in(daemon.log)


def test_a_token_that_has_expired_is_renewed(omni):
    """The provider's clock goes on by 25 hours, the daemon's does not: only the provider's 401 tells."""
    omni.write_config(reconcile={"interval": "1s"})
    omni.add("BEFORE0001", delivered())
    daemon = omni.start()
    daemon.wait_for_event("cycle.completed")
    assert omni.row("BEFORE0001")["status"] == "SENT" and tokens(omni) == 1
    omni.simulator.control("clock", {"advance_ms": 25 * 3_600_000})
    omni.add("AFTER00001", delivered())
    # Not by counting cycles: more of them may have ended before that row was there.
    wait_for(lambda: omni.row("AFTER00001")["status"] == "SENT", what="the second message")
    daemon.stop()
    assert tokens(omni) == 2


def test_a_wrong_password_is_refused_and_not_tried_a_thousand_times(omni):
    omni.password_file.write_text("an0ther-password\n")
    omni.add_many([(f"WRONG{index:05d}", [delivered()]) for index in range(1000)], accepted=ago(days=7))
    summary = omni.once(expect=69)
    assert summary["provider"] == "refused" and summary["still_pending"] == 1000 and summary["requests"] == 1
    assert tokens(omni) == 1 and omni.simulator.stats()["refused_keys"] == 1
    omni.once(expect=69)
    [alert] = omni.sink.received
    assert alert["alert"] == "ProviderRefused" and "api.client_id" in alert["summary"]
    assert "api.client_password_file" in alert["summary"] and "an0ther" not in alert["summary"]
    assert omni.counts() == {"PENDING": 1000}
    omni.password_file.write_text(PASSWORD)
    assert omni.once()["sent"] == 1000
    assert omni.sink.names("resolved") == ["ProviderRefused"]


def test_a_daemon_asks_for_a_refused_token_once_a_minute(omni):
    omni.password_file.write_text("an0ther-password\n")
    omni.add_many([(f"WRONG{index:05d}", [delivered()]) for index in range(50)])
    omni.write_config(reconcile={"interval": "2s"})  # so that a machine that stalls makes no cycle overrun
    daemon = omni.start()
    daemon.wait_for_event("provider.refused")
    daemon.wait_for_event("cycle.failed", count=4)
    daemon.stop()
    assert omni.simulator.stats()["requests"] == {"token": {"401": 1}}
    assert len(daemon.events("provider.refused")) == 1
    assert omni.sink.names() == ["ProviderRefused"]
    no_secret_in(daemon.log)
    assert "an0ther" not in daemon.log


def test_tokens_that_are_never_taken_are_renewed_once(omni):
    omni.add_many([(f"REFUSED{index:03d}", []) for index in range(100)], accepted=ago(days=7))
    omni.simulator.faults({"kind": "status", "status": 401, "code": "A001", "match": "report_inquiry"})
    summary = omni.once(expect=69)
    assert summary["provider"] == "refused" and summary["still_pending"] == 100
    assert tokens(omni) == 2 and summary["requests"] < 30
    assert omni.sink.names() == ["ProviderRefused"]
    omni.once(expect=69)
    assert omni.sink.names() == ["ProviderRefused"] and omni.sink.names("resolved") == [], "a token is no recovery"
    omni.simulator.faults()
    assert omni.once()["dead_letter"]["stale"] == 100


CONDITIONS = {
    "throttling": ({"kind": "status", "status": 429, "code": "A020"}, "rate_limited", 1),
    "throttling politely": ({"kind": "status", "status": 429, "retry_after": 1}, "rate_limited", 3),
    "failing": ({"kind": "status", "status": 503}, "unavailable", 3),
    "garbage": ({"kind": "garbage"}, "unavailable", 1),
    "no token": ({"kind": "body", "body": '{"code":"A000","data":{}}'}, "unavailable", 1),
    "header injection": ({"kind": "body", "body": '{"code":"A000","data":{"schema":"Bearer","token":"a\\r\\nX: b"}}'},
                         "unavailable", 1),
    "redirecting": ({"kind": "redirect"}, "refused", 1),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_while_there_is_no_token_nothing_is_given_up(omni, condition):
    fault, state, requests = CONDITIONS[condition]
    omni.add_many([(f"WEEK{index:06d}", []) for index in range(30)], accepted=ago(days=7))
    omni.simulator.faults({**fault, "match": "token"})
    summary = omni.once(expect=69)
    assert summary["provider"] == state and summary["still_pending"] == 30
    assert summary["requests"] == tokens(omni) == requests
    omni.simulator.faults()
    assert omni.once()["dead_letter"]["stale"] == 30


def test_tokens_count_against_the_one_rate(omni):
    """By the client's clock: a server that is kept from running sees requests closer together than they were sent."""
    omni.write_config(api={"requests_per_second": 2, "burst": 1})
    omni.add_many([(f"RATE{index:06d}", [delivered()]) for index in range(4)])
    began = time.monotonic()
    summary = omni.once()
    assert summary["sent"] == 4 and summary["requests"] == omni.simulator.stats()["total"] == 5 and tokens(omni) == 1
    # It starts without a token: half a second for each message, and for the question for a token.
    assert time.monotonic() - began >= 2.5


def test_check(omni):
    result = omni.run("check")
    assert "takes the client's id and password" in result.stdout and "effect" not in result.stdout
    assert omni.simulator.stats()["requests"] == {"token": {"200": 1}, "report_inquiry": {"200": 1}}
    no_secret_in(result.stdout, result.stderr)
    omni.password_file.write_text("an0ther-password")
    wrong = omni.run("check", expect=69)
    assert "A100" in wrong.stderr and "api.client_password_file" in wrong.stderr and "an0ther" not in wrong.stderr
    omni.run("check", "--offline")
    omni.password_file.chmod(0o644)
    assert "chmod 600" in omni.run("check", "--offline", expect=78).stderr


def test_a_missing_client_is_an_error_with_its_key(omni):
    del omni.config["api"]["client_id"]
    omni.write_config()
    assert "api.client_id: missing" in omni.run("once", expect=78).stderr


def test_a_failure_is_believed_and_the_secrets_are_nowhere(omni):
    omni.add("FAILED0001", failed("64016", "gone"))
    result = omni.run("once", "--json")
    assert omni.row("FAILED0001")["error_message"] == "[64016] recipient: gone"
    no_secret_in(result.stdout, result.stderr, *(path.read_bytes().decode(errors="replace")
                                                for path in omni.folder.glob("notifications.db*")))
