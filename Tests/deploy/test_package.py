"""The Debian package, without installing it. Its static build takes minutes: only with deploy/test --full."""
import hashlib
import os
import re
import stat
import subprocess

import pytest

from conftest import ROOT, run

if os.environ.get("FULL") != "1":
    pytest.skip("the package: deploy/test --full asks for it", allow_module_level=True)

SCRIPTS = sorted((ROOT / "deploy/debian").glob("p*"))
VERSION = re.search(r'current = "(.+)"', (ROOT / "Sources/bizgo-reconciler/Main.swift").read_text())[1]


def control(unpacked) -> dict[str, str]:
    return dict(re.findall(r"^(\S+): (.*)$", (unpacked / "DEBIAN/control").read_text(), re.MULTILINE))


def test_name_version_and_architecture_agree(package, unpacked):
    architecture = run("dpkg", "--print-architecture").stdout.strip()
    fields = control(unpacked)
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == \
        ("bizgo-reconciler", VERSION, architecture)
    assert package.name == f"bizgo-reconciler_{VERSION}_{architecture}.deb"
    assert run(unpacked / "usr/bin/bizgo-reconciler", "version").stdout.startswith(f"bizgo-reconciler {VERSION}\n")


def test_it_depends_on_what_it_is_linked_to_and_on_nothing_of_the_toolchain(unpacked):
    depends = control(unpacked)["Depends"]
    for library in ("libcurl4", "libsqlite3-0", "libc6", "ca-certificates"):
        assert library in depends
    linked = run("readelf", "-d", unpacked / "usr/bin/bizgo-reconciler").stdout
    assert "libswift" not in linked and "libdispatch" not in linked and "libFoundation" not in linked


def test_the_binary_is_stripped_and_small(unpacked):
    binary = unpacked / "usr/bin/bizgo-reconciler"
    assert binary.stat().st_size < 25_000_000
    assert ".symtab" not in run("readelf", "-S", "-W", binary).stdout


def test_nothing_of_the_machine_that_built_it_is_in_it(package, unpacked):
    for file in unpacked.rglob("*"):
        if file.is_file() and file.name != "bizgo-reconciler":
            assert str(ROOT).encode() not in file.read_bytes(), file
    assert "root/root" in run("dpkg-deb", "-c", package).stdout
    owners = {line.split()[1] for line in run("dpkg-deb", "-c", package).stdout.splitlines()}
    assert owners == {"root/root"}


def test_everything_is_there_with_its_mode(unpacked):
    expected = {
        "usr/bin/bizgo-reconciler": 0o755, "usr/lib/bizgo-reconciler/nightly-backup": 0o755,
        "etc/bizgo-reconciler": 0o750, "etc/bizgo-reconciler/config.json5": 0o640,
        "usr/lib/systemd/system/bizgo-reconciler.service": 0o644,
        "usr/lib/systemd/system/bizgo-reconciler.socket": 0o644,
        "usr/lib/systemd/system/bizgo-reconciler-backup.service": 0o644,
        "usr/lib/systemd/system/bizgo-reconciler-backup.timer": 0o644,
        "usr/lib/sysusers.d/bizgo-reconciler.conf": 0o644, "usr/lib/tmpfiles.d/bizgo-reconciler.conf": 0o644,
        "usr/share/man/man1/bizgo-reconciler.1.gz": 0o644, "usr/share/man/man5/bizgo-reconciler.json5.5.gz": 0o644,
        "usr/share/man/man8/bizgo-reconciler.8.gz": 0o644,
        "usr/share/bash-completion/completions/bizgo-reconciler": 0o644,
        "usr/share/zsh/vendor-completions/_bizgo-reconciler": 0o644,
        "usr/share/fish/vendor_completions.d/bizgo-reconciler.fish": 0o644,
        "usr/share/doc/bizgo-reconciler/README.md": 0o644, "usr/share/doc/bizgo-reconciler/copyright": 0o644,
        "usr/share/doc/bizgo-reconciler/changelog.gz": 0o644,
        "usr/share/doc/bizgo-reconciler/runbook/en.md": 0o644, "usr/share/doc/bizgo-reconciler/runbook/ko.md": 0o644,
        "usr/share/doc/bizgo-reconciler/examples/systemd/database.conf": 0o644,
        "usr/share/doc/bizgo-reconciler/examples/prometheus/watch.rules.yml": 0o644,
        "usr/share/doc/bizgo-reconciler/examples/grafana/bizgo-reconciler.json": 0o644,
    }
    for path, mode in expected.items():
        assert (unpacked / path).exists(), path
        assert stat.S_IMODE((unpacked / path).stat().st_mode) == mode, path
    for path in unpacked.rglob("*"):
        assert not path.stat().st_mode & 0o022, f"{path} is writable by others"
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/bizgo-reconciler/config.json5\n"


def test_checksums_are_right_and_of_everything_but_configuration(unpacked):
    listed = {}
    for line in (unpacked / "DEBIAN/md5sums").read_text().splitlines():
        digest, path = line.split("  ", 1)
        listed[path] = digest
        assert hashlib.md5((unpacked / path).read_bytes()).hexdigest() == digest, path
    files = {str(file.relative_to(unpacked)) for file in (unpacked / "usr").rglob("*") if file.is_file()}
    assert set(listed) == files


def test_pages_carry_the_version(unpacked):
    page = run("gzip", "-dc", unpacked / "usr/share/man/man1/bizgo-reconciler.1.gz").stdout
    assert f"bizgo-reconciler {VERSION}" in page and "@VERSION@" not in page


def test_paths_named_in_it_are_in_it(unpacked):
    """What units, configuration and pages tell people to look at."""
    texts = [unpacked / "etc/bizgo-reconciler/config.json5", *(unpacked / "usr/lib/systemd/system").iterdir(),
             *(unpacked / "usr/share/doc/bizgo-reconciler/examples/systemd").iterdir()]
    named = {path.rstrip(".") for text in texts
             for path in re.findall(r"/usr/(?:bin|lib|share)/(?:doc/)?bizgo-reconciler[\w./-]*", text.read_text())}
    assert len(named) >= 3
    for path in named:
        assert (unpacked / path[1:]).exists(), path


def test_debians_own_checker_finds_nothing_to_say(package):
    result = run("lintian", "--fail-on", "error,warning", package)
    assert result.stdout == ""


def test_the_changelog_begins_with_this_version():
    newest = (ROOT / "deploy/debian/changelog").read_text().splitlines()[0]
    assert newest.startswith(f"bizgo-reconciler ({VERSION}) ")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_maintainer_scripts_are_sound(script):
    run("bash", "-n", script)
    run("dash", "-n", script)
    run("shellcheck", "-s", "sh", script)


def test_the_other_scripts_are_sound():
    run("shellcheck", "-s", "sh", ROOT / "deploy/systemd/nightly-backup")
    run("shellcheck", "-x", ROOT / "deploy/package", cwd=ROOT)


def test_the_same_commit_makes_the_same_package(package, unpacked, tmp_path):
    again = run(ROOT / "deploy/package", "--binary", ROOT / ".build/package/build/release/bizgo-reconciler", tmp_path)
    second = tmp_path / again.stdout.split()[-1].rsplit("/", 1)[-1]
    assert second.read_bytes() == package.read_bytes()


def test_unknown_options_are_refused(tmp_path):
    result = subprocess.run([ROOT / "deploy/package", "--frobnicate"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "unknown option" in result.stderr


def test_the_container_has_the_same_libraries(unpacked):
    text = (ROOT / "deploy/container/Containerfile").read_text()
    installed = re.search(r"--no-install-recommends (libcurl4 [^\\\n]*)", text)[1].split()
    depends = control(unpacked)["Depends"]
    of_the_base_image = {"libc6", "libgcc-s1", "libstdc++6"}
    assert set(installed) == {part.split()[0] for part in depends.split(", ")} - of_the_base_image
