"""A newcomer's five minutes: the README's steps, word for word, from a binary to a reconciled backlog.

What each took is written to .build/newcomer.txt.
"""
import re
import time

from harness import KEY, ROOT, delivered, failed

README = (ROOT / "README.md").read_text()
SECTION = README.split("## Five minutes to a reconciled backlog")[1].split("\n## ")[0]
MESSAGES = 300


def test_the_steps_of_the_readme_lead_to_a_reconciled_backlog(world):
    backlog = [(f"NEW{index:06d}A01", [delivered()] if index % 10 else [failed("64016")]) for index in range(MESSAGES)]
    world.add_many(backlog)
    took = {}

    def step(name: str, *words: str) -> str:
        assert not words or f"bizgo-reconciler {' '.join(words)}" in SECTION, f"{words} are not the README's"
        began = time.monotonic()
        said = world.run(*words).stdout
        took[name] = time.monotonic() - began
        return said

    # 1 and 2: the key, and the README's configuration; other files, and the simulator in the provider's place.
    world.key_file.write_text(KEY + "\n")
    world.key_file.chmod(0o600)
    (world.folder / "slack-url").write_text(world.sink.url + "\n")
    (world.folder / "slack-url").chmod(0o600)
    config = re.search(r"```json5\n(.*?)```", SECTION, re.DOTALL)[1]
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
