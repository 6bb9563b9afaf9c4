"""A COMMIT that is lost, late or refused between the reconciler and its database server (`wire.py`)."""
from __future__ import annotations

import os
import random

import pytest

from harness import Daemon, delivered, failed, mixed, wait_for
from servers import KINDS, Server, ServerWorld, server_world
from wire import Fate, Link, Wire

LOSSES = 300 if os.environ.get("FULL") == "1" else 30
# So many in a row are survived without a word (`ServerDatabase.mostTries`).
TOLERATED = 4
REPEAT_EVERY = 3.0


class WiredWorld(ServerWorld):
    """Whose reconcilers reach the server by a `Wire`."""

    def __init__(self, folder, server: Server):
        self.wire = Wire(server.kind, server.address.port)
        super().__init__(folder, server)
        self.write_config(reconcile={"interval": "500ms"},
                          alerts={"group_wait": "0s", "repeat_every": f"{int(REPEAT_EVERY)}s"})

    def store(self) -> dict:
        return {**super().store(), "url": self.server.url(port=self.wire.port)}

    def stop(self):
        super().stop()
        self.wire.stop()


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path, WiredWorld) as world:
        yield world


def wrong(world, messages) -> list[str]:
    rows = {row["external_id"]: row for row in world.query("SELECT * FROM notification_history")}
    return [key for key, _, status, code in messages
            if rows[key]["status"] != status or (code and rows[key]["report_code"] != code)]


def check_settled_once(world):
    """What the rows say, the audit says, once for each."""
    counts = world.counts()
    audited = dict(world.query("SELECT to_status, count(*) FROM reconciler_audit WHERE to_status IN ('sent', 'dead_letter')"
                               " GROUP BY to_status"))
    assert world.settled_twice() == []
    assert audited == {word: counts[status] for word, status in [("sent", "SENT"), ("dead_letter", "DEAD_LETTER")]
                       if status in counts}


class Losses:
    """Loses so many of a worker's COMMITs at random, in every way, but never so many in a row that anybody notices."""

    def __init__(self, count: int, seed: int):
        self.left = count
        self.random = random.Random(seed)
        self.in_a_row = 0

    def __call__(self, link: Link) -> Fate | None:
        if not link.works:
            return None
        if not self.left or self.in_a_row == TOLERATED or self.random.random() < 0.4:
            self.in_a_row = 0
            return None
        self.left -= 1
        self.in_a_row += 1
        return self.random.choice([Fate.BEFORE, Fate.UNHEARD, Fate.AT_ONCE, Fate.LATE])


def test_commits_lost_in_every_way_and_nothing_is_lost_or_done_twice(world):
    daemons = [world.start() for _ in range(3)]
    wait_for(lambda: any(daemon.events("daemon.ready") for daemon in daemons), what="a worker")
    messages = mixed(400 * LOSSES // 30, seed=14)
    plan = world.wire.plan = Losses(LOSSES, seed=14)
    # Wave after wave, so that there is something to commit until the last is lost.
    for start in range(0, len(messages), 40):
        world.add_many([(key, entries) for key, entries, _, _ in messages[start:start + 40]])
        aim = LOSSES - LOSSES * (start + 40) // len(messages)
        wait_for(lambda: plan.left <= aim, 30, f"{LOSSES - aim} lost COMMITs: {world.wire.done}")
    wait_for(lambda: not wrong(world, messages), 30, "all rows")
    assert world.wire.done.total() == LOSSES and len(world.wire.done) == 4, world.wire.done
    check_settled_once(world)

    # Every dead letter was told, each time that the alert fired but once, and its end, once.
    dead = world.counts()["DEAD_LETTER"]
    wait_for(lambda: world.sink.told("DeadLetters") == dead, 20, f"alerts that cover all {dead} dead letters")
    wait_for(lambda: all(told[-1]["state"] == "resolved" for told in world.sink.episodes("DeadLetters")), what="their end")
    # Who takes the work over tells again what may not have been told.
    is_handed_over = sum(len(daemon.events("lease.taken")) for daemon in daemons) > 2
    for episode in world.sink.episodes("DeadLetters"):
        ends = [alert["state"] for alert in episode].count("resolved")
        assert ends == 1 or (is_handed_over and ends > 0), episode
        counts = [alert["count"] for alert in episode if alert["state"] == "firing"]
        assert counts and (counts == sorted(set(counts)) or (is_handed_over and counts == sorted(counts))), episode
    assert not world.sink.of("StoreTrouble")

    # What was committed unheard was counted by whoever did it, and nothing else was. A worker that loses its lease on a
    # machine that is too busy does not say what it had counted.
    if not is_handed_over:
        names = ["sent", "dead_letter", "settled_elsewhere"]
        wait_for(lambda: sum(counted(daemon, name) for daemon in daemons for name in names)
                 >= sum(world.counts()[status] for status in ("SENT", "DEAD_LETTER")), what="a cycle's end")
        found = [sum(counted(daemon, name) for daemon in daemons) for name in names]
        assert found == [world.counts()["SENT"], dead, 0]
        assert not any(daemon.events("cycle.failed") for daemon in daemons)

    assert all(daemon.process.poll() is None for daemon in daemons)
    # For a moment nobody works where the work changes hands.
    wait_for(lambda: (status := world.status())["role"] == "working" and len(status["instances"]) == 3,
             what="a worker and two that stand by")
    world.add("AFTER", delivered())
    wait_for(lambda: world.status_of("AFTER") == "SENT")
    print(f"\n{world.server.kind}: {({fate.value: count for fate, count in world.wire.done.items()})}")


def test_a_commit_that_is_still_under_way_is_waited_for(world):
    """Asked too early, the server would say that it was not made."""
    daemon = world.start()
    daemon.wait_for_event("daemon.ready")
    world.wire.plan = lambda link: Fate.LATE if link.works else None
    world.add_many([(f"LATE{number:03d}", [failed() if number % 2 else delivered()]) for number in range(20)])
    wait_for(lambda: world.counts() == {"SENT": 10, "DEAD_LETTER": 10}, what="the rows")
    world.wire.plan = lambda link: None
    check_settled_once(world)
    # Who believes that it was not made finds the rows settled by somebody else, and neither counts nor tells them.
    names = ["sent", "dead_letter", "settled_elsewhere"]
    wait_for(lambda: sum(counted(daemon, name) for name in names) >= 20, what="the last cycle's end")
    assert [counted(daemon, name) for name in names] == [10, 10, 0], daemon.log
    assert len(daemon.events("message.dead_letter")) == 10
    assert not daemon.events("cycle.failed")
    daemon.stop()


def counted(daemon: Daemon, name: str) -> int:
    """What its cycles have counted by that name."""
    return sum(int(word.removeprefix(f"{name}=")) for line in daemon.events("cycle.completed") for word in line.split()
               if word.startswith(f"{name}="))


def test_a_conflict_at_commit_is_tried_again_whole(world):
    """Galera certifies a transaction at its COMMIT, and answers with a deadlock (1213) where another node was first."""
    tries: dict[str, int] = {"of one": 0}

    def each_several_times(link: Link) -> Fate | None:
        if not link.works:
            return None
        tries["of one"] = (tries["of one"] + 1) % (TOLERATED + 1)
        return Fate.CONFLICT if tries["of one"] else None

    world.wire.plan = each_several_times
    world.add_many([(f"CONFLICT{number:03d}", [failed() if number % 2 else delivered()]) for number in range(40)])
    daemon = world.start()
    wait_for(lambda: world.counts() == {"SENT": 20, "DEAD_LETTER": 20}, what="the rows")
    wait_for(lambda: world.sink.told("DeadLetters") == 20, what="the alert")
    check_settled_once(world)
    assert world.wire.done[Fate.CONFLICT] >= TOLERATED
    assert not daemon.events("store.busy") and not daemon.events("cycle.failed") and not world.sink.of("StoreTrouble")

    # One more than is tolerated is trouble with the store, and nothing is lost by it.
    world.wire.plan = lambda link: Fate.CONFLICT if link.works else None
    world.add_many([(f"BEYOND{number:03d}", [failed()]) for number in range(20)])
    busy = daemon.wait_for_event("store.busy")[0]
    assert world.wire.protocol.conflict in busy and "change the same rows" in busy
    code = {"mysql": "1213", "postgresql": "40001"}[world.server.kind]
    trouble = wait_for(lambda: world.sink.of("StoreTrouble"), what="the alert")[0]
    assert code in trouble["summary"], trouble
    assert world.counts() == {"SENT": 20, "DEAD_LETTER": 20, "PENDING": 20}
    world.wire.plan = lambda link: None
    wait_for(lambda: world.counts() == {"SENT": 20, "DEAD_LETTER": 40}, what="the rest")
    wait_for(lambda: world.sink.told("DeadLetters") == 40, what="the alert")
    wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="the end of it")
    assert len(world.sink.of("StoreTrouble")) == 1 and len(world.sink.of("StoreTrouble", "resolved")) == 1
    check_settled_once(world)
    daemon.stop()
