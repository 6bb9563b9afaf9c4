"""What the servers for tests have in common."""

import ctypes
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1


def dies_with_parent() -> None:
    """For a child before its program starts: it is killed when the process that started it ends, however that ends."""
    os.setpgid(0, 0)  # a keyboard's interrupt is for the one that ends the servers in order
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """From below those the system gives out, so that nobody gets it before the server does, or while that is away."""
    with socket.socket() as probe:
        while True:
            port = random.randrange(20_000, 32_768)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def unprivileged(name: str, folder: pathlib.Path) -> dict[str, object]:
    """For `subprocess`, where root starts a server that refuses to be root's: that account, whose the folder becomes.

    The server must not change accounts by itself: it would outlive its parent (`PR_SET_PDEATHSIG` is forgotten by that).
    """
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        account = pwd.getpwnam("nobody")
    shutil.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def make_certificate(folder: pathlib.Path, account: dict[str, object]) -> None:
    """`certificate.pem` and `key.pem`, for 0.0.0.0: this machine, by an address that is not known to be."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=for tests",
         "-addext", "subjectAltName=IP:0.0.0.0", "-out", folder / "certificate.pem", "-keyout", folder / "key.pem"],
        check=True, capture_output=True, **account)
