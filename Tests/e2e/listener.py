"""Clients of the daemon's listener: the provider, others on other addresses of loopback, and what counts them."""
from __future__ import annotations

import http.client
import json
import re
import socket
from pathlib import Path

from bizgo.testing import sign_webhook

from harness import KST, World, datetime, free_port, iso

SECRET = "webhook-secret-for-tests"
PATH = "/webhook/bizgo/alimtalk"
# The daemon takes these for the provider; whoever else comes is foreign, and 127.0.0.1 sees the pages.
PROVIDER, FOREIGN, VISITOR = "127.0.0.2", "127.0.0.3", "127.0.0.1"


def report(key: str, code: str = "10000", **more) -> dict:
    return {"msgKey": key, "serviceType": "ALIMTALK", "msgType": "AT", "reportTime": iso(datetime.now(KST)),
            "reportType": "2", "reportCode": code, "reportText": "x", **more}


def answer_to(key: str) -> tuple[int, dict]:
    return 200, {"msgKey": key}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("localhost", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Clients:
    """Speak to one address: a port, or the path of a socket."""

    def __init__(self, place: int | Path):
        self.place = place

    def connection(self, source: str = PROVIDER) -> http.client.HTTPConnection:
        if isinstance(self.place, Path):
            return UnixConnection(self.place)
        return http.client.HTTPConnection("127.0.0.1", self.place, timeout=20, source_address=(source, 0))

    def socket(self, source: str = PROVIDER) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.place), 20, (source, 0))

    def post(self, payload, source: str = PROVIDER, path: str = PATH, headers: dict | None = None, secret: str = SECRET,
             **signing) -> tuple[int, dict | bytes]:
        """One webhook, signed by the provider's own SDK unless `headers` say otherwise."""
        signed = sign_webhook(secret, payload, **signing)
        connection = self.connection(source)
        connection.request("POST", path, signed.body, {**signed.headers, **(headers or {})})
        return read(connection)

    def get(self, path: str, source: str = VISITOR, headers: dict | None = None, method: str = "GET"):
        connection = self.connection(source)
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body.decode(), response.headers

    def metric(self, name: str) -> float:
        text = self.get("/metrics")[1]
        return float(re.search(rf"^bizgo_reconciler_{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])

    def counts(self) -> dict[str, int]:
        """Webhooks by what became of them, without those that are 0."""
        found = re.findall(r'^bizgo_reconciler_webhooks_total\{result="(\w+)"\} (\d+)$', self.get("/metrics")[1], re.MULTILINE)
        return {result: int(count) for result, count in found if count != "0"}


def read(connection: http.client.HTTPConnection) -> tuple[int, dict | bytes]:
    response = connection.getresponse()
    body = response.read()
    connection.close()
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, body


def configure(world: World, listen: str | None = None, trusted: tuple[str, ...] = (), secrets: tuple[str, ...] = (SECRET,),
              **webhook) -> Clients:
    """Has the world's daemon listen, on a free port unless said otherwise."""
    port = free_port()
    files = []
    for number, secret in enumerate(secrets):
        files.append(world.folder / f"webhook-secret-{number}")
        files[-1].write_text(secret + "\n")
        files[-1].chmod(0o600)
    world.write_config(
        http={"listen": listen or f"127.0.0.1:{port}", "trusted_proxies": list(trusted), "pages_for": [VISITOR]},
        webhook={"allow": [PROVIDER], "secret_files": [str(file) for file in files], **webhook})
    return Clients(port)
