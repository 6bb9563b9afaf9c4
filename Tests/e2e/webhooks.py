"""Sends webhooks to a daemon as the provider does, many connections at a time."""
from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from datetime import datetime

from harness import KST, free_port, iso, wait_for

PATH = "/webhook/bizgo/alimtalk"


def listening(world, **sections) -> int:
    """A configuration by which the daemon takes webhooks from this machine; its port."""
    port = free_port()
    world.write_config(http={"listen": f"127.0.0.1:{port}"}, webhook={"allow": ["127.0.0.1"]}, **sections)
    return port


def report(key: str, code: str = "10000", service: str = "ALIMTALK") -> bytes:
    return json.dumps({
        "msgKey": key, "serviceType": service, "msgType": "AT", "reportType": service, "reportCode": code,
        "reportText": "words", "reportTime": iso(datetime.now(KST)), "sendTime": iso(datetime.now(KST)),
        "carrier": "10001", "resCnt": 1}).encode()


def post(port: int, body: bytes, timeout: float = 5) -> float:
    """Seconds until it was answered, by a connection of its own."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        ask(connection, body)
    finally:
        connection.close()
    return time.monotonic() - began


def ask(connection: http.client.HTTPConnection, body: bytes):
    connection.request("POST", PATH, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert (response.status, answer) == (200, {"msgKey": json.loads(body)["msgKey"]})


class Stream:
    """Webhooks about these messages, one after the other on each of some connections, until stopped or through. Who gets
    no answer goes on with the next message: `answered` holds the keys that were, with the seconds it took."""

    def __init__(self, port: int, keys: list[str], connections: int = 8, rate: float | None = None):
        self.port, self.rate = port, rate
        self.answered: dict[str, float] = {}
        self.unanswered: list[str] = []
        self.isOver = threading.Event()
        self.keys: queue.Queue = queue.Queue()
        self.began = time.monotonic()
        for place, key in enumerate(keys):
            self.keys.put((place, key))
        self.threads = [threading.Thread(target=self._send, daemon=True) for _ in range(connections)]
        for thread in self.threads:
            thread.start()

    def _send(self):
        connection = None
        while not self.isOver.is_set():
            try:
                place, key = self.keys.get_nowait()
            except queue.Empty:
                break
            if self.rate:
                time.sleep(max(0.0, self.began + place / self.rate - time.monotonic()))
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                ask(connection, report(key))
                self.answered[key] = time.monotonic() - began
            except (OSError, http.client.HTTPException):
                self.unanswered.append(key)
                if connection:
                    connection.close()
                connection = None
                time.sleep(0.01)
        if connection:
            connection.close()

    def join(self, seconds: float = 120):
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
            assert not thread.is_alive(), "not through in time"

    def stop(self):
        self.isOver.set()
        self.join(10)


def ready(daemon, port: int):
    """Waits until the daemon answers webhooks."""
    daemon.wait_for_event("daemon.ready")

    def answers() -> bool:
        try:
            return post(port, report(f"NOBODY{time.time_ns()}")) < 5
        except OSError:
            return False
    wait_for(answers, 10, "an answer")
