"""A newcomer's five minutes: the README's steps, word for word, from a binary to a reconciled backlog; first without a
key, with the provider played on this machine.

What each took is written to .build/newcomer.txt.
"""
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from harness import KEY, RECONCILER, ROOT, delivered, failed, wait_for

README = (ROOT / "README.md").read_text()
SECTION = README.split("## Five minutes to a reconciled backlog")[1].split("\n## ")[0]
MESSAGES = 300
WITHOUT_KEY, WITH_KEY = SECTION.split("**With your own**")


@pytest.fixture
def sandbox(tmp_path):
    """The README's command, in a shell of a newcomer's: what it starts, what it has said, and how others are called."""
    env = {**os.environ, "PATH": f"{RECONCILER.parent}:{os.environ['PATH']}"}
    started = []

    class Sandbox:
        folder = tmp_path / "sandbox"

        @staticmethod
        def start(**more):
            command, = re.findall(r"^bizgo-reconciler demo .*$", WITHOUT_KEY, re.MULTILINE)
            process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=tmp_path, env={**env, **more}, text=True,
                                       stdout=(tmp_path / "said").open("w"), stderr=subprocess.STDOUT,
                                       # A shell ignores it, for what it runs in the background.
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            started.append(process)
            return process

        @staticmethod
        def said() -> str:
            return (tmp_path / "said").read_text()

        @staticmethod
        def type(line: str) -> subprocess.CompletedProcess:
            return subprocess.run(["bash", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

        def rows(self) -> dict[str, int]:
            connection = sqlite3.connect(self.folder / "notifications.db")
            try:
                return dict(connection.execute("SELECT status, count(*) FROM notification_history GROUP BY status"))
            finally:
                connection.close()

    yield Sandbox()
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def listeners(process: int) -> list[str]:
    """The addresses a process listens on, as the kernel writes them."""
    sockets = {os.readlink(f"/proc/{process}/fd/{name}") for name in os.listdir(f"/proc/{process}/fd")}
    lines = [line.split() for kind in ("tcp", "tcp6") for line in open(f"/proc/{process}/net/{kind}").readlines()[1:]]
    return [line[1].split(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in sockets]


def test_without_a_key_the_steps_of_the_readme_lead_to_a_reconciled_backlog(sandbox):
    process = sandbox.start()
    wait_for(lambda: "PENDING" in sandbox.said(), what="the sandbox")
    assert listeners(process.pid) == ["0100007F"]
    printed = re.search(r"^\{\n(.*?)^\}\n", sandbox.said(), re.DOTALL | re.MULTILINE)[0]
    assert (sandbox.folder / "config.json5").read_text() == printed
    waiting = sandbox.rows()
    assert set(waiting) == {"PENDING"} and waiting["PENDING"] > 300

    lines = re.findall(r"^bizgo-reconciler (?!demo).*$", WITHOUT_KEY, re.MULTILINE)
    assert [line.split()[1] for line in lines] == ["check", "once", "once", "status"]
    answers = {}
    for line in lines:
        before = sandbox.rows()
        answers[line] = sandbox.type(line)
        assert answers[line].returncode == 0 and answers[line].stderr == "", answers[line]
        assert (sandbox.rows() != before) == (line == lines[2]), line
    checked, dry, once, status = (answer.stdout for answer in answers.values())
    assert "answers and takes the key" in checked
    assert dry.splitlines()[-1].split(";")[0] == once.splitlines()[-1].split(";")[0], "a dry run says what would be done"
    assert sandbox.rows() == {"SENT": 320, "DEAD_LETTER": 39, "PENDING": 6}
    assert "6 pending, 320 sent, 39 dead letters" in status and "StaleMessages" in status
    assert sandbox.type("bizgo-reconciler once --config sandbox/config.json5").returncode == 0
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == -signal.SIGINT and (sandbox.folder / "config.json5").exists()
    again = sandbox.start()
    assert again.wait(10) == 74 and "not there yet" in sandbox.said(), "what is there is not touched"
    assert sandbox.rows()["SENT"] == 320


def test_the_sandbox_ends_by_itself(sandbox, tmp_path):
    library = tmp_path / "clock.so"
    subprocess.run([shutil.which("clang") or "cc", "-O1", "-shared", "-fPIC", "-o", library, ROOT / "Tests/e2e/clock.c"],
                   check=True)
    # 15 minutes in nine seconds: so long that it is seen to be there, on a busy machine, too.
    process = sandbox.start(LD_PRELOAD=str(library), CLOCK_RATE="100")
    wait_for(lambda: "PENDING" in sandbox.said(), what="the sandbox")
    assert process.poll() is None
    assert process.wait(60) == 0
    assert "Bizgo is played no longer" in sandbox.said()



def test_the_steps_of_the_readme_lead_to_a_reconciled_backlog(world):
    backlog = [(f"NEW{index:06d}A01", [delivered()] if index % 10 else [failed("64016")]) for index in range(MESSAGES)]
    world.add_many(backlog)
    took = {}

    def step(name: str, *words: str) -> str:
        assert not words or f"bizgo-reconciler {' '.join(words)}" in WITH_KEY, f"{words} are not the README's"
        began = time.monotonic()
        said = world.run(*words).stdout
        took[name] = time.monotonic() - began
        return said

    # 1 and 2: the key, and the README's configuration; other files, and the simulator in the provider's place.
    world.key_file.write_text(KEY + "\n")
    world.key_file.chmod(0o600)
    (world.folder / "slack-url").write_text(world.sink.url + "\n")
    (world.folder / "slack-url").chmod(0o600)
    config = re.search(r"```json5\n(.*?)```", WITH_KEY, re.DOTALL)[1]
    for there, here in (("/etc/bizgo-reconciler/api-key", world.key_file), ("/var/lib/app/notifications.db", world.database),
                        ("/etc/bizgo-reconciler/slack-url", world.folder / "slack-url")):
        assert there in config
        config = config.replace(there, str(here))
    world.config_file.write_text(config.replace("api: {", f'api: {{ base_url: "{world.simulator.url}", '))
    assert "answers and takes the key" in step("check", "check")
    step("once --dry-run", "once", "--dry-run")
    assert world.counts() == {"PENDING": MESSAGES} and world.sink.received == []
    step("once", "once")
    assert world.counts() == {"SENT": MESSAGES * 9 // 10, "DEAD_LETTER": MESSAGES // 10}
    assert "30" in step("status", "status")
    total = sum(took.values())
    lines = [f"{name:<16}{seconds:6.1f} s" for name, seconds in {**took, "all": total}.items()]
    (ROOT / ".build/newcomer.txt").write_text("\n".join([f"{MESSAGES} messages", *lines]) + "\n")
    assert total < 300, lines
