"""What a database server can do that a file cannot: end, take no writes, deadlock, keep us from a column."""
import contextlib
import json
import os
import re
import time
from urllib.parse import urlsplit

import pytest

from harness import delivered, failed, wait_for
from servers import KINDS, own_server_world, run, server_world
from test_send import body, messages, rows, send


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path) as world:
        yield world


@pytest.fixture(params=KINDS)
def own(request, tmp_path):
    """A world at a server of its own."""
    with own_server_world(request.param, tmp_path) as world:
        yield world


@contextlib.contextmanager
def transaction(world, connection=None):
    """One of the application's, undone at the end unless it has committed."""
    with contextlib.closing(connection or world.sql()) as connection:
        connection.cursor().execute("BEGIN")
        yield connection


def test_a_server_that_ends_and_comes_back(own):
    daemon = own.start()
    daemon.wait_for_event("daemon.ready")
    for number, how in enumerate(["fast", "immediate"]):
        own.simulator.faults({"kind": "delay", "delay_ms": 300})
        own.add_many([(f"END{number}N{index:04d}", [delivered()]) for index in range(40)])
        wait_for(lambda: own.simulator.stats()["total"] > 0, what="a question")
        own.program.obey(f"stop {how}")
        wait_for(lambda: len(own.sink.of("StoreTrouble")) == number + 1, what="the alert")
        assert "cannot be reached" in daemon.events("cycle.failed")[-1]
        own.simulator.faults()
        own.program.obey("start")
        wait_for(lambda: own.counts() == {"SENT": 40 * (number + 1)}, what="the rest")
        wait_for(lambda: len(own.sink.of("StoreTrouble", "resolved")) == number + 1, what="the end of it")
    assert own.settled_twice() == []
    daemon.stop()


def test_a_server_that_takes_no_writes(own):
    kind, name = own.server.kind, own.server.database
    daemon = own.start()
    daemon.wait_for_event("daemon.ready")
    own.add("WRITABLE01", delivered())
    wait_for(lambda: own.status_of("WRITABLE01") == "SENT")
    own.add("READONLY01", delivered(), accepted=None)
    own.server.as_admin("SET GLOBAL read_only = ON" if kind == "mysql"
                        else f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    own.server.kill_connections()
    alert = wait_for(lambda: own.sink.of("StoreTrouble"), what="the alert")[0]
    assert "takes no writes" in json.dumps(alert) or "takes no writes" in daemon.log, alert
    own.server.as_admin("SET GLOBAL read_only = OFF" if kind == "mysql"
                        else f"ALTER DATABASE {name} RESET default_transaction_read_only")
    own.server.kill_connections()
    wait_for(lambda: own.status_of("READONLY01") == "SENT", what="the rest")
    wait_for(lambda: own.sink.of("StoreTrouble", "resolved"), what="the end of it")
    daemon.stop()


def test_a_row_that_the_application_keeps_locked_is_settled_later(world):
    server = world.server
    if server.kind == "mysql":
        # MariaDB would end the account's statements after it; ours have a limit of their own.
        user, password = server.account(f"ALL PRIVILEGES ON {server.database}.*")
        server.as_admin(f"ALTER USER {user}@'127.0.0.1' WITH MAX_STATEMENT_TIME 0.5")
        world.use_password(password)
        world.write_config(store={"url": server.url(user)})
    else:
        server.as_admin(f"ALTER DATABASE {server.database} SET statement_timeout = '500ms'")
    world.write_config(store={"busy_timeout": "500ms"})
    world.add_many([(f"LOCKED{number:04d}", [delivered()]) for number in range(10)])
    with transaction(world) as application:
        run(application, "SELECT * FROM notification_history WHERE external_id = ? FOR UPDATE", "LOCKED0005")
        daemon = world.start()
        assert "keeps rows locked" in daemon.wait_for_event("store.busy")[0]
        application.rollback()
    wait_for(lambda: world.counts() == {"SENT": 10}, what="the rest")
    daemon.stop()
    assert world.settled_twice() == []


def is_waiting_for_a_row(world, administrator) -> bool:
    """Of the application's table; for the lease, ours wait for each other."""
    if world.server.kind == "mysql":
        time.sleep(0.15)  # who looks more often is told the same again
        text = ("SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
                " AND trx_query LIKE '%notification_history%'")
    else:
        text = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                " AND query LIKE '%notification_history%'")
    return run(administrator, text)[0][0] > 0


def deadlocks(world, administrator) -> int:
    if world.server.kind == "mysql":
        return int(run(administrator, "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")[0][1])
    return run(administrator, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0]


def test_a_deadlock_that_we_lose_is_tried_again_whole(world):
    """Somebody has changed much and a row of ours. While our commit waits for that row, they want one that it has locked:
    the lease, which every commit of ours locks first."""
    world.write_config(store={"busy_timeout": "20s"})
    if world.server.kind == "postgresql":
        # Ours looks for a deadlock once, so long after it began to wait; until then there must be one.
        world.server.as_admin(f"ALTER DATABASE {world.server.database} SET deadlock_timeout = '8s'")
    world.add_many([(f"FILLER{number:04d}", []) for number in range(300)], status="SENT", at_provider=False)
    world.once()
    world.add_many([(f"DEAD{number:06d}", [delivered()]) for number in range(20)])
    change = "UPDATE notification_history SET service_type = 'X' WHERE external_id"
    with transaction(world, world.server.connect_as_admin()) as application, \
            contextlib.closing(world.server.connect_as_admin()) as administrator:
        if world.server.kind == "postgresql":
            run(application, "SET deadlock_timeout = '30s'")
        run(application, f"{change} LIKE 'FILLER%'")
        run(application, f"{change} = 'DEAD000010'")
        before = deadlocks(world, administrator)
        daemon = world.start()
        wait_for(lambda: is_waiting_for_a_row(world, administrator), what="our commit to wait")
        run(application, "SELECT * FROM reconciler_lease FOR UPDATE")
        application.rollback()
        wait_for(lambda: deadlocks(world, administrator) > before, what="a deadlock that is not the application's")
    wait_for(lambda: world.counts() == {"SENT": 320}, what="the rest")
    daemon.stop()
    assert world.settled_twice() == []
    assert world.query("SELECT count(*) FROM reconciler_audit")[0][0] == 20
    assert not world.sink.of("StoreTrouble")


def grants_of(command) -> list[str]:
    return re.findall(r"GRANT [^;]*;", command.stderr)


def canary(world) -> str:
    file = world.folder / "canary.json"
    file.write_text(json.dumps(body(1)))
    file.chmod(0o600)
    return str(file)


def test_an_account_that_may_not_change_a_column(world):
    server = world.server
    world.once()  # its own tables are there
    tables = [row[0] for row in world.query(
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'reconciler%' AND table_schema = "
        + ("DATABASE()" if server.kind == "mysql" else "current_schema()"))]
    rights = "SELECT, INSERT, UPDATE, DELETE" + (", CREATE, ALTER, INDEX" if server.kind == "mysql" else "")
    user, password = server.account(
        "SELECT, UPDATE (status, error_message, updated_at) ON notification_history",
        *(f"{rights} ON {table}" for table in tables),
        *([] if server.kind == "mysql" else ["USAGE ON ALL SEQUENCES IN SCHEMA public"]))
    world.use_password(password)
    world.write_config(store={"url": server.url(user)})
    world.add("GRANTS0001", delivered())
    refused = world.run("check", "--offline", expect=78).stderr
    grants = re.findall(r"GRANT [^;]*;", refused)
    assert any("report_code" in grant and "notification_history" in grant for grant in grants), refused
    told = world.run("once", expect=None)
    assert told.returncode != 0 and "GRANT" in told.stderr, (told.returncode, told.stderr)
    assert world.status_of("GRANTS0001") == "PENDING"
    server.as_admin(*grants, inside=True)
    world.run("check", "--offline")
    assert world.once()["sent"] == 1


def test_send_names_what_the_account_lacks_before_anything_is_sent(world):
    server = world.server
    user, password = server.account("SELECT ON notification_history")
    world.use_password(password)
    world.write_config(store={"url": server.url(user)})
    server.as_admin(*grants_of(world.run("check", "--offline", expect=78)), inside=True)
    world.run("check", "--offline")
    grants = grants_of(send(world, body(2), expect=78))
    assert any("external_id" in grant and "created_at" in grant for grant in grants), grants
    assert messages(world) == [] and rows(world) == []
    world.write_config(canary={"every": "1h", "request_file": canary(world)})
    assert grants_of(world.run("check", "--offline", expect=78)) == grants
    server.as_admin(*grants, inside=True)
    world.run("check", "--offline")
    send(world, body(2))
    keys = sorted(message["msgKey"] for message in messages(world))
    assert len(keys) == 2 and sorted(row["external_id"] for row in rows(world)) == keys


def test_through_pgbouncer_in_transaction_mode(tmp_path):
    if "TEST_PGBOUNCER_URL" not in os.environ:
        pytest.skip("no PgBouncer: see Tests/servers/run.py")
    port = urlsplit(os.environ["TEST_PGBOUNCER_URL"]).port
    with server_world("postgresql", tmp_path) as world:
        world.write_config(store={"url": world.server.url(port=port)})
        world.run("check")
        worker = world.start()
        worker.wait_for_event("daemon.ready")
        standby = world.start()
        standby.wait_for_event("lease.standby")
        for number in range(4):
            world.add_many([(f"POOL{number}N{index:04d}", [failed() if index % 5 == 0 else delivered()])
                            for index in range(50)])
            time.sleep(0.5)
            world.server.kill_connections()
        wait_for(lambda: world.counts() == {"SENT": 160, "DEAD_LETTER": 40}, 30, "the rest")
        assert world.settled_twice() == []
        worker.stop()
        standby.wait_for_event("lease.taken")
        standby.stop()
