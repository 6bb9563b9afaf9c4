"""HTTP/2, spoken with a real nginx before the simulator: multiplexed, with connections that nginx ends in the middle of
a backlog; and certificates that must not be taken."""
from __future__ import annotations

import collections
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness import ROOT, delivered, free_port, mixed, wait_for

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

from stage import REFUSALS  # noqa: E402

NGINX = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + str(ROOT / ".build/tools/usr/sbin"))
CONFIG = """
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {{ worker_connections 512; }}
http {{
  log_format request '$server_protocol $connection $status $uri';
  access_log requests.log request;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  upstream simulator {{ server {simulator}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate server.pem; ssl_certificate_key server.key;
    keepalive_requests {requests}; keepalive_timeout {idle};
    location / {{ proxy_pass http://simulator; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def openssl(folder: Path, *words: str):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Authority:
    """Signs certificates, in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir()
        self.file = folder / "ca.pem"
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
                "-keyout", "ca.key", "-out", "ca.pem")

    def certify(self, name: str, subject: str, days: int):
        """`name`.pem and `name`.key; negative days have passed."""
        (self.folder / "names").write_text(f"subjectAltName={subject}\n")
        openssl(self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", f"server.key",
                "-out", f"server.csr")
        openssl(self.folder, "x509", "-req", "-in", f"server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", str(days), "-extfile", "names", "-out", f"server.pem")


class Nginx:
    """nginx before a world's simulator, ending each connection after so many `requests`."""

    def __init__(self, world, requests: int = 100_000, idle: str = "75s", subject: str = "IP:127.0.0.1", days: int = 2,
                 is_ours: bool = True):
        self.folder = world.folder / "nginx"
        self.simulator = world.simulator
        authority = Authority(self.folder)
        authority.certify("server", subject, days)
        trusted = authority if is_ours else Authority(world.folder / "other")
        self.port = free_port()
        (self.folder / "nginx.conf").write_text(CONFIG.format(
            simulator=world.simulator.url.removeprefix("http://"), port=self.port, requests=requests, idle=idle))
        self.output = (self.folder / "output.log").open("wb")
        self.process = subprocess.Popen([NGINX, "-p", self.folder, "-c", "nginx.conf", "-e", "error.log"],
                                        stdout=self.output, stderr=self.output)
        wait_for(lambda: self.answers(), 20, "nginx")
        world.write_config(api={"base_url": f"https://127.0.0.1:{self.port}", "ca_file": str(trusted.file)})

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def requests(self) -> list[list[str]]:
        """Protocol, connection, status and path of each. nginx writes that down when it has answered."""
        log, count = self.folder / "requests.log", self.simulator.stats()["total"]
        wait_for(lambda: log.read_text().count("\n") >= count, what=f"{count} lines in {log}")
        return [line.split() for line in log.read_text().splitlines()]

    def is_idle(self) -> bool:
        """Whether it has ended every connection."""
        ours, established = f":{self.port:04X}", "01"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return not any(row[1].endswith(ours) and row[3] == established for row in rows)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.output.close()


@pytest.fixture
def behind(world):
    """Puts nginx before the world's simulator."""
    started = []

    def start(**options) -> Nginx:
        started.append(Nginx(world, **options))
        return started[-1]

    yield start
    for nginx in started:
        nginx.stop()


def settle(world, count: int) -> int:
    """A backlog to its end, every row held against what it must be, and no question failed on the way.
    Returns the requests it took."""
    messages = mixed(count, seed=7)
    world.add_many([(key, entries) for key, entries, _, _ in messages])
    world.simulator.settings(latency_ms=20)
    world.simulator.faults(*REFUSALS)
    world.write_config(log={"level": "debug"}, api={"max_in_flight": 16})
    output = world.run("once").stdout
    wrong = [key for key, _, status, code in messages
             if (row := world.row(key))["status"] != status or (code and row["report_code"] != code)]
    assert not wrong
    assert "event=question.failed" not in output
    return world.simulator.stats()["total"]


def test_a_backlog_over_few_connections(world, behind):
    """Those that are asked for at once at first each open a connection; the others share one of these."""
    nginx = behind()
    settle(world, 1500)
    requests = nginx.requests()
    each = collections.Counter(connection for _, connection, *_ in requests)
    assert {protocol for protocol, *_ in requests} == {"HTTP/2.0"}
    assert len(each) < world.simulator.stats()["max_in_flight"] == 16
    assert max(each.values()) > 1400


def test_a_server_that_ends_its_connections(world, behind):
    """GOAWAY with others under way on the same connection, thirty times and more. Nothing is lost, and nothing asked
    twice."""
    nginx = behind(requests=50)
    count = settle(world, 1500)
    requests = nginx.requests()
    each = collections.Counter(connection for _, connection, *_ in requests)
    assert {protocol for protocol, *_ in requests} == {"HTTP/2.0"}
    assert max(each.values()) == 50 and len(each) >= 1500 / 50
    assert count == len(requests)


def test_an_idle_connection_that_was_ended(world, behind):
    """The daemon asks again over a new one, and nobody hears of it."""
    nginx = behind(idle="1s")
    world.add("IDLE000001A01", delivered())
    daemon = world.start()
    wait_for(lambda: world.row("IDLE000001A01")["status"] == "SENT", what="the first")
    wait_for(nginx.is_idle, what="the end of the connection")
    world.add("IDLE000002A01", delivered())
    wait_for(lambda: world.row("IDLE000002A01")["status"] == "SENT", what="the second")
    daemon.stop()
    first, *_, last = nginx.requests()
    assert first[0] == last[0] == "HTTP/2.0" and first[1] != last[1]
    assert not daemon.events("provider.unreachable") and "question.failed" not in daemon.log


@pytest.mark.parametrize(("certificate", "words"), [
    ({"days": -1}, "expired"),
    ({"subject": "DNS:elsewhere.example"}, "another name"),
    ({"is_ours": False}, "nobody who is trusted"),
])
def test_a_certificate_that_must_not_be_taken(world, behind, certificate, words):
    nginx = behind(**certificate)
    world.add("CERT000001A01", delivered())
    for result in (world.run("check", expect=69), world.run("once", expect=69)):
        assert words in result.stdout + result.stderr
    assert world.row("CERT000001A01")["status"] == "PENDING"
    assert not nginx.requests()
