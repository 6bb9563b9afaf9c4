"""A database server on another machine: by TLS, and only one that has the certificate of its name. It is on this machine, at
addresses that are not known to be."""
import os

import pytest

from harness import delivered
from servers import KINDS, server_world

# Where the client libraries look for authorities instead of the system's.
AUTHORITIES = {"mysql": "SSL_CERT_FILE", "postgresql": "PGSSLROOTCERT"}


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    with server_world(request.param, tmp_path) as world:
        world.add("M1", delivered())
        yield world


def speak_to(world, host: str):
    world.write_config(store={"url": world.server.url().replace("127.0.0.1", host)})


def certificate(world) -> dict[str, str]:
    kind = world.server.kind
    return {AUTHORITIES[kind]: os.environ[f"TEST_{kind.upper()}_CERTIFICATE"]}


@pytest.mark.parametrize("host, authority", [("0.0.0.0", False), ("127.1", True)], ids=["unknown authority", "other name"])
def test_a_certificate_that_is_not_believed(world, host, authority):
    speak_to(world, host)
    refused = world.run("once", expect=None, env=certificate(world) if authority else None)
    assert refused.returncode != 0
    assert "certificate" in refused.stderr.lower() and "is not believed" in refused.stderr, refused.stderr
    assert world.status_of("M1") == "PENDING"


def test_a_certificate_that_is_believed(world):
    speak_to(world, "0.0.0.0")
    world.run("check", env=certificate(world))
    world.run("once", env=certificate(world))
    assert world.status_of("M1") == "SENT"
