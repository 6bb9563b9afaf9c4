"""Limits of the server's for how long a statement may take: ours come first, and what they end is done again later."""
from __future__ import annotations

import os

import pytest

from harness import delivered, failed, wait_for
from servers import KINDS, Server, ServerWorld, own_server_world, server_world
from wire import Wire

FULL = os.environ.get("FULL") == "1"

# Of the application's, or of somebody's who looks after the database: it makes each change of a row slow.
TRIGGERS = {
    "mysql": ["CREATE TRIGGER slow BEFORE UPDATE ON notification_history FOR EACH ROW DO SLEEP({seconds})"],
    "postgresql": [
        "CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$"
        " LANGUAGE plpgsql",
        "CREATE TRIGGER slow BEFORE UPDATE ON notification_history FOR EACH ROW EXECUTE FUNCTION slow()",
    ],
}
NO_TRIGGER = {"mysql": "DROP TRIGGER slow", "postgresql": "DROP TRIGGER slow ON notification_history"}
# As our session says it (30 s, and what leaves the server time to say so), and as long for a second.
SHORTER = {
    "mysql": (b"max_statement_time = 30", b"max_statement_time = 1 "), "postgresql": (b"'27000'", b"' 1000'"),
}
WORDS = {"mysql": ("max_statement_time", "1969"), "postgresql": ("statement timeout", "57014")}


class WiredWorld(ServerWorld):
    """Whose session's own limit is a second, unless the test may take its time."""

    def __init__(self, folder, server: Server):
        self.wire = Wire(server.kind, server.address.port)
        if not FULL:
            self.wire.edits = [SHORTER[server.kind]]
        super().__init__(folder, server)
        self.write_config(reconcile={"interval": "500ms"})

    def store(self) -> dict:
        return {**super().store(), "url": self.server.url(port=self.wire.port)}

    def stop(self):
        super().stop()
        self.wire.stop()


def slow_down(world, seconds: float):
    for text in TRIGGERS[world.server.kind]:
        world.execute(text.format(seconds=seconds))


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_of_the_server_or_the_account_gives_way_to_ours(kind, tmp_path):
    with own_server_world(kind, tmp_path) as world:
        server, name = world.server, world.server.address.username
        if kind == "mysql":
            server.as_admin("SET GLOBAL max_statement_time = 1", f"ALTER USER {name}@'127.0.0.1' WITH MAX_STATEMENT_TIME 1")
            assert server.value("SELECT @@max_statement_time") == 1
        else:
            server.as_admin(f"ALTER ROLE {name} SET statement_timeout = '1s'")
            assert server.value("SHOW statement_timeout") == "1s"
        slow_down(world, 1.5)
        world.add("SLOW01", delivered())
        daemon = world.start()
        wait_for(lambda: world.status_of("SLOW01") == "SENT", what="a change that takes longer than theirs")
        assert not daemon.events("store.busy") and not daemon.events("cycle.failed")
        assert world.settled_twice() == []
        daemon.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_beyond_our_own_limit_is_told_with_its_cause_and_done_later(kind, tmp_path):
    with server_world(kind, tmp_path, WiredWorld) as world:
        daemon = world.start()
        daemon.wait_for_event("daemon.ready")
        assert FULL or world.wire.edited_count > 0, "our session sets a limit of its own"
        slow_down(world, 40 if FULL else 2.5)
        world.add_many([(f"SLOW{number:03d}", [failed() if number % 2 else delivered()]) for number in range(20)])
        trouble = wait_for(lambda: world.sink.of("StoreTrouble"), 90 if FULL else 20, "the alert")[0]
        busy = daemon.events("store.busy")[0]
        for word in WORDS[kind]:
            assert word in busy and word in trouble["summary"], (busy, trouble)
        assert "triggers" in busy
        assert world.counts() == {"PENDING": 20}
        assert world.query("SELECT count(*) FROM reconciler_audit")[0][0] == 0
        world.server.as_admin(NO_TRIGGER[kind], inside=True)
        wait_for(lambda: world.counts() == {"SENT": 10, "DEAD_LETTER": 10}, 90 if FULL else 20, "the rows")
        wait_for(lambda: world.sink.of("StoreTrouble", "resolved"), what="the end of it")
        wait_for(lambda: world.sink.told("DeadLetters") == 10, what="the dead letters' alert")
        assert world.settled_twice() == []
        assert world.query("SELECT count(*) FROM reconciler_audit WHERE to_status IN ('sent', 'dead_letter')")[0][0] == 20
        daemon.stop()
