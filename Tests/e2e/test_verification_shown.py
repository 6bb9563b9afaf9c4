"""What people see of verification: status, show, the page, check."""
import json
import re

from harness import ROOT, ago, delivered, failed, wait_for

KEYS = [f"FALSE{index:05d}A01" for index in range(12)]


def differing(world):
    """Twelve rows that say SENT and failed, one without a row, one dead letter that was delivered; a daemon has looked."""
    world.write_config(verify={"every": "1s"}, status_page={"file": str(world.folder / "page.html")})
    world.add_many([(key, [failed("64008", "words")]) for key in KEYS], ago(hours=1), "SENT")
    world.add("HEALED0001A01", delivered(), status="DEAD_LETTER")
    world.simulator.load([{"msgKey": "NOROW00001A01", "acceptedAt": ago(hours=1).isoformat(), "entries": [delivered()]}])
    daemon = world.start()
    # The moment a page begins at is random: not every look meets them.
    wait_for(lambda: world.status()["differences"] == {"false_sent": 12, "missing_rows": 1, "healed": 1}, 60, "a look")
    return daemon


def test_status_show_and_page_tell_what_differs(world):
    nothing = world.status()
    assert (nothing["verification"], nothing["role"]) == (None, "none")
    assert nothing["differences"] == {"false_sent": 0, "missing_rows": 0, "healed": 0}
    assert "verification" not in world.run("status").stdout
    daemon = differing(world)
    status = world.status()
    assert status["role"] == "working" and status["verification"]["verified_until"] is None
    assert status["verification"]["looked_at"].endswith("Z")
    lines = world.run("status").stdout
    assert re.search(r"^verification  account looked at \d+s ago \(.* \+09:00\), no whole day verified yet$", lines, re.M)
    assert "differences   12 say SENT and failed, 1 without a row, 1 dead letters healed" in lines
    shown = json.loads(world.run("show", KEYS[0], "--json").stdout)
    assert [(one["kind"], one["report_code"]) for one in shown["differences"]] == [("false_sent", "64008")]
    assert shown["status"] == "SENT"
    assert "failed on every channel with 64008" in world.run("show", KEYS[0]).stdout
    assert "no row has this msgKey" in world.run("show", "NOROW00001A01").stdout
    world.run("show", "OTHER00001A01", expect=1)
    file = world.folder / "page.html"
    page = wait_for(lambda: file.exists() and KEYS[0] in (text := file.read_text()) and text, 60, "a page")
    assert "<h2 id=\"verification\">Verification</h2>" in page and "no whole day has been verified yet" in page
    assert sum(key in page for key in KEYS) <= 10, "the newest ten of all"
    daemon.stop()
    assert world.status()["role"] == "none"
    # Off, and still kept.
    world.write_config(verify={"every": None})
    world.run("report", "--html", str(world.folder / "off.html"))
    assert "Nothing is verified any more." in (world.folder / "off.html").read_text()


def test_the_runbooks_sql_puts_the_rows_right(world):
    world.add_many([(key, [failed("64008", "words")]) for key in KEYS], ago(hours=1), "SENT")
    world.add("TRUE000001A01", delivered(), status="SENT")
    said = json.loads(world.run("verify", "--json", expect=1).stdout)
    assert sorted(one["msg_key"] for one in said["differences"]) == KEYS
    for language in ("en", "ko"):
        runbook = (ROOT / f"deploy/runbook/{language}.md").read_text()
        sql, = re.findall(r"<<'EOF'\n(.*?)EOF\n", runbook, re.DOTALL)
    world.execute(sql)
    assert world.counts() == {"PENDING": 12, "SENT": 1}
    assert world.once()["dead_letter"]["reported"] == 12
    assert {world.row(key)["report_code"] for key in KEYS} == {"64008"}
    assert world.row("TRUE000001A01")["status"] == "SENT"
    world.run("verify", expect=0)
    assert world.status()["differences"]["false_sent"] == 12, "what was found stays told"


def test_check_says_whether_anything_is_verified(world):
    senders = world.folder / "senders"
    senders.write_text("sender-key-1\nsender-key-2\n")
    world.write_config(verify={"sender_keys_file": str(senders)})
    assert "ok    verification: every 1h, with 2 sender profiles; whole days at night" in world.run("check").stdout
    world.write_config(verify={"every": None})
    off = world.run("check", "--offline")
    assert "note  verification: nothing is verified: verify.every is null" in off.stdout and off.stderr == ""
    secret = world.folder / "client-password"
    secret.write_text("pass-w0rd-for-tests\n")
    secret.chmod(0o600)
    del world.config["api"]["key_file"]
    world.write_config(api={"generation": "omni", "client_id": "id-1", "client_password_file": str(secret)},
                       verify={"every": "1h"})
    omni = world.run("check", "--offline")
    assert "note  verification: nothing is verified: api.generation \"omni\"" in omni.stdout and omni.stderr == ""


def test_rows_that_cannot_be_found_by_their_keys_are_told_of(world):
    world.execute("DROP TABLE notification_history")
    world.execute("CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT, status TEXT, "
                  "service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)")
    world.write_config(verify={"every": "1s"})
    assert "compares no rows" in world.run("check", "--offline").stdout
    daemon = world.start()
    line = daemon.wait_for_event("verify.incomplete")[0]
    assert "level=warn" in line and "no index finds a row by its msgKey" in line
    daemon.stop()
    world.execute("CREATE UNIQUE INDEX by_key ON notification_history (external_id)")
    assert "compares no rows" not in world.run("check", "--offline").stdout
