"""kill -9 at random moments with the table at a database server: nothing settled twice, all settled in the end."""
import os
import random
import time

import pytest

from harness import mixed, wait_for
from servers import KINDS, server_world

MOMENTS = 50 if os.environ.get("FULL") == "1" else 10


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path) as world:
        yield world


def test_kill_nine_at_random_moments(world):
    messages = mixed(400, seed=11)
    world.add_many([(key, entries) for key, entries, _, _ in messages])
    world.simulator.faults({"kind": "status", "status": 404, "match": "history"})
    world.write_config(reconcile={"interval": "500ms"}, alerts={"group_wait": "0s", "repeat_every": "6s"},
                       api={"requests_per_second": 400 // MOMENTS, "burst": 5})
    generator = random.Random(5)
    left = []
    for _ in range(MOMENTS):
        daemon = world.start()
        # The lease of the one before must run out first; some die before that.
        if generator.random() < 0.8:
            daemon.wait_for_event("daemon.ready")
        time.sleep(generator.uniform(0, 1))
        daemon.process.kill()
        daemon.process.wait(10)
        left.append(world.counts().get("PENDING", 0))
    assert left[0] > left[-1], left

    world.simulator.faults()
    world.write_config(api={"requests_per_second": 5000, "burst": 200})
    daemon = world.start()
    pending = sum(status == "PENDING" for _, _, status, _ in messages)
    wait_for(lambda: world.counts().get("PENDING", 0) == pending, 60, "the rest")
    dead = world.counts()["DEAD_LETTER"]
    wait_for(lambda: world.sink.told("DeadLetters") == dead, 20, f"alerts that cover all {dead} dead letters")
    daemon.stop()
    rows = {row["external_id"]: row for row in world.query("SELECT * FROM notification_history")}
    wrong = [key for key, _, status, code in messages
             if rows[key]["status"] != status or (code and rows[key]["report_code"] != code)]
    assert wrong == [] and world.settled_twice() == []
    audited = world.query("SELECT count(*) FROM reconciler_audit WHERE to_status = 'dead_letter'")[0][0]
    assert audited == dead, "every dead letter is in the audit, once, committed with it"
    print(f"\n{MOMENTS} kills on {world.server.kind}; PENDING after each: {left}")
