"""The units, before they are installed anywhere. Tests/deploy/test_machine.py starts them."""
import re
import sqlite3

import pytest

from conftest import ROOT, run
from harness import RECONCILER, TABLE

SYSTEMD = ROOT / "deploy/systemd"
SERVICES = sorted(SYSTEMD.glob("*.service"))
WORST_EXPOSURE = 1.5


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_services_exposure_is_low(unit):
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
    assert exposure <= WORST_EXPOSURE, said


def test_systemd_finds_nothing_to_say(tmp_path):
    # The programs are not where the units will find them: here they are, everything else is as it is.
    for unit in SYSTEMD.glob("bizgo-reconciler*"):
        text = unit.read_text().replace("/usr/bin/bizgo-reconciler", str(RECONCILER))
        text = text.replace("/usr/lib/bizgo-reconciler/nightly-backup", str(SYSTEMD / "nightly-backup"))
        (tmp_path / unit.name).write_text(text)
    result = run("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))
    assert result.stderr == "" and result.stdout == ""


def test_both_services_have_the_same_walls():
    """What one may not do the other need not do either; only the network tells them apart."""
    walls = re.compile(r"^(Protect|Private|Restrict|SystemCall|Memory|Lock|NoNew|Remove|Keyring|Capability|Device)")

    def of(name):
        lines = (SYSTEMD / name).read_text().splitlines()
        return {line for line in lines if walls.match(line)
                and not line.startswith(("PrivateNetwork", "RestrictAddressFamilies"))}

    assert of("bizgo-reconciler.service") == of("bizgo-reconciler-backup.service")


def test_the_filter_refuses_instead_of_killing():
    for unit in SERVICES:
        assert "SystemCallErrorNumber=EPERM" in unit.read_text().splitlines(), "libdispatch calls setpriority"


class NightlyBackup:
    def __init__(self, folder):
        self.folder = folder / "backups"
        self.folder.mkdir()
        database = folder / "notifications.db"
        sqlite3.connect(database).execute(TABLE)
        self.config = folder / "config.json5"
        self.config.write_text(f'{{ store: {{ path: "{database}" }} }}')

    def run(self, expect=0, kept="3"):
        return run(SYSTEMD / "nightly-backup", self.folder, "--config", self.config, expect=expect,
                   env={"PATH": "/usr/bin:/bin", "BIZGO_RECONCILER": str(RECONCILER), "BACKUPS_KEPT": kept})

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def nightly(tmp_path):
    nightly = NightlyBackup(tmp_path)
    for day in range(1, 6):
        (nightly.folder / f"notifications-2025010{day}T031500Z.db").write_text("old")
    (nightly.folder / "notifications-by-hand.db").write_text("mine")
    return nightly


def test_a_new_backup_lets_the_oldest_go_and_nothing_else(nightly):
    nightly.run()
    files = nightly.files()
    assert files[:2] == ["notifications-20250104T031500Z.db", "notifications-20250105T031500Z.db"]
    assert re.fullmatch(r"notifications-20\d{6}T\d{6}Z\.db", files[2]) and files[3:] == ["notifications-by-hand.db"]


def test_without_a_new_backup_all_old_ones_stay(nightly):
    before = nightly.files()
    nightly.config.write_text('{ store: { path: "/nonexistent/notifications.db" } }')
    assert "no database" in nightly.run(expect=78).stderr
    assert nightly.files() == before
