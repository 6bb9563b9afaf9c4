"""The package for a table at a database server: deploy/package --with mysql,postgresql."""
import os
import re
import shutil

import pytest

from conftest import ROOT, run

CLIENTS = {"mysql": ("-lmariadb", "mysql_init", "libmariadb3"), "postgresql": ("-lpq", "PQlibVersion", "libpq5")}


def package(*words, expect=0, timeout=120):
    return run(ROOT / "deploy/package", *words, expect=expect, timeout=timeout)


def linked_to(engines, folder):
    """A program that does nothing, linked as the daemon is: the real one takes minutes to build."""
    calls = [CLIENTS[engine][1] for engine in engines]
    source = folder / "program.c"
    source.write_text("".join(f"extern int {call}();\n" for call in calls) + "int main(int count, char **words) {\n"
                      + "".join(f"    if (count > 9) {call}(0);\n" for call in calls) + "    return 0;\n}\n")
    binary = folder / "program"
    run(shutil.which("clang") or "cc", "-w", "-o", binary, source, *(CLIENTS[engine][0] for engine in engines))
    return binary


def fields(file):
    return dict(re.findall(r"^(\w[\w-]*): (.*(?:\n .*)*)$", run("dpkg-deb", "-f", file).stdout, re.MULTILINE))


@pytest.mark.parametrize("words, said", [
    (["--with", "oracle"], "unknown engine oracle, there are mysql and postgresql"),
    (["--with", "mysql,mariadb"], "unknown engine mariadb, there are mysql and postgresql"),
    (["--with", "mysql,*"], "unknown engine *, there are mysql and postgresql"),
    (["--with", ""], "--with needs mysql, postgresql or mysql,postgresql"),
    (["--with"], "--with needs mysql, postgresql or mysql,postgresql"),
])
def test_what_is_no_engine_is_refused_before_anything_is_built(words, said):
    refused = package(*words, expect=1)
    assert said in refused.stderr and "building" not in refused.stdout


@pytest.mark.parametrize("words, engines", [
    ("mysql", ["mysql"]), ("postgresql", ["postgresql"]), ("postgresql,mysql", ["mysql", "postgresql"]),
])
def test_it_depends_on_the_client_libraries_it_was_built_with_and_says_so(words, engines, tmp_path):
    binary = linked_to(engines, tmp_path)
    made = fields(package("--with", words, "--binary", binary, tmp_path).stdout.split()[-1])
    depended = {part.split()[0] for part in made["Depends"].split(", ")}
    assert depended & {"libmariadb3", "libpq5"} == {CLIENTS[engine][2] for engine in engines}
    assert ("MySQL and MariaDB" in made["Description"]) == ("mysql" in engines)
    assert ("PostgreSQL" in made["Description"]) == ("postgresql" in engines)


def test_a_binary_that_was_built_without_the_engine_is_refused(tmp_path):
    refused = package("--with", "mysql,postgresql", "--binary", linked_to(["mysql"], tmp_path), tmp_path, expect=1)
    assert "was built without PostgreSQL: it is not linked to libpq5" in refused.stderr
    assert not list(tmp_path.glob("*.deb"))


def test_without_it_nothing_is_said_of_servers(tmp_path):
    made = fields(package("--binary", linked_to([], tmp_path), tmp_path).stdout.split()[-1])
    assert made["Depends"].startswith("libc6 ") and made["Depends"].endswith(", ca-certificates")
    assert not re.search("lib(mariadb|pq)", made["Depends"]) and "SQL" not in made["Description"]


@pytest.mark.skipif(os.environ.get("FULL") != "1", reason="a static build with both engines: deploy/test --full asks for it")
def test_really_built_it_is_linked_to_both(tmp_path):
    file = package("--with", "mysql,postgresql", tmp_path, timeout=1800).stdout.split()[-1]
    assert run("lintian", "--fail-on", "error,warning", file).stdout == ""
    run("dpkg-deb", "-x", file, tmp_path / "unpacked")
    binary = tmp_path / "unpacked/usr/bin/bizgo-reconciler"
    assert {"libmariadb.so.3", "libpq.so.5"} <= set(run("ldd", binary).stdout.split())
