"""What the checks need: a simulator that starts and ends, an endpoint for webhooks, and plain assertions."""
from __future__ import annotations

import contextlib
import datetime as dt
import http.server
import json
import re
import subprocess
import threading
import time
import urllib.request

from bizgo import Bizgo
from bizgo.models import AlimtalkMessage, SmsMessage
from bizgo.webhooks import ack

KEY = "sim-key"
KST = dt.timezone(dt.timedelta(hours=9))
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00")
ALIMTALK = AlimtalkMessage(sender_key="SENDER", template_code="TEMPLATE", text="hello", msg_type="AT")
SMS = SmsMessage(from_="0100000000", text="hello")


class Sim:
    """One running simulator; `binary` is set before the first."""

    binary = ""

    def __init__(self, *options: str):
        self.process = subprocess.Popen([Sim.binary, "--port", "0", "--for", "60", *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, f"first line: {line!r}"
        self.url = match[1]

    def __enter__(self) -> Sim:
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(20) == 0, "SIGTERM ends it with 0"

    def control(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_sim/" + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def client(self, **options) -> Bizgo:
        options = {"base_url": self.url, "max_retries": 0, "rate_limit": None, "timeout": 5.0, **options}
        return Bizgo(options.pop("key", KEY), **options)

    def load(self, *messages):
        return self.control("POST", "messages", list(messages))

    def faults(self, *rules):
        self.control("POST", "faults", list(rules))


def numbers(count: int) -> list[str]:
    return [f"010{i:08d}" for i in range(count)]


def raises(kind, action, **attributes):
    try:
        value = action()
    except kind as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}"
        for name, expected in attributes.items():
            assert getattr(error, name) == expected, f"{name} is {getattr(error, name)!r}, not {expected!r}"
        return error
    raise AssertionError(f"no {kind.__name__}, but {value!r}")


def becomes(expected, value, seconds: float = 20):
    """What the simulator counts it counts a moment after it happened."""
    end = time.monotonic() + seconds
    while (found := value()) != expected:
        assert time.monotonic() < end, f"{found!r} instead of {expected!r}"
        time.sleep(0.01)


def documented(model):
    """Every field is one the SDK knows, and times are written as documented."""
    assert not model.model_extra, f"unknown fields {sorted(model.model_extra)}"
    for name in ("send_time", "report_time", "request_time"):
        value = getattr(model, name, None)
        assert value is None or TIME.fullmatch(value), f"{name}={value!r}"
    return model


def entry(code: str | None = "10000", service: str = "ALIMTALK", **more) -> dict:
    return {"serviceType": service, **({"reportCode": code, "reportText": "text"} if code else {}), **more}


class Receiver:
    """An endpoint of the application; refuses the first `refusals` requests."""

    def __init__(self, refusals: int = 0):
        self.requests: list[tuple[dict, bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((dict(self.headers), body))
                answer = json.dumps(ack(json.loads(body)["msgKey"])).encode()
                self.send_response(500 if len(outer.requests) <= refusals else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/bizgo"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, count: int) -> list[tuple[dict, bytes]]:
        end = time.monotonic() + 20
        while len(self.requests) < count and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        assert len(self.requests) == count, f"{len(self.requests)} webhooks instead of {count}"
        return self.requests


@contextlib.contextmanager
def webhooks(*options: str, refusals: int = 0):
    receiver = Receiver(refusals)
    try:
        with Sim("--rate", "0", "--webhook-url", receiver.url, "--webhook-secret", "shared secret", *options) as sim:
            yield receiver, sim
    finally:
        receiver.server.shutdown()
