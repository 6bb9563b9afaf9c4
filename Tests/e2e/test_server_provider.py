"""With the table at a database server: outages of the provider, polling, alerts, webhooks, `record`, `send` and reloads."""
import contextlib
import signal

import pytest

import listener
from harness import ago, delivered, failed, mixed, wait_for
from servers import KINDS, Server, ServerWorld, server_world
from test_alert_kinds import test_backlog, test_pending_aging  # noqa: F401
from test_outage import test_one_condition_after_the_other  # noqa: F401
from test_polling import announce, audited_twice, wrong_rows
from test_record import test_an_answer_becomes_rows_which_are_then_settled  # noqa: F401
from test_send import (  # noqa: F401
    test_a_send_has_rows_with_keys_which_are_then_settled,
    test_each_recipients_own_code_counts,
)


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path) as world:
        yield world


@pytest.fixture(params=KINDS)
def polling(request, tmp_path):
    with server_world(request.param, tmp_path, ServerWorld, "--report-method", "polling") as world:
        world.write_config(api={"report_method": "polling"})
        yield world


def test_reports_are_polled_and_none_is_applied_twice(polling):
    messages = mixed(150, seed=3)
    announce(polling, [(key, entries) for key, entries, _, _ in messages])
    polling.simulator.settings(polling_batch=40)
    polling.once()
    assert wrong_rows(polling, messages) == []
    assert polling.simulator.stats()["waiting_polling"] == 0
    assert audited_twice(polling) == []


def test_reports_that_cannot_be_committed_are_not_acknowledged(polling):
    announce(polling, [("POLLED0001", [delivered()])])
    with contextlib.closing(polling.sql()) as application:
        application.cursor().execute("BEGIN")
        application.cursor().execute("SELECT * FROM notification_history FOR UPDATE")
        polling.once(expect=None)
        assert polling.simulator.stats()["waiting_polling"] == 1
        application.rollback()
    wait_for(lambda: polling.once(expect=None) and polling.status_of("POLLED0001") == "SENT", what="the report")
    assert audited_twice(polling) == []


def test_webhooks_settle_rows_once_and_strangers_none(world):
    clients = listener.configure(world)
    world.write_config(reconcile={"after": "10m"})
    keys = [f"HOOK{number:06d}" for number in range(60)]
    world.add_many([(key, []) for key in keys], ago(minutes=1))
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    for key in keys:
        assert clients.post(listener.report(key)) == listener.answer_to(key)
    for key in keys[:10]:
        clients.post(listener.report(key))
        clients.post(listener.report(key, "64016"), secret="another")
    # Before its row is there.
    clients.post(listener.report("EARLY00001"))
    wait_for(lambda: world.counts() == {"SENT": 60}, what="the webhooks")
    world.add("EARLY00001", accepted=ago(seconds=1), at_provider=False)
    wait_for(lambda: world.status_of("EARLY00001") == "SENT", what="the early one")
    assert clients.counts()["unsigned"] == 10
    daemon.stop()
    assert world.settled_twice() == []
    assert {row["source"] for row in world.query("SELECT source FROM reconciler_audit")} == {"webhook"}


def test_a_daemon_settles_alerts_and_recovers(world):
    # Those that are settled after the alert was told are told again soon.
    world.write_config(alerts={"repeat_every": "3s"})
    world.simulator.faults({"kind": "status", "status": 503})
    world.add_many([(f"DOWN{number:06d}", [failed() if number % 3 == 0 else delivered()]) for number in range(30)])
    daemon = world.start()
    wait_for(lambda: "ProviderUnreachable" in world.sink.names(), what="the alert")
    assert world.counts() == {"PENDING": 30}
    world.simulator.faults()
    wait_for(lambda: world.counts() == {"SENT": 20, "DEAD_LETTER": 10}, what="the rest")
    wait_for(lambda: "ProviderUnreachable" in world.sink.names("resolved"), what="its end")
    wait_for(lambda: world.sink.told("DeadLetters") == 10, what="the dead letters")
    daemon.stop()
    assert world.settled_twice() == []


def test_a_reload_takes_another_database_and_refuses_what_cannot_be_opened(world):
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    first, second = world.server, Server(world.server.kind)
    try:
        world.use_password("wrong")
        world.write_config(store={"busy_timeout": "900ms"})
        daemon.signal(signal.SIGHUP)
        line, = daemon.wait_for_event("daemon.reload_failed")
        assert "store" in line and "wrong" not in line
        world.add("FIRST00001", delivered())
        wait_for(lambda: world.status_of("FIRST00001") == "SENT", what="the daemon to go on")

        world.use_password(first.password)
        world.server = second
        world.make_table()
        world.write_config(store=world.store())
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_event("daemon.reloaded")
        world.add("SECOND0001", delivered())
        wait_for(lambda: world.status_of("SECOND0001") == "SENT", what="the other database")
        assert "StoreTrouble" not in world.sink.names()
        daemon.stop()
    finally:
        world.server = first
        world.stop()
        second.drop()
        world.processes = []
