"""The package on a fresh Debian: installed, run by a real systemd in the unit's own sandbox, upgraded, removed.

Takes minutes and the network: only with deploy/test --full, as root.
"""
from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from conftest import ROOT, run
from harness import KEY, TABLE, Simulator, ago, delivered, failed, free_port, iso, wait_for
from listener import PROVIDER, Clients, answer_to, report
from machine import Machine

if os.environ.get("FULL") != "1":
    pytest.skip("a fresh Debian: deploy/test --full asks for it", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("a fresh Debian: needs root", allow_module_level=True)

UNIT = "bizgo-reconciler.service"
SOCKET = "bizgo-reconciler.socket"
DATABASE = "/srv/app/data/notifications.db"
CONFIG = "/etc/bizgo-reconciler/config.json5"


@pytest.fixture(scope="module")
def simulator():
    simulator = Simulator()
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    release = re.search(r"VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text())[1]
    # Not under pytest's own folder: nspawn must be able to see all of the way to it.
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine(folder / "root", release)
    yield machine
    machine.stop()
    run("rm", "-rf", "--one-file-system", folder)


@pytest.fixture(scope="module")
def before(machine) -> set[str]:
    return files(machine)


@pytest.fixture(scope="module")
def installed(machine, before, package):
    said = machine.install(package).stdout
    assert "installed but not started" in said
    return machine


def files(machine) -> set[str]:
    """Everything that an installation could leave."""
    return {str(path.relative_to(machine.root)) for top in ("etc", "usr", "var/lib", "var/backups", "run", "srv")
            for path in machine.path(top).rglob("*")
            if not re.match(r"var/lib/(dpkg|apt|systemd)/|run/|etc/.*-$", str(path.relative_to(machine.root)))}


def write_config(machine, simulator, http=None, webhook=None, **api):
    machine.path(CONFIG).write_text("// edited by the administrator\n" + json.dumps({
        "api": {"base_url": simulator.url, "requests_per_second": 1000, "burst": 100, **api},
        "reconcile": {"interval": "1s"}, "store": {"path": DATABASE},
        "alerts": {"group_wait": "1s", "sinks": [{"type": "log"}]}, "http": http or {}, "webhook": webhook or {}}))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def sql(machine, text: str, *values):
    connection = sqlite3.connect(machine.path(DATABASE), timeout=30)
    rows = connection.execute(text, values).fetchall()
    connection.commit()
    connection.close()
    return rows


def add(machine, simulator, key: str, *entries: dict):
    # First: a daemon that runs would ask about a row that the provider has yet to hear of.
    simulator.load([{"msgKey": key, "acceptedAt": iso(ago(hours=1)), "entries": list(entries)}])
    sql(machine, "INSERT INTO notification_history (external_id, created_at) VALUES (?, ?)", key, iso(ago(hours=1)))


def status(machine, key: str) -> str:
    return sql(machine, "SELECT status FROM notification_history WHERE external_id = ?", key)[0][0]


# The tests below build on each other, in this order.

def test_files_and_owners_are_right(installed):
    identity = installed.run("id", "bizgo-reconciler").stdout
    uid, gid = (int(number) for number in re.findall(r"[ug]id=(\d+)", identity))
    assert uid < 1000 and gid < 1000
    for path, wanted in {
        "/etc/bizgo-reconciler": (0, gid, 0o750), CONFIG: (0, gid, 0o640),
        "/var/lib/bizgo-reconciler": (uid, gid, 0o750), "/var/backups/bizgo-reconciler": (uid, gid, 0o700),
    }.items():
        status = installed.path(path).stat()
        assert (status.st_uid, status.st_gid, mode(installed.path(path))) == wanted, path
    assert "nologin" in installed.run("getent", "passwd", "bizgo-reconciler").stdout
    assert installed.run("systemctl", "is-enabled", UNIT, expect=None).stdout.strip() == "disabled"
    assert installed.run("dpkg", "--verify", "bizgo-reconciler").stdout == ""


def test_check_says_what_is_missing_and_then_passes(installed, simulator):
    machine = installed
    machine.run("groupadd", "--system", "app")
    machine.run("useradd", "--system", "--gid", "app", "app")
    machine.run("install", "-d", "-m", "2770", "-o", "app", "-g", "app", "/srv/app", "/srv/app/data")
    machine.path("/srv/app").chmod(0o755)
    assert "api-key" in machine.user("bizgo-reconciler", "check", "--offline", expect=78).stderr
    connection = sqlite3.connect(machine.path(DATABASE))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(TABLE)
    connection.close()
    machine.run("chown", "app:app", DATABASE)
    machine.path(DATABASE).chmod(0o660)
    machine.run("install", "-m", "600", "-o", "bizgo-reconciler", "/dev/null", "/etc/bizgo-reconciler/api-key")
    machine.path("/etc/bizgo-reconciler/api-key").write_text(KEY + "\n")
    write_config(machine, simulator, key_file="/etc/bizgo-reconciler/api-key")
    checked = machine.user("bizgo-reconciler", "check")
    assert "answers and takes the key" in checked.stdout and checked.stderr == ""


@pytest.fixture(scope="module")
def booted(installed):
    """The machine with systemd at work in it, the documented drop-in in place."""
    machine = installed
    example = machine.path("/usr/share/doc/bizgo-reconciler/examples/systemd/database.conf").read_text()
    for unit in (UNIT, "bizgo-reconciler-backup.service"):
        folder = machine.path(f"/etc/systemd/system/{unit}.d")
        folder.mkdir(parents=True)
        (folder / "database.conf").write_text(example)
    if not machine.boot():
        pytest.skip("this host cannot boot a container: the unit was not run by a systemd. Console:\n"
                    + (machine.root.parent / "console.log").read_text(errors="replace")[-2000:])
    return machine


def test_the_unit_as_installed_is_right(booted):
    result = booted.run("systemd-analyze", "verify", "--man=no", UNIT, "bizgo-reconciler-backup.service",
                        "bizgo-reconciler-backup.timer", SOCKET)
    assert result.stderr == ""


def test_the_daemon_reconciles_under_its_own_unit(booted, simulator):
    machine = booted
    add(machine, simulator, "UNIT000001", delivered())
    add(machine, simulator, "UNIT000002", failed("64016"))
    add(machine, simulator, "UNIT000003", failed("64008"))
    machine.run("systemctl", "enable", "--now", UNIT, timeout=60)
    assert machine.show("ActiveState") == "active"
    wait_for(lambda: status(machine, "UNIT000001") == "SENT", 30, "a settled message")
    wait_for(lambda: status(machine, "UNIT000003") == "DEAD_LETTER", 30, "a dead letter")
    wait_for(lambda: "provider ok" in machine.show("StatusText"), 10, "the status line")
    overview = json.loads(machine.user("bizgo-reconciler", "status", "--json").stdout)
    assert overview["messages"] == {"pending": 0, "sent": 1, "dead_letter": 2}


def test_the_walls_are_up(booted):
    machine = booted
    pid = machine.show("MainPID")
    process = dict(re.findall(r"^(\w+):\s+(.*)$", machine.run("cat", f"/proc/{pid}/status").stdout, re.MULTILINE))
    assert process["Seccomp"] == "2" and process["NoNewPrivs"] == "1"
    assert set(process["CapEff"]) == set(process["CapBnd"]) == {"0"}
    mounts = {line.split()[4]: line.split()[5].split(",")[0]
              for line in machine.run("cat", f"/proc/{pid}/mountinfo").stdout.splitlines()}
    assert mounts["/"] == "ro"
    writable = {path for path, how in mounts.items() if how == "rw" and not re.match(r"/(dev|proc|run|tmp|var/tmp)", path)}
    assert writable == {"/srv/app/data", "/var/lib/bizgo-reconciler"}, mounts
    assert machine.show("WatchdogUSec") == "3min"


def test_the_journal_has_levels_and_no_time_of_ours(booted):
    wait_for(lambda: "event=alert.fired" in booted.run("journalctl", "-u", UNIT).stdout, 20, "an alert in the journal")
    entries = [json.loads(line) for line in booted.run("journalctl", "-u", UNIT, "-o", "json").stdout.splitlines()]
    ours = [entry for entry in entries if str(entry["MESSAGE"]).startswith("level=")]
    assert ours and not any(entry["MESSAGE"].startswith("ts=") for entry in entries)
    priorities = {"debug": "7", "info": "6", "warn": "4", "error": "3"}
    for entry in ours:
        assert entry["PRIORITY"] == priorities[re.match(r"level=(\w+)", entry["MESSAGE"])[1]], entry["MESSAGE"]
    assert not any("setpriority" in str(entry["MESSAGE"]) for entry in entries)


def test_a_reload_is_a_reload(booted, simulator):
    machine = booted
    pid = machine.show("MainPID")
    machine.run("systemctl", "reload", UNIT)
    wait_for(lambda: "event=daemon.reloaded" in machine.run("journalctl", "-u", UNIT).stdout, 15, "the reload")
    assert machine.show("MainPID") == pid and machine.show("ActiveState") == "active"


def test_a_daemon_that_hangs_is_ended_by_the_watchdog_and_comes_back(booted, simulator):
    machine = booted
    dropin = machine.path(f"/run/systemd/system/{UNIT}.d")
    machine.run("mkdir", "-p", f"/run/systemd/system/{UNIT}.d")
    machine.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=4s\\nRestartSec=1s\\n' "
                            f"> /run/systemd/system/{UNIT}.d/quick.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)
    pid = machine.show("MainPID")
    machine.run("systemctl", "kill", "--signal=STOP", UNIT)
    wait_for(lambda: machine.show("MainPID") not in ("0", pid) and machine.show("ActiveState") == "active", 60,
             "another process")
    assert "watchdog" in machine.run("journalctl", "-u", UNIT).stdout.lower()
    add(machine, simulator, "UNIT000004", delivered())
    wait_for(lambda: status(machine, "UNIT000004") == "SENT", 30, "work after the restart")
    machine.run("rm", "-r", f"/run/systemd/system/{UNIT}.d")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)
    assert not dropin.exists()


def test_the_key_may_be_a_credential(booted, simulator):
    machine = booted
    machine.run("install", "-d", "-m", "700", "/etc/credstore")
    machine.run("mv", "/etc/bizgo-reconciler/api-key", "/etc/credstore/bizgo-reconciler.api-key")
    machine.run("chown", "root:root", "/etc/credstore/bizgo-reconciler.api-key")
    write_config(machine, simulator)
    machine.run("systemctl", "restart", UNIT)
    add(machine, simulator, "UNIT000005", delivered())
    wait_for(lambda: status(machine, "UNIT000005") == "SENT", 30, "a message settled with the credential")


def test_the_nightly_backup_runs_in_its_own_walls(booted):
    machine = booted
    machine.run("systemctl", "enable", "--now", "bizgo-reconciler-backup.timer")
    machine.run("systemctl", "start", "bizgo-reconciler-backup.service", timeout=60)
    made = list(machine.path("/var/backups/bizgo-reconciler").iterdir())
    assert len(made) == 1 and mode(made[0]) == 0o600
    copy = sqlite3.connect(f"file:{made[0]}?immutable=1", uri=True)
    assert copy.execute("SELECT count(*) FROM notification_history").fetchone()[0] == 5
    copy.close()
    assert machine.run("systemctl", "is-active", "bizgo-reconciler-backup.timer").stdout.strip() == "active"


def test_what_the_application_makes_beside_the_database_stays_everybodys(booted):
    for path in booted.path("/srv/app/data").glob("notifications.db*"):
        if path.name.endswith((".db", "-wal", "-shm")):
            assert mode(path) & 0o060 == 0o060, path


def test_a_restart_with_the_socket_unit_turns_no_webhook_away(booted, simulator):
    machine = booted
    # It shares the network of this host, so the port must be free here.
    port = free_port()
    machine.run("mkdir", "-p", f"/etc/systemd/system/{SOCKET}.d")
    machine.path(f"/etc/systemd/system/{SOCKET}.d/port.conf").write_text(
        f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n")
    write_config(machine, simulator, http={"listen": "systemd"}, webhook={"allow": [PROVIDER]})
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "stop", UNIT, timeout=60)
    machine.run("systemctl", "enable", "--now", SOCKET)
    machine.run("systemctl", "start", UNIT, timeout=60)
    clients, done, errors, answered = Clients(port), threading.Event(), [], []

    def stream():
        while not done.is_set():
            key = f"SOCKET{len(answered):06d}"
            try:
                assert clients.post(report(key)) == answer_to(key)
                answered.append(key)
            except Exception as error:
                errors.append(repr(error))

    threads = [threading.Thread(target=stream) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        count = len(answered)
        wait_for(lambda: len(answered) > count + 30, 30, "webhooks")
        machine.run("systemctl", "restart", UNIT, timeout=60)
    count = len(answered)
    wait_for(lambda: len(answered) > count + 30, 30, "webhooks after the last restart")
    done.set()
    for thread in threads:
        thread.join(30)
    assert errors == []
    kept = {row[0] for row in sql(machine, "SELECT message_key FROM reconciler_report")}
    assert set(answered) <= kept, "answered is durable"
    print(f"\nrestarted three times in a stream: {len(answered)} webhooks, none refused")
    # A connection starts a daemon that was stopped.
    machine.run("systemctl", "stop", UNIT, timeout=60)
    assert clients.post(report("SOCKET-LAST")) == answer_to("SOCKET-LAST")
    machine.run("systemctl", "disable", "--now", SOCKET)
    machine.run("rm", "-r", f"/etc/systemd/system/{SOCKET}.d")
    machine.run("systemctl", "daemon-reload")
    write_config(machine, simulator)
    machine.run("systemctl", "restart", UNIT, timeout=60)


def test_an_upgrade_keeps_the_configuration_and_restarts(booted, simulator, tmp_path):
    machine = booted
    binary = ROOT / ".build/package/build/release/bizgo-reconciler"
    newer = Path(run(ROOT / "deploy/package", "--binary", binary, "--version", "99.0", tmp_path).stdout.split()[-1])
    edited, pid = machine.path(CONFIG).read_text(), machine.show("MainPID")
    said = machine.install(newer)
    assert "not started" not in said.stdout
    assert machine.path(CONFIG).read_text() == edited and mode(machine.path(CONFIG)) == 0o640
    assert machine.run("stat", "-c", "%G", CONFIG, "/etc/bizgo-reconciler").stdout.split() == ["bizgo-reconciler"] * 2
    assert machine.show("MainPID") not in ("0", pid) and machine.show("ActiveState") == "active"
    add(machine, simulator, "UNIT000006", delivered())
    wait_for(lambda: status(machine, "UNIT000006") == "SENT", 30, "work after the upgrade")


def test_a_stop_is_clean(booted):
    booted.run("systemctl", "stop", UNIT, timeout=60)
    assert booted.show("Result") == "success" and booted.show("ExecMainStatus") == "0"
    booted.run("systemctl", "start", UNIT, timeout=60)


def test_removing_leaves_configuration_and_data_only(booted, before):
    machine = booted
    machine.run("dpkg", "-r", "bizgo-reconciler")
    assert machine.run("systemctl", "is-active", UNIT, expect=None).stdout.strip() == "inactive"
    left = files(machine) - before
    allowed = re.compile(r"etc/(bizgo-reconciler|credstore|systemd/system/bizgo-reconciler(-backup)?\.service\.d)(/|$)"
                         r"|var/(lib|backups)/bizgo-reconciler(/|$)|srv/|etc/machine-info$|etc/\.updated$|var/lib/[^/]+$"
                         r"|var/lib/(dbus|private)")
    assert {path for path in left if not allowed.match(path)} == set()
    assert machine.path(CONFIG).exists() and machine.path(DATABASE).exists()


def test_purging_leaves_the_data(booted):
    machine = booted
    machine.run("dpkg", "-P", "bizgo-reconciler")
    assert not machine.path("/etc/bizgo-reconciler").exists()
    assert not list(machine.path("/etc/systemd/system").rglob("bizgo-reconciler*"))
    assert machine.path(DATABASE).exists()
    assert list(machine.path("/var/backups/bizgo-reconciler").iterdir())
    assert machine.path("/var/lib/bizgo-reconciler").is_dir()
    assert machine.run("id", "bizgo-reconciler").returncode == 0, "who owns the data stays"
