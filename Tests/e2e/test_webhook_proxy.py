"""The listener behind a real nginx, with the configuration that is shipped: who is let in, who is believed, and who is
kept away from the daemon."""
from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from bizgo.testing import sign_webhook

from harness import ROOT, free_port, wait_for
from listener import FOREIGN, PATH, PROVIDER, SECRET, Clients, answer_to, configure, read, report

NGINX = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + str(ROOT / ".build/tools/usr/sbin"))
SHIPPED = ROOT / "deploy/nginx/bizgo-reconciler.conf"
AROUND = """
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
{shipped}
}}
"""


class Proxy(Clients):
    """nginx with the shipped configuration, less TLS, before `upstream`."""

    def __init__(self, folder: Path, upstream: str, **changes: str):
        super().__init__(free_port())
        shipped = re.sub(r"^ *(ssl_|server_name).*\n", "", SHIPPED.read_text(), flags=re.MULTILINE)
        shipped = shipped.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.place};")
        shipped = shipped.replace("server unix:/run/bizgo-reconciler/http.sock;", f"server {upstream};")
        for old, new in changes.items():
            assert old in shipped
            shipped = shipped.replace(old, new)
        folder.mkdir()
        (folder / "nginx.conf").write_text(AROUND.format(shipped=shipped))
        self.output = (folder / "output.log").open("wb")
        self.process = subprocess.Popen([NGINX, "-p", folder, "-c", "nginx.conf", "-e", "error.log"],
                                        stdout=self.output, stderr=self.output)
        wait_for(lambda: self.answers(), 20, "nginx")

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.place)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.output.close()


@pytest.fixture(params=["port", "unix"])
def behind(world, request):
    """The daemon behind nginx, and a way past it to count."""
    if request.param == "unix":
        socket_path = world.folder / "http.sock"
        configure(world, listen=f"unix:{socket_path}")
        direct, upstream = Clients(socket_path), f"unix:{socket_path}"
    else:
        direct = configure(world, trusted=("127.0.0.1",))
        upstream = f"127.0.0.1:{direct.place}"
    world.start().wait_for_event("daemon.ready")
    proxy = Proxy(world.folder / "nginx", upstream)
    proxy.direct = direct
    yield proxy
    proxy.stop()


def test_the_provider_is_let_in_and_others_are_answered_alike(behind):
    assert behind.post(report("PROXY00001")) == answer_to("PROXY00001")
    assert behind.post(report("PROXY00002"), FOREIGN) == answer_to("PROXY00002")
    assert behind.post(report("PROXY00003"), secret="another") == answer_to("PROXY00003")
    assert behind.direct.counts() == {"taken": 1, "foreign": 1, "unsigned": 1}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP"])
def test_what_a_stranger_says_of_himself_is_not_believed(behind, header):
    for value in (PROVIDER, f"for={PROVIDER}", f"{PROVIDER}, 127.0.0.1", "127.0.0.1"):
        assert behind.post(report("SPOOF00001"), FOREIGN, headers={header: value}) == answer_to("SPOOF00001")
    assert behind.post(report("SPOOF00002"), headers={header: FOREIGN}) == answer_to("SPOOF00002")
    assert behind.direct.counts() == {"foreign": 4, "taken": 1}


def test_several_lines_of_a_stranger_are_not_believed(behind):
    signed = sign_webhook(SECRET, report("SPOOF00003"))
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    head += f"X-Forwarded-For: {PROVIDER}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For:\r\n"
    with behind.socket(FOREIGN) as client:
        client.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(signed.body)}\r\n{head}\r\n".encode() + signed.body)
        assert b"SPOOF00003" in client.recv(65_536)
    assert behind.direct.counts() == {"foreign": 1}


def test_pages_are_not_for_the_world(behind):
    for path in ("/", "/metrics", "/healthz", "/readyz", "/record", f"{PATH}/../../../metrics", f"{PATH}/..%2f..%2fmetrics"):
        for source in (FOREIGN, "127.0.0.1"):
            assert behind.get(path, source)[0] == 404
    # What is below the webhook's path goes through, and is nothing of the daemon's.
    assert behind.get(f"{PATH}x")[0] == 404
    assert behind.get(PATH, FOREIGN)[0] == 404


def test_conversations_are_acknowledged(behind):
    assert behind.post({"x": 1}, path=f"{PATH}/cstalk/message") == (200, {"code": "A000", "result": "Success"})


def test_a_body_too_long_does_not_come_through(behind):
    assert behind.post(b"x" * 65_537)[0] == 413
    assert behind.post(b"x" * 65_536) == answer_to("")
    assert behind.direct.counts() == {"unreadable": 1}


def test_chunks_are_a_length_behind_the_proxy(behind):
    signed = sign_webhook(SECRET, report("CHUNK00001"))
    connection = behind.connection()
    connection.request("POST", PATH, iter([signed.body[:20], signed.body[20:]]), signed.headers, encode_chunked=True)
    assert read(connection) == answer_to("CHUNK00001")
    assert behind.direct.counts() == {"taken": 1}


def test_slow_clients_do_not_hold_the_others_up(behind):
    slow = []
    for number in range(100):
        slow.append(behind.socket(FOREIGN if number % 2 else PROVIDER))
        slow[-1].sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n".encode() + b"{" * number)
    for number in range(20):
        began = time.monotonic()
        assert behind.post(report(f"QUICK{number:05d}")) == answer_to(f"QUICK{number:05d}")
        assert time.monotonic() - began < 10  # those that are slow would take a minute
    for client in slow:
        client.close()
    assert behind.direct.counts() == {"taken": 20}


def test_a_connection_that_is_kept_serves_whoever_comes_over_it(behind):
    connection = behind.connection()
    for number in range(100):
        signed = sign_webhook(SECRET, report(f"KEPT{number:06d}"))
        connection.request("POST", PATH, signed.body, signed.headers)
        response = connection.getresponse()
        assert (response.status, json.load(response)) == answer_to(f"KEPT{number:06d}")
    connection.close()
    assert behind.direct.counts() == {"taken": 100}


def test_kept_connections_to_the_daemon_are_never_mixed_up(world):
    """nginx speaks for the provider and for strangers over the same connections."""
    direct = configure(world, trusted=("127.0.0.1",))
    world.start().wait_for_event("daemon.ready")
    proxy = Proxy(
        world.folder / "nginx", f"127.0.0.1:{direct.place}",
        **{"    # server 127.0.0.1:8089;": "    keepalive 4;",
           "proxy_set_header Host $host;": 'proxy_set_header Host $host; proxy_http_version 1.1; proxy_set_header Connection "";'})
    wrong = []

    def stream(source: str):
        for number in range(150):
            key = f"{source.replace('.', 'X')}-{number}"
            if proxy.post(report(key), source) != answer_to(key):
                wrong.append(key)

    threads = [threading.Thread(target=stream, args=(source,)) for source in (PROVIDER, FOREIGN) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert direct.counts() == {"taken": 300, "foreign": 300}
    proxy.stop()


def test_without_trust_all_look_like_the_proxy_and_nobody_sees_the_pages(world):
    direct = configure(world)
    world.start().wait_for_event("daemon.ready")
    proxy = Proxy(world.folder / "nginx", f"127.0.0.1:{direct.place}", **{"    location / {\n        return 404;": (
        f"    location / {{\n        proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://bizgo_reconciler;")})
    assert proxy.post(report("TRUST00001")) == answer_to("TRUST00001")
    assert proxy.get("/metrics")[0] == 404
    assert direct.get("/metrics")[0] == 200
    assert direct.counts() == {"foreign": 1}
    wait_for(lambda: "that http.trusted_proxies does not name" in world.run("check", "--offline").stdout, 30, "a note")
    proxy.stop()
