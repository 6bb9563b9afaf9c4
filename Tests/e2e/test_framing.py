"""Answers over HTTP/1 that say wrongly where they end, held against h11, which the provider's SDK reads answers with."""
import json
import re
import socket
import threading

import h11
import pytest

from harness import ago

BODY = json.dumps({"common": {"authCode": "A000"}, "data": {"code": "A000", "data": {"report": [], "messages": []}}}).encode()
LENGTH = len(BODY)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (LENGTH, BODY)
# How an answer says where it ends, its body, and whether it is one: an empty list of reports, of a message that is old.
CASES = {
    "one length": ([f"Content-Length: {LENGTH}"], BODY, True),
    "no length, until the end": ([], BODY, True),
    "chunked": (["Transfer-Encoding: chunked"], CHUNKED, True),
    "chunked, shouted": (["TRANSFER-ENCODING: CHUNKED"], CHUNKED, True),
    "chunked, with an extension and a trailer": (
        ["Transfer-Encoding: chunked"],
        b"%x;a=b\r\n%s\r\n0\r\nContent-Length: 7\r\n\r\n" % (LENGTH, BODY), True),
    "the same length twice": ([f"Content-Length: {LENGTH}", f"content-length: {LENGTH}"], BODY, True),
    "the same length twice in one": ([f"Content-Length: {LENGTH}, {LENGTH}"], BODY, True),
    "bytes behind it": ([f"Content-Length: {LENGTH}"], BODY + b"HTTP/1.1 200 OK\r\n\r\n", True),
    "a folded line elsewhere": ([f"Content-Length: {LENGTH}", "X-Long: a", "\tb"], BODY, True),
    "two lengths, the first is right": ([f"Content-Length: {LENGTH}", f"Content-Length: {LENGTH + 9}"], BODY, False),
    "two lengths, the last is right": ([f"Content-Length: {LENGTH + 9}", f"Content-Length: {LENGTH}"], BODY, False),
    "two lengths in one": ([f"Content-Length: {LENGTH}, {LENGTH + 9}"], BODY, False),
    "two lengths far apart": ([f"Content-Length: {LENGTH}", "X-A: b", "CONTENT-LENGTH: 0"], BODY, False),
    "the same number written twice": ([f"Content-Length: {LENGTH}", f"Content-Length: 0{LENGTH}"], BODY, False),
    "a length and more": ([f"Content-Length: {LENGTH} {LENGTH}"], BODY, False),
    "a length with a letter": ([f"Content-Length: {LENGTH}x"], BODY, False),
    "a length with a sign": ([f"Content-Length: +{LENGTH}"], BODY, False),
    "a negative length": (["Content-Length: -1"], BODY, False),
    "a hexadecimal length": ([f"Content-Length: {LENGTH:#x}"], BODY, False),
    "an empty length": (["Content-Length:"], BODY, False),
    "an empty part": ([f"Content-Length: {LENGTH},"], BODY, False),
    "a length beyond all numbers": (["Content-Length: " + "9" * 30], BODY, False),
    "a folded length": (["Content-Length:", f" {LENGTH}"], BODY, False),
    "a space before the colon": ([f"Content-Length : {LENGTH}"], BODY, False),
    "a line without a colon": ([f"Content-Length {LENGTH}"], BODY, False),
    "a folded line first": ([" a", f"Content-Length: {LENGTH}"], BODY, False),
    "a length beside chunks": ([f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked"], CHUNKED, False),
    "chunks beside a length": (["Transfer-Encoding: chunked", f"Content-Length: {LENGTH}"], CHUNKED, False),
    "chunked twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], CHUNKED, False),
    "chunked and more": (["Transfer-Encoding: chunked, identity"], CHUNKED, False),
    "no encoding": (["Transfer-Encoding: identity"], BODY, False),
    "an unknown encoding": (["Transfer-Encoding: xchunked"], CHUNKED, False),
    "a folded encoding": (["Transfer-Encoding:", " chunked"], CHUNKED, False),
    "shorter than it says": ([f"Content-Length: {LENGTH + 1}"], BODY, False),
    "chunks without an end": (["Transfer-Encoding: chunked"], CHUNKED[:-5], False),
    "a chunk that has no length": (["Transfer-Encoding: chunked"], b"x\r\n" + CHUNKED, False),
}
# h11 goes by the chunks, and puts a folded value together.
STRICTER = {"a length beside chunks", "chunks beside a length", "a folded length", "a folded encoding"}


def answer(lines: list[str], body: bytes) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "Content-Type: application/json", "", ""]).encode() + body


def is_taken_by_h11(data: bytes) -> bool:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    body = b""
    try:
        connection.receive_data(data)
        ended = False
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return body == BODY
            elif event is h11.NEED_DATA:
                assert not ended
                connection.receive_data(b"")
                ended = True
    except h11.RemoteProtocolError:
        return False


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


class Raw:
    """Answers every request with the same bytes, and closes."""

    def __init__(self):
        self.answer = b""
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer):
        with peer:
            request = b""
            # Its body, too: to close before that is read resets the connection, and the answer is lost.
            while not is_whole(request):
                if not (more := peer.recv(65536)):
                    return
                request += more
            self.requests += 1
            peer.sendall(self.answer)

    def stop(self):
        self.listener.close()


@pytest.fixture
def raw():
    raw = Raw()
    yield raw
    raw.stop()


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_trusted_to_end_where_it_says_is_no_answer(world, raw, case):
    lines, body, is_taken = CASES[case]
    raw.answer = answer(lines, body)
    assert is_taken_by_h11(raw.answer) == (is_taken or case in STRICTER)
    world.write_config(api={"base_url": raw.url})
    world.add("SILENT0001A001", accepted=ago(hours=73))
    summary = world.once(expect=0 if is_taken else 69)
    assert raw.requests >= 1 and summary["provider"] == ("ok" if is_taken else "unavailable")
    assert summary["dead_letter"]["stale"] == (1 if is_taken else 0), case
    assert world.sink.names() == ["StaleMessages" if is_taken else "ProviderUnreachable"]


def test_a_sinks_answer_is_its_status(world, raw):
    """Nothing else of it is read, so that nothing depends on where it ends; a receiver may be as sloppy as it is."""
    raw.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 2\r\n\r\nok"
    world.write_config(alerts={"sinks": [{"type": "webhook", "url": raw.url}]})
    world.add("SILENT0001A001", accepted=ago(hours=73))
    assert world.once()["dead_letter"]["stale"] == 1
    assert raw.requests == 1
    world.once()
    assert raw.requests == 1, "it has taken the alert"
