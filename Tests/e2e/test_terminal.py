"""Words that come in and lines that go out: an option given twice, an output that takes nothing more."""
import os
import subprocess
import time

import pytest

from harness import RECONCILER


def test_an_option_given_twice_is_a_usage_error(world):
    for words in (["list", "--limit", "1", "--limit=2"], ["status", "--json", "--json"]):
        result = world.run(*words, expect=64)
        option = words[1]
        assert f"`{option}` is given twice" in result.stderr and result.stderr.count("\n") == 1
        assert result.stdout == ""


@pytest.mark.parametrize("words", [["--code", ""], ["--code="]])
def test_an_option_without_its_value_is_a_usage_error_and_widens_nothing(world, words):
    result = world.run("requeue", "--reason", "reported", *words, expect=64)
    assert result.stderr == "bizgo-reconciler: requeue: `--code` wants a value: --code C. Try `bizgo-reconciler help requeue`\n"


@pytest.mark.parametrize("words", [["help"], ["status"], ["list", "--json"], ["once", "--json"]])
def test_an_answer_that_could_not_be_written_is_an_input_output_error(world, words):
    with open("/dev/full", "w") as full:
        command = [RECONCILER, *words] + ([] if words == ["help"] else ["--config", world.config_file])
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 74
    assert "cannot write to standard output: No space left on device" in result.stderr.splitlines()[-1]


def test_a_full_pipe_that_does_not_block_is_waited_for_and_not_asked_again_and_again():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filled = 0
    try:
        while True:
            filled += os.write(writer, b"-" * 4096)
    except BlockingIOError:
        pass
    process = subprocess.Popen([RECONCILER, "help"], stdout=writer)
    os.close(writer)
    time.sleep(2)  # what it costs to wait so long is what is measured
    with os.fdopen(reader, "rb") as stream:
        text = stream.read()
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0
    assert b"completion" in text[filled:], "all of it came"
    assert usage.ru_utime + usage.ru_stime < 0.3
