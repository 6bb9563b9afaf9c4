"""Three nodes of a Galera cluster (MariaDB), a daemon at each: every node takes writes, and each can be lost."""
from __future__ import annotations

import contextlib
import os
import random
import threading
import time

import pymysql
import pytest

from harness import Daemon, delivered, failed, mixed, wait_for
from servers import OwnServer, Server, ServerWorld
from test_lease import working
from test_server_commit import check_settled_once, wrong

INTERVAL = 2.0
# Until the others put a silent node out of the cluster (`galera.py`), and a commit that waits for that is through.
EVICTION = 5.0
# Shorter than nobody works: what a worker had no time to tell is over by then, and told all the same.
REPEAT_EVERY = "3s"
LOSSES = 30 if os.environ.get("FULL") == "1" else 4


class GaleraWorld(ServerWorld):
    def __init__(self, folder, cluster: OwnServer):
        self.cluster = cluster
        self.ports: list[int] = cluster.environment["PORTS"]
        super().__init__(folder, Server("mysql", cluster.environment))
        self.write_config(reconcile={"interval": f"{int(INTERVAL * 1000)}ms"}, alerts={"repeat_every": REPEAT_EVERY})

    def store(self) -> dict:
        return {**super().store(), "busy_timeout": "10s"}

    def speak_to(self, node: int):
        """From now on the test's own statements, and programs it starts, go there."""
        server = self.server
        for name in ("address", "admin"):
            address = getattr(server, name)
            setattr(server, name, address._replace(netloc=f"{address.username}@127.0.0.1:{self.ports[node]}"))
        self.write_config(store=self.store())

    def start_at(self, node: int) -> Daemon:
        self.speak_to(node)
        self.query("SELECT count(*) FROM notification_history")  # it has come that far
        daemon = self.start()
        daemon.wait_for_event("daemon.started")
        return daemon

    def start_at_all(self) -> tuple[list[Daemon], int]:
        """A daemon at each node, and the number of the one that works."""
        daemons = [self.start_at(node) for node in range(len(self.ports))]
        worker = wait_for(lambda: working(daemons), what="a worker")[0]
        for daemon in daemons:
            if daemon is not worker:
                daemon.wait_for_event("lease.standby")
        return daemons, daemons.index(worker)

    def query(self, text: str, *values):
        return patiently(lambda: super(GaleraWorld, self).query(text, *values))

    def add_many(self, messages, accepted=None, status="PENDING", at_provider=True):
        """As the application would: again where the cluster is busy with itself. What was added all the same is there."""
        asked = iter([at_provider])
        with contextlib.suppress(pymysql.err.IntegrityError):
            patiently(lambda: super(GaleraWorld, self).add_many(messages, accepted, status, next(asked, False)))

    def conflicts(self, node: int) -> int:
        """Transactions of that node which another one was faster than."""
        self.speak_to(node)
        names = "'wsrep_local_bf_aborts', 'wsrep_local_cert_failures'"
        return sum(int(row[1]) for row in self.query(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})"))


def patiently(action):
    """Its result, once the cluster answers."""
    end = time.monotonic() + 30
    while True:
        try:
            return action()
        except (pymysql.err.OperationalError, pymysql.err.ProgrammingError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="module")
def cluster():
    if "TEST_MYSQL_URL" not in os.environ:
        pytest.skip("no MariaDB: see Tests/servers/run.py")
    cluster = OwnServer("galera.py")
    yield cluster
    cluster.end()


@pytest.fixture
def world(cluster, tmp_path):
    world = GaleraWorld(tmp_path, cluster)
    yield world
    world.stop()
    cluster.obey("heal")
    world.speak_to(0)
    world.server.drop()


class Application:
    """Touches pending rows at a node for as long as it lasts, beside whoever settles them at another one."""

    def __init__(self, world: GaleraWorld, node: int):
        world.speak_to(node)
        self.connection = world.sql()
        self.is_over = threading.Event()
        self.touched = self.refused = 0
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
        self.connection.close()

    def work(self):
        while not self.is_over.is_set():
            try:
                self.touched += self.connection.cursor().execute(
                    "UPDATE notification_history SET updated_at = NOW(6) WHERE status = 'PENDING' LIMIT 20")
            except pymysql.err.OperationalError:
                self.refused += 1
            time.sleep(0.002)


def test_who_writes_at_another_node_is_no_trouble(world):
    """Their transactions and ours meet at the COMMIT only: the second is told of a deadlock, and does it again."""
    world.write_config(reconcile={"interval": "300ms"})
    daemon = world.start_at(0)
    daemon.wait_for_event("daemon.ready")
    before = world.conflicts(0)
    messages = mixed(1_200, seed=26)
    with Application(world, 1) as application:
        world.speak_to(2)
        for start in range(0, len(messages), 60):
            world.add_many([(key, entries) for key, entries, _, _ in messages[start:start + 60]])
            time.sleep(0.2)
        wait_for(lambda: not wrong(world, messages), 30, "all rows")
    check_settled_once(world)
    assert application.touched > 0
    conflicts = world.conflicts(0) - before
    print(f"\n{conflicts} transactions at our node lost against others; {application.refused} of the application's did")
    assert conflicts > 0, "nothing was put to the test"
    assert not daemon.events("cycle.failed"), daemon.log
    daemon.stop()


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_the_workers_node_is_lost(world, how):
    daemons, worker = world.start_at_all()
    other = (worker + 1) % 3
    world.speak_to(other)
    world.simulator.faults({"kind": "delay", "delay_ms": 300})
    messages = mixed(300, seed=worker)
    world.add_many([(key, entries) for key, entries, _, _ in messages])
    wait_for(lambda: world.counts().get("SENT", 0) > 0, what="the first rows")
    began = time.monotonic()
    world.cluster.obey(f"{how} {worker}")
    others = [daemon for daemon in daemons if daemon is not daemons[worker]]
    # And what a busy machine adds to it.
    wait_for(lambda: working(others), 2 * INTERVAL + EVICTION + 5, "another worker")
    print(f"\n{how}: taken over after {time.monotonic() - began:.2f} s, interval {INTERVAL} s")
    world.simulator.faults()
    wait_for(lambda: not wrong(world, messages), 60, "all rows")
    check_settled_once(world)
    dead = world.counts()["DEAD_LETTER"]
    wait_for(lambda: world.sink.told("DeadLetters") >= dead, 30, f"alerts that cover all {dead} dead letters")

    # It comes back: the daemon there stands by.
    world.cluster.obey("heal")
    daemons[worker].wait_for_event("lease.lost", seconds=60)
    world.add("AFTER", delivered())
    wait_for(lambda: world.status_of("AFTER") == "SENT")
    check_settled_once(world)
    wait_for(lambda: len(world.status()["instances"]) == 3)
    wait_for(lambda: all(told[-1]["state"] == "resolved" for told in world.sink.episodes("StoreTrouble")),
             what="the end of what the lost daemon told")


def test_a_node_without_its_cluster_takes_no_work_and_says_why(world):
    daemon = world.start_at(0)
    daemon.wait_for_event("daemon.ready")
    world.cluster.obey("kill 1")
    world.cluster.obey("kill 2")
    # What became of a commit that was under way is asked for 30 s.
    alert = wait_for(lambda: world.sink.of("StoreTrouble"), 60, "the alert")[0]
    assert any(word in alert["summary"] for word in ("replication", "WSREP")), alert
    wait_for(lambda: any("WSREP" in line for line in daemon.events("lease.failed")), what="what the lease says of it")
    world.cluster.obey("heal")
    world.add("HEALED", failed())
    wait_for(lambda: world.status_of("HEALED") == "DEAD_LETTER", 30)
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="its end")
    daemon.stop()


def test_nodes_lost_at_random_and_nothing_is_lost_or_done_twice(world):
    daemons, _ = world.start_at_all()
    messages = mixed(300 * LOSSES, seed=LOSSES)
    chance = random.Random(LOSSES)
    waves = (messages[start:start + 60] for start in range(0, len(messages), 60))
    for round in range(LOSSES):
        node = chance.randrange(3)
        world.speak_to((node + 1) % 3)
        for _ in range(2):
            world.add_many([(key, entries) for key, entries, _, _ in next(waves)])
        time.sleep(chance.uniform(0, INTERVAL))
        world.cluster.obey(f"{chance.choice(['kill', 'freeze'])} {node}")
        for _ in range(3):
            world.add_many([(key, entries) for key, entries, _, _ in next(waves)])
            time.sleep(chance.uniform(0, INTERVAL))
        world.cluster.obey("heal")
    wait_for(lambda: not wrong(world, messages), 60, "all rows")
    check_settled_once(world)
    dead = world.counts()["DEAD_LETTER"]
    wait_for(lambda: world.sink.told("DeadLetters") >= dead, 30, f"alerts that cover all {dead} dead letters")
    assert all(daemon.process.poll() is None for daemon in daemons)
