"""The files in deploy/, tested with the tools that will read them."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/e2e"))


def run(*words, expect: int | None = 0, timeout: float = 600, **options) -> subprocess.CompletedProcess:
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, **options)
    if expect is not None:
        assert result.returncode == expect, \
            f"{words}: exit {result.returncode}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
    return result


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Path:
    """The Debian package, as deploy/package makes it."""
    folder = tmp_path_factory.mktemp("package")
    return Path(run(ROOT / "deploy/package", folder, timeout=1800).stdout.split()[-1])


@pytest.fixture(scope="session")
def unpacked(package, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    run("dpkg-deb", "-R", package, folder)
    return folder
