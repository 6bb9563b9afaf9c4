"""What a test puts between the reconciler and its database server: it sees each COMMIT, and loses, delays or refuses it.

Knows as much of both protocols as tells a COMMIT from the rest. TLS is not spoken: on a loopback the reconciler wants none.
"""
from __future__ import annotations

import collections
import contextlib
import enum
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

# How long a COMMIT that is `LATE` is under way.
LATENESS = 0.4


class Fate(enum.Enum):
    """What becomes of a COMMIT."""

    # The connection ends before it: not committed.
    BEFORE = "before"
    # Committed, and the connection ends with the answer on its way.
    UNHEARD = "unheard"
    # Handed on, and the connection ends at once: whether it is committed, and when, is between the two of them.
    AT_ONCE = "at once"
    # The connection ends for the client, who asks what became of the transaction while the server has yet to hear of it.
    LATE = "late"
    # Rolled back, and told so: as Galera does it, and PostgreSQL where transactions cannot be serialized.
    CONFLICT = "conflict"


class MySQL:
    """Packets with their lengths and numbers; a command is number 0 of its exchange."""

    conflict = "Deadlock found when trying to get lock; try restarting transaction"

    @staticmethod
    def frames(stream) -> Iterator[bytes]:
        while header := stream.read(4):
            yield header + stream.read(int.from_bytes(header[:3], "little"))

    @staticmethod
    def text(frame: bytes) -> bytes:
        """Of a statement that is spoken or prepared."""
        return frame[5:] if frame[3] == 0 and frame[4:5] in (b"\x03", b"\x16") else b""

    @staticmethod
    def begins(text: bytes) -> bool | None:
        """Whether a transaction for writing begins; nil where none does."""
        return b"SNAPSHOT" not in text if text.startswith(b"START TRANSACTION") else None

    @staticmethod
    def is_last(frame: bytes) -> bool:
        """Of what the client says before it wants an answer."""
        return True

    @staticmethod
    def is_whole(answer: bytes) -> bool:
        return len(answer) >= 4 and len(answer) >= 4 + int.from_bytes(answer[:3], "little")

    @staticmethod
    def undone(frame: bytes) -> bytes:
        return b"\x09\0\0\0\x03ROLLBACK"

    @classmethod
    def refused(cls, answer: bytes) -> bytes:
        body = b"\xff" + struct.pack("<H", 1213) + b"#40001" + cls.conflict.encode()
        return len(body).to_bytes(3, "little") + b"\x01" + body


class PostgreSQL:
    """Messages with a type and a length; the first of a connection has no type."""

    conflict = "could not serialize access due to read/write dependencies among transactions"

    @staticmethod
    def frames(stream) -> Iterator[bytes]:
        length = stream.read(4)
        if length:
            yield length + stream.read(int.from_bytes(length, "big") - 4)
        while kind := stream.read(1):
            length = stream.read(4)
            yield kind + length + stream.read(int.from_bytes(length, "big") - 4)

    @staticmethod
    def text(frame: bytes) -> bytes:
        match frame[:1]:
            case b"Q":
                return frame[5:].rstrip(b"\0")
            case b"P":
                return frame[5:].split(b"\0")[1]
        return b""

    @staticmethod
    def begins(text: bytes) -> bool | None:
        return b"READ ONLY" not in text if text.startswith(b"BEGIN") else None

    @staticmethod
    def is_last(frame: bytes) -> bool:
        return frame[:1] in (b"Q", b"S")

    @staticmethod
    def is_whole(answer: bytes) -> bool:
        return answer[-6:-1] == b"Z\0\0\0\x05"

    @staticmethod
    def undone(frame: bytes) -> bytes:
        body = frame[5:].replace(b"COMMIT", b"ROLLBACK")
        return frame[:1] + struct.pack(">I", len(body) + 4) + body

    @classmethod
    def refused(cls, answer: bytes) -> bytes:
        """With an error in place of the word that it is done."""
        place = answer.index(b"C" + struct.pack(">I", 4 + len(b"ROLLBACK\0")) + b"ROLLBACK\0")
        fields = b"SERROR\0VERROR\0C40001\0M" + cls.conflict.encode() + b"\0\0"
        return answer[:place] + b"E" + struct.pack(">I", 4 + len(fields)) + fields + b"Z\0\0\0\x05I"


PROTOCOLS = {"mysql": MySQL, "postgresql": PostgreSQL}


class Link:
    """One connection of the reconciler's."""

    def __init__(self, wire: "Wire", client: socket.socket, server: socket.socket):
        self.wire, self.client, self.server = wire, client, server
        # Whether it is one that works by a lease, which notes a token in each of its transactions.
        self.works = False
        self.is_writing = False
        self.answer: bytes | None = None
        self.is_answered = threading.Event()
        threading.Thread(target=self.forth, daemon=True).start()
        threading.Thread(target=self.back, daemon=True).start()

    def forth(self):
        protocol = self.wire.protocol
        try:
            frames = protocol.frames(self.client.makefile("rb"))
            for frame in frames:
                text = protocol.text(frame)
                self.works = self.works or b"SET committed" in text
                begins = protocol.begins(text)
                self.is_writing = self.is_writing if begins is None else begins
                fate = self.wire.fate(self) if text == b"COMMIT" and self.is_writing else None
                if fate is None:
                    self.server.sendall(self.wire.edited(frame))
                elif not self.suffer(fate, frame, frames):
                    return
        except (OSError, ValueError):
            pass  # one of the two is gone
        finally:
            self.end()

    def suffer(self, fate: Fate, frame: bytes, frames: Iterator[bytes]) -> bool:
        """Whether the connection is still there after it."""
        if fate is Fate.BEFORE:
            return False
        self.answer = b""
        whole = [self.wire.protocol.undone(frame) if fate is Fate.CONFLICT else frame]
        while not self.wire.protocol.is_last(frame):
            frame = next(frames)
            whole.append(frame)
        if fate is Fate.LATE:
            hang_up(self.client)
            time.sleep(LATENESS)
        self.server.sendall(b"".join(whole))
        if fate is Fate.AT_ONCE:
            return False
        assert self.is_answered.wait(20), f"the server says nothing to a COMMIT that is {fate.value}"
        if fate is not Fate.CONFLICT:
            return False
        answer, self.answer = self.answer, None
        self.is_answered.clear()
        self.client.sendall(self.wire.protocol.refused(answer))
        return True

    def back(self):
        with contextlib.suppress(OSError):
            while data := self.server.recv(65_536):
                if self.answer is None:
                    self.client.sendall(data)
                    continue
                self.answer += data
                if self.wire.protocol.is_whole(self.answer):
                    self.is_answered.set()
        self.end()

    def end(self):
        hang_up(self.client)
        hang_up(self.server)


def hang_up(end: socket.socket):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


class Wire:
    """Listens on a port of its own. `plan` is asked about each COMMIT of a transaction for writing."""

    def __init__(self, kind: str, port: int):
        self.protocol = PROTOCOLS[kind]
        self.server_port = port
        self.plan: Callable[[Link], Fate | None] = lambda link: None
        # Of what the client says: put in the place of words as long.
        self.edits: list[tuple[bytes, bytes]] = []
        self.edited_count = 0
        self.done: collections.Counter[Fate] = collections.Counter()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), timeout=5)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Link(self, client, server)

    def fate(self, link: Link) -> Fate | None:
        with self.lock:
            fate = self.plan(link)
            if fate:
                self.done[fate] += 1
            return fate

    def edited(self, frame: bytes) -> bytes:
        for old, new in self.edits:
            assert len(old) == len(new)
            self.edited_count += frame.count(old)
            frame = frame.replace(old, new)
        return frame

    def stop(self):
        hang_up(self.listener)
        self.listener.close()
