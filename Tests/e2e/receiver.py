"""What stands in for JANDI, Alertmanager, PagerDuty and others: keeps every request, answers what a test says."""
from __future__ import annotations

import http.server
import json
import threading
import time
from dataclasses import dataclass


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: object
    at: float


class Receiver:
    def __init__(self):
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.status = 200
        # Cleared, it takes what it is sent and does not answer.
        self.answers_now = threading.Event()
        self.answers_now.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.requests.append(Request(
                    self.command, self.path, {name.lower(): value for name, value in self.headers.items()},
                    json.loads(body) if body else None, time.monotonic()))
                receiver.answers_now.wait(60)
                status, headers = receiver.answers.pop(0) if receiver.answers else (receiver.status, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST = take

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    @property
    def bodies(self) -> list:
        return [request.body for request in self.posts]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
