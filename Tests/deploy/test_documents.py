"""Man pages and runbook: sound, and about the program as it is."""
import json
import re

import pytest

from conftest import ROOT, run
from harness import RECONCILER

PAGES = sorted((ROOT / "deploy/man").glob("*.[158]"))
COMMANDS = re.findall(r"^  (\S+) {2,}", run(RECONCILER, "help").stdout, re.MULTILINE)


def text(page: str) -> str:
    return re.sub(r".\x08", "", run("mandoc", "-Tutf8", "-Owidth=200", ROOT / "deploy/man" / page).stdout)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_clean(page):
    lint = run("mandoc", "-T", "lint", "-W", "style", page, expect=None).stdout.splitlines()
    # The pages name each other, and are not installed where they are checked.
    assert [line for line in lint if "referenced manual not found" not in line] == []
    groff = run("groff", "-ww", "-mdoc", "-Tutf8", page)
    assert groff.stderr == ""


def test_every_command_is_in_section_1_with_its_options():
    page = text("bizgo-reconciler.1")
    synopsis = page.split("DESCRIPTION")[0]
    for command in COMMANDS:
        assert re.search(rf"bizgo-reconciler {command}\b", synopsis), command
        options = re.findall(r"--([\w-]+)", run(RECONCILER, "help", command).stdout.split("\n\n")[0])
        line = re.search(rf"bizgo-reconciler {command}\b[^\n]*(?:\n {{8,}}[^\n]*)*", synopsis)[0]
        for option in options:
            assert f"--{option}" in line, f"{command} --{option}"


def test_every_exit_status_is_in_section_1():
    source = (ROOT / "Sources/Operations/CommandLine/ExitCode.swift").read_text()
    page = text("bizgo-reconciler.1").split("\nEXIT STATUS\n")[1].split("\nEXAMPLES\n")[0]
    assert re.findall(r"^ {5}(\d+)", page, re.MULTILINE) == re.findall(r"case \w+ = (\d+)", source)


def example_keys() -> dict[str, object]:
    """Every key with its default, from the contract's example, which Tests/OperationsTests holds to the defaults."""
    source = (ROOT / "Tests/OperationsTests/Configuration/ExampleTests.swift").read_text()
    example = re.search(r'let example = """\n(.*?)"""', source, re.DOTALL)[1]
    example = re.sub(r"(?<![:\w])//.*", "", example)
    example = re.sub(r"(\w+):(?= )", r'"\1":', example)
    example = re.sub(r",(\s*[}\]])", r"\1", example)
    keys = {}

    def walk(prefix, value):
        for name, inner in value.items():
            if isinstance(inner, dict):
                walk(f"{prefix}{name}.", inner)
            else:
                keys[prefix + name] = inner

    walk("", json.loads(example))
    return keys


def test_every_configuration_key_is_in_section_5_with_its_default():
    page = text("bizgo-reconciler.json5.5")
    written = dict(re.findall(r"^ {5}([a-z_.]+): (.+)$", page, re.MULTILINE))
    keys = example_keys()
    assert len(keys) > 45 and set(written) == set(keys)
    # The example shows other sinks than the default, and a file for the key.
    del keys["alerts.sinks"], keys["api.key_file"]
    assert written["alerts.sinks"] == '[{ type: "log" }]' and written["api.key_file"] == "null"
    for key, default in keys.items():
        assert json.loads(written[key]) == default, key


def test_every_event_of_the_log_is_in_the_list_and_in_the_readme():
    listed = re.findall(r'case \w+ = "([\w.]+)"', (ROOT / "Sources/Engine/Daemon/Events.swift").read_text())
    table = re.search(r"\| event \| says \|\n.*?\n\n", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    assert sorted(re.findall(r"`([a-z_]+\.[a-z_]+)`", table)) == sorted(listed)
    families = "|".join({name.split(".")[0] for name in listed})
    for file in (ROOT / "Sources/Engine").rglob("*.swift"):
        for name in re.findall(rf'"((?:{families})\.[a-z_]+)"', file.read_text()):
            assert name in listed, (name, file)


def test_every_kind_of_sink_is_in_section_5():
    source = (ROOT / "Sources/Operations/Configuration/Settings+Alerts.swift").read_text()
    kinds = re.search(r"enum SinkType.*?case ([\w, ]+)\n", source, re.DOTALL)[1].split(", ")
    page = text("bizgo-reconciler.json5.5").split("\nSINKS\n")[1].split("\nFILES\n")[0]
    for kind in kinds:
        assert re.search(rf"^ {{5}}{kind}\b", page, re.MULTILINE), kind


def sections(language: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", (ROOT / f"deploy/runbook/{language}.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


PARTS = {"en": ["What it means.", "How to look.", "Likely causes, in order.", "What to do.", "When it ends."],
         "ko": ["뜻.", "확인.", "원인(가능성 순).", "조치.", "종료."]}


@pytest.mark.parametrize("language", PARTS)
def test_the_runbook_has_a_section_for_each_alert(language):
    source = (ROOT / "Sources/Reconciliation/Alerts/Alert.swift").read_text()
    own = re.findall(r'case \w+ = "(\w+)"', source)
    watched = re.findall(r"alert: (\w+)", (ROOT / "deploy/prometheus/watch.rules.yml").read_text())
    found = sections(language)
    assert sorted(found) == sorted(own + watched) and len(own) >= 17
    for name in own:
        assert re.findall(r"^\*\*(.+?)\*\*", found[name], re.MULTILINE) == PARTS[language], name
    for name in watched:
        given = re.findall(r"^\*\*(.+?)\*\*", found[name], re.MULTILINE)
        assert given == [part for part in PARTS[language] if part in given] and len(given) >= 3, name


def commands_in(part: str) -> list[str]:
    """What is to be typed, without the comments, which are in the page's language."""
    blocks = re.findall(r"```\n(.*?)```", part, re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()
            if line.split("#")[0].strip()]


def test_both_languages_say_to_type_the_same():
    english, korean = sections("en"), sections("ko")
    for name in english:
        assert commands_in(english[name]) == commands_in(korean[name]), name


@pytest.mark.parametrize("language", PARTS)
def test_the_runbooks_commands_and_keys_exist(language):
    whole = (ROOT / f"deploy/runbook/{language}.md").read_text()
    for command, rest in re.findall(r"(?:^|`)bizgo-reconciler (\w[\w-]*)([^\n`#]*)", whole, re.MULTILINE):
        assert command in COMMANDS, command
        known = run(RECONCILER, "help", command).stdout
        for option in re.findall(r"--[\w-]+", rest):
            assert option in known, f"{command} {option}"
    for key in re.findall(r"`((?:api|reconcile|store|alerts|metrics|log)\.[a-z_.]+)", whole):
        assert any(known == key or known.startswith(key + ".") for known in example_keys()) \
            or key in ("store.columns",), key
