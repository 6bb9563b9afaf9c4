"""An HTTP server that behaves, or misbehaves, as the path asks. For the tests of CurlTransport.

    python3 server.py [--tls FOLDER]

Prints its port, listens on loopback, and ends when its standard input does, or after an hour. With --tls it
first makes itself a certificate for 127.0.0.1, FOLDER/cert.pem.
"""

import gzip
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

connections = 0
seconds = 0
lock = threading.Lock()
gathered = []
gathering = threading.Condition()


def answer(body, *headers, status="200 OK"):
    head = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body), *headers, "", ""]
    return "\r\n".join(head).encode() + body


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def respond(peer, path, head, body, is_first):
    """Returns whether the connection goes on."""
    if path == "/stats":
        peer.sendall(answer(str(connections).encode()))
    elif path == "/redirect":
        peer.sendall(answer(b"", "Location: /ok", status="302 Found"))
    elif path == "/hang":
        time.sleep(100)
    elif path == "/close":
        return False
    elif path == "/reset":
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        time.sleep(0.05)
        return reset(peer)
    elif path == "/short":
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False
    elif path == "/garbage":
        peer.sendall(b"\x00\x01\x02 this is not HTTP\r\n\r\n" * 10)
        return False
    elif path == "/announced":
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (20 << 20))
        for _ in range(20):
            peer.sendall(bytes(1 << 20))
    elif path == "/unannounced":
        peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(20):
            peer.sendall(bytes(1 << 20))
        return False
    elif path == "/fits":
        peer.sendall(answer(bytes(16 << 20)))
    elif path == "/bomb":
        peer.sendall(answer(gzip.compress(bytes(64 << 20), 1), "Content-Encoding: gzip"))
    elif path == "/gzip":
        peer.sendall(answer(gzip.compress(b"unpacked"), "Content-Encoding: gzip"))
    elif path == "/broken-gzip":
        peer.sendall(answer(b"this is not gzip at all", "Content-Encoding: gzip"))
    elif path == "/slow":
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            peer.sendall(b"x")
            time.sleep(0.05)
    elif path == "/interim":
        peer.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n" + answer(b"late", "X-Late:  yes \t"))
    elif path == "/many-headers":
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"X-Padding: " + b"x" * 1000 + b"\r\n")
    elif path == "/echo":
        peer.sendall(answer(body, "X-Method: " + head.split(b" ")[0].decode()))
    elif path == "/once":  # a connection that is closed while it waits for its next request
        peer.sendall(answer(b"once"))
        return False
    elif path == "/second":  # answered only as the first request of a connection
        global seconds
        seconds += 1
        if not is_first:
            return False
        peer.sendall(answer(b"second"))
    elif path == "/seconds":
        peer.sendall(answer(str(seconds).encode()))
    elif path == "/idle":  # a connection that is closed a moment later
        peer.sendall(answer(b"idle"))
        time.sleep(0.1)
        return False
    elif path == "/together":  # answers when 100 have asked, all at once
        with gathering:
            gathered.append(path)
            gathering.notify_all()
            gathering.wait_for(lambda: len(gathered) >= 100, 20)
        peer.sendall(answer(b"together"))
    elif path == "/late":
        time.sleep(1)
        peer.sendall(answer(b"late"))
    elif path == "/delayed":
        time.sleep(0.02)
        peer.sendall(answer(b"ok"))
    elif path.startswith("/head"):
        peer.sendall(answer(head, "Set-Cookie: a=b"))
    else:
        peer.sendall(answer(b"ok", "X-Test: one", "x-test: two"))
    return True


def serve(peer, context):
    try:
        if context:
            peer = context.wrap_socket(peer, server_side=True)
        else:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        is_first = True
        while True:
            while b"\r\n\r\n" not in buffer:
                more = peer.recv(65536)
                if not more:
                    return
                buffer += more
            head, buffer = buffer.split(b"\r\n\r\n", 1)
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while len(buffer) < length:
                buffer += peer.recv(1 << 20)
            body, buffer = buffer[:length], buffer[length:]
            target = head.split(b" ")[1].decode()
            if target.startswith("http://"):  # asked as a proxy
                target = "/" + target.split("/", 3)[3]
            if not respond(peer, target, head, body, is_first):
                return
            is_first = False
    except OSError:
        pass
    finally:
        peer.close()


def end():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    global connections
    context = None
    if "--tls" in sys.argv:
        folder = sys.argv[sys.argv.index("--tls") + 1]
        key, certificate = folder + "/key.pem", folder + "/cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    threading.Thread(target=end, daemon=True).start()
    threading.Timer(3600, lambda: os._exit(1)).start()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    print(listener.getsockname()[1], flush=True)
    while True:
        peer, _ = listener.accept()
        with lock:
            connections += 1
        threading.Thread(target=serve, args=(peer, context), daemon=True).start()


main()
