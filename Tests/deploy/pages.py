"""Databases for the status page: with nothing in them, with a million messages after a bad week, with hostile text."""
from __future__ import annotations

import json
from pathlib import Path

from harness import World, ago, delivered, failed

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)><b id=evil>'&lt;\x1b[31m\u202e 010-0000-0009"
# What the file system takes, too.
HOSTILE_NAME = HOSTILE.replace("/", "").replace("\x1b", "")
MESSAGES = 1_000_000


def page(world: World) -> Path:
    file = world.folder / "page.html"
    world.run("report", "--html", str(file))
    return file


def empty(folder: Path) -> Path:
    world = World(folder)
    try:
        return page(world)
    finally:
        world.stop()


def full(folder: Path, language: str = "en", zone: str = "Z") -> Path:
    """A million messages and a week: a refused account, lost webhooks, a backlog."""
    world = World(folder)
    try:
        world.config["time_zone"] = zone
        world.write_config(alerts={"language": language, "backlog_above": 10, "webhook_gap": {"at_least": 10},
                                   "pending_aging_after": "2h", "keep_firing_for": "1h"})
        world.add_many([(f"REFUSED{index:05d}", [failed("64008")]) for index in range(30)])
        world.add_many([(f"LOST{index:08d}", [delivered()]) for index in range(50)], accepted=ago(minutes=90))
        world.add_many([(f"STALE{index:07d}", []) for index in range(20)], accepted=ago(hours=80))
        world.add_many([(f"YOUNG{index:07d}", []) for index in range(20)], accepted=ago(hours=5))
        world.once()
        world.execute(f"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES} - 120)
            INSERT INTO notification_history (external_id, status, created_at)
            SELECT 'M' || i, CASE WHEN i % 9 = 0 THEN 'PENDING' WHEN i % 31 = 0 THEN 'DEAD_LETTER' ELSE 'SENT' END,
                strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || (({MESSAGES} - i) * 7 / 10) || ' seconds') FROM n""")
        world.execute("""
            WITH RECURSIVE h(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM h WHERE i < 167),
                k(source, outcome, code, weight) AS (VALUES ('inquiry', 'sent', '', 900), ('polling', 'sent', '', 200),
                    ('inquiry', 'late', '', 12), ('inquiry', 'reported', '64016', 80), ('inquiry', 'reported', '99999', 9),
                    ('polling', 'reported', '22003', 30), ('inquiry', 'stale', '', 5), ('inquiry', 'uncertain', '63005', 3))
            INSERT OR REPLACE INTO reconciler_hour (hour, source, outcome, code, count)
            SELECT unixepoch() / 3600 - i, source, outcome, code, weight * (2 + (i * 7 + 3) % 11) FROM h, k""")
        world.execute("""
            WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 25)
            INSERT INTO reconciler_cycle (started_at, duration_ms, result, provider_state, provider_since, due, requests,
                settled) SELECT started_at - (26 - i) * 60000, 900 * i, CASE i % 7 WHEN 0 THEN 'failed' ELSE 'ok' END,
                CASE i % 7 WHEN 0 THEN 'unavailable' ELSE 'ok' END, provider_since, 1000 * i, 11 * i, 987 * i
            FROM c, (SELECT * FROM reconciler_cycle ORDER BY id DESC LIMIT 1)""")
        world.execute("""
            WITH RECURSIVE d(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM d WHERE i < 12000)
            INSERT INTO reconciler_difference SELECT CASE WHEN i % 5 = 0 THEN 'missing_row' WHEN i % 7 = 0 THEN 'healed'
                ELSE 'false_sent' END, '20261129101112345SIM000000' || (i + 100000) || '000', 'sent', '64008',
                unixepoch() * 1000 - i * 60000, unixepoch() * 1000 - i FROM d""")
        world.execute("""
            INSERT OR REPLACE INTO reconciler_meta VALUES ('verify_began_at', (unixepoch() - 864000) * 1000),
                ('verify_looked_at', (unixepoch() - 1800) * 1000), ('verified_until', (unixepoch() - 43200) * 1000)""")
        return page(world)
    finally:
        world.stop()


def korean(folder: Path) -> Path:
    return full(folder, "ko", "Asia/Seoul")


def hostile(folder: Path) -> Path:
    """Markup, controls and a telephone number in everything that comes from outside."""
    folder = folder / HOSTILE_NAME
    folder.mkdir()
    world = World(folder)
    try:
        sink = {"type": "command", "name": HOSTILE_NAME.replace("\u202e", ""), "argv": ["/bin/false"]}
        world.write_config(alerts={"sinks": [sink]})
        world.add("HOSTILE001", failed(HOSTILE, HOSTILE))
        world.add("HOSTILE002", failed("01000000009", HOSTILE))
        world.execute("INSERT INTO notification_history (external_id, status, service_type, report_code, error_message,"
                      " created_at) VALUES (?, 'PENDING', ?, ?, ?, ?)", *[HOSTILE] * 5)
        world.once()
        world.execute("UPDATE reconciler_cycle SET provider_detail = ?, provider_state = 'unavailable'", HOSTILE)
        world.execute("UPDATE reconciler_meta SET value = ? WHERE key = 'provider_detail'", HOSTILE)
        for code in (HOSTILE, "<b>'&", "01000000009"):
            world.execute("INSERT INTO reconciler_hour VALUES (unixepoch() / 3600, 'inquiry', 'reported', ?, 7)", code)
        for name in ("ProviderUnreachable", "SinkFailing", "SenderRefused", "StoreTrouble", "Backlog"):
            world.execute(
                "INSERT INTO reconciler_alert VALUES (?, ?, 'firing', 1, 3, ?, ?, ?, 1764000000000, 1764000000000,"
                " NULL, NULL, NULL, NULL, 0, NULL)",
                name, json.dumps({HOSTILE: HOSTILE, "sink": HOSTILE, "code": HOSTILE}), json.dumps([HOSTILE]),
                json.dumps({HOSTILE: 3}), HOSTILE)
        return page(world)
    finally:
        world.stop()
