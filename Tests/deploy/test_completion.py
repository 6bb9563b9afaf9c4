"""The shells themselves are asked what they would complete."""
import os
import pty
import re
import select
import subprocess
import time

import pytest

from conftest import run
from harness import RECONCILER

COMMANDS = set(re.findall(r"^  (\S+) {2,}", run(RECONCILER, "help").stdout, re.MULTILINE))


def script(shell: str) -> str:
    return run(RECONCILER, "completion", shell).stdout


def bash(line: str, folder) -> set[str]:
    """What bash offers for the last word of the line."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    result = run("bash", "-c", f"""source completion.bash
        COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
        _bizgo_reconciler; printf '%s\\n' "${{COMPREPLY[@]}}" """, cwd=folder)
    assert result.stderr == ""
    return set(result.stdout.split())


def fish(line: str, folder) -> set[str]:
    result = run("fish", "--no-config", "-c", f"source completion.fish; complete -C '{line}'", cwd=folder,
                 env={**os.environ, "HOME": str(folder)})
    assert result.stderr == ""
    return {line.split("\t")[0] for line in result.stdout.splitlines()}


@pytest.fixture
def folder(tmp_path):
    for shell in ("bash", "fish", "zsh"):
        (tmp_path / f"completion.{shell}").write_text(script(shell))
    (tmp_path / "some.json5").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("ask", [bash, fish])
def test_bash_and_fish_know_commands_options_and_values(ask, folder):
    assert len(COMMANDS) > 10
    assert COMMANDS <= ask("bizgo-reconciler ", folder)
    assert ask("bizgo-reconciler st", folder) == {"status"}
    assert {"--config", "--dry-run", "--json"} == ask("bizgo-reconciler once --", folder)
    assert {"reported", "stale", "uncertain", "unverifiable"} == ask("bizgo-reconciler list --reason ", folder)
    assert {"pending", "sent", "dead_letter"} == ask("bizgo-reconciler list --status ", folder)
    assert {"bash", "zsh", "fish"} == ask("bizgo-reconciler completion ", folder)
    assert COMMANDS <= ask("bizgo-reconciler help ", folder)
    assert "some.json5" in ask("bizgo-reconciler run --config so", folder)
    assert "some.json5" in ask("bizgo-reconciler backup so", folder)
    assert ask("bizgo-reconciler list --limit ", folder) <= {""}
    assert ask("bizgo-reconciler version ", folder) <= {""}


def test_zsh_completes_at_the_prompt(folder):
    (folder / "_bizgo-reconciler").write_text(script("zsh"))
    (folder / ".zshrc").write_text(
        f"fpath=({folder} $fpath); autoload -U compinit; compinit -D; PS1='ready> '; unsetopt zle_bracketed_paste\n")
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(ZDOTDIR=str(folder), TERM="dumb", HOME=str(folder))
        os.chdir(folder)
        os.execvp("zsh", ["zsh", "-i"])

    def read_until(text: str, seconds: float = 20) -> str:
        seen, end = "", time.monotonic() + seconds
        while text not in seen:
            assert time.monotonic() < end, f"no {text!r} in {seen!r}"
            if select.select([terminal], [], [], 0.2)[0]:
                seen += os.read(terminal, 65_536).decode(errors="replace")
        return seen

    def type_and_expect(keys: str, text: str):
        os.write(terminal, keys.encode())
        read_until(text)
        os.write(terminal, b"\x15")  # empties the line

    try:
        read_until("ready> ")
        type_and_expect("bizgo-reconciler stat\t", "status")
        type_and_expect("bizgo-reconciler once --dr\t", "dry-run")
        type_and_expect("bizgo-reconciler list --reason unv\t", "unverifiable")
        type_and_expect("bizgo-reconciler backup som\t", "some.json5")
        type_and_expect("bizgo-reconciler completion fi\t", "fish")
    finally:
        os.write(terminal, b"\x15exit\n")
        os.close(terminal)
        os.waitpid(child, 0)


def test_the_scripts_are_sound(folder):
    run("shellcheck", "-s", "bash", "-e", "SC2034,SC2207", folder / "completion.bash")
    run("zsh", "-n", folder / "completion.zsh")
    run("fish", "--no-execute", folder / "completion.fish")


def test_another_shell_is_refused():
    result = subprocess.run([RECONCILER, "completion", "csh"], capture_output=True, text=True, timeout=30)
    assert result.returncode == 64 and "bash, zsh or fish" in result.stderr and result.stdout == ""
