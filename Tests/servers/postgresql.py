"""A real PostgreSQL on a loopback port of its own, with a PgBouncer in transaction mode before it.

`start(folder)` for those that import it. As a program it is a server that is stopped and started at will: it prints its
environment as one line of JSON, then obeys `stop fast`, `stop immediate`, `start` and `end` on stdin, and ends with it.
"""

import ctypes
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from processes import free_port, make_certificate

SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def start(folder, pooler=True):
    """Gives the environment for tests, and what ends all of it."""
    server = Server(pathlib.Path(folder) / "postgresql")
    try:
        server.initialize()
        server.start()
        server.make_tester()
        if pooler:
            server.start_pooler()
    except BaseException:
        server.end()
        raise
    return server.environment(), server.end


def is_installed():
    try:
        return bool(program("postgres") and pooler_program())
    except RuntimeError:
        return False


class Server:
    def __init__(self, folder):
        self.folder = folder
        self.account = unprivileged()
        self.port = free_port()
        self.pooler_port = None
        self.passwords = {name: secrets.token_hex(12) for name in ("admin", "tester")}
        self.postmaster = None
        self.pooler = None

    def initialize(self):
        self.folder.mkdir(parents=True)
        if self.account:
            # The account must reach it.
            self.folder.parent.chmod(self.folder.parent.stat().st_mode | 0o011)
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        password = self.write("admin-password", self.passwords["admin"])
        self.run(
            program("initdb"), "-D", self.folder / "data", "-U", "admin", "--pwfile", password, "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        make_certificate(self.folder, self.identity())

    def start(self):
        self.postmaster = self.spawn(
            program("postgres"), "-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1", "-p", self.port,
            "-c", "deadlock_timeout=200ms", "-c", "max_connections=600", "-c", "ssl=on",
            "-c", f"ssl_cert_file={self.folder / 'certificate.pem'}", "-c", f"ssl_key_file={self.folder / 'key.pem'}",
            log="postgresql.log")
        self.wait_until(lambda: self.answers(self.port), self.postmaster, "postgresql.log")

    def stop(self, how="fast"):
        stop(self.postmaster, SIGNALS[how])
        self.postmaster = None

    def make_tester(self):
        self.sql("postgres", f"CREATE ROLE tester LOGIN PASSWORD '{self.passwords['tester']}'")
        self.sql("postgres", "CREATE DATABASE test OWNER tester")

    def start_pooler(self):
        self.pooler_port = free_port()
        users = self.write("users.txt", f'"admin" "{self.passwords["admin"]}"\n')
        settings = self.write("pgbouncer.ini", f"""
[databases]
* = host=127.0.0.1 port={self.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.pooler_port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = 4
max_client_conn = 100
query_wait_timeout = 10
auth_type = scram-sha-256
auth_file = {users}
auth_user = admin
""")
        self.pooler = self.spawn(pooler_program(), settings, log="pgbouncer.log")
        self.wait_until(lambda: listens(self.pooler_port), self.pooler, "pgbouncer.log")

    def end(self):
        stop(self.pooler, signal.SIGINT)
        stop(self.postmaster, signal.SIGINT)

    def environment(self):
        names = {
            "TEST_POSTGRESQL_URL": f"postgresql://tester@127.0.0.1:{self.port}/test",
            "TEST_POSTGRESQL_PASSWORD": self.passwords["tester"],
            "TEST_POSTGRESQL_ADMIN_URL": f"postgresql://admin@127.0.0.1:{self.port}/postgres",
            "TEST_POSTGRESQL_ADMIN_PASSWORD": self.passwords["admin"],
            "TEST_POSTGRESQL_CERTIFICATE": str(self.folder / "certificate.pem"),
        }
        if self.pooler_port:
            names["TEST_PGBOUNCER_URL"] = f"postgresql://tester@127.0.0.1:{self.pooler_port}/test"
        return names

    def sql(self, database, statement):
        # Not among the arguments: everybody could read the password.
        subprocess.run(
            [program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "admin",
             "-d", database],
            input=statement, text=True, check=True,
            env={**os.environ, "PGPASSWORD": self.passwords["admin"]})

    def answers(self, port):
        check = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(check).returncode == 0

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def run(self, *arguments):
        done = subprocess.run(
            [str(each) for each in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.folder, **self.identity())
        if done.returncode:
            raise RuntimeError(f"{arguments[0]}: {done.stdout}")

    def spawn(self, *arguments, log):
        with open(self.folder / log, "a") as output:
            return subprocess.Popen(
                [str(each) for each in arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder, start_new_session=True, preexec_fn=ending_with(os.getpid()), **self.identity())

    def identity(self):
        if not self.account:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def wait_until(self, holds, process, log):
        deadline = time.monotonic() + 60
        while not holds():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{log}: {(self.folder / log).read_text()}")
            time.sleep(0.05)


def unprivileged():
    """Neither runs as root. Nil when this is not root."""
    if os.getuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("there is no account `postgres` nor `nobody` to run PostgreSQL as")


def program(name):
    folders = [os.environ.get("PATH", "")]
    config = shutil.which("pg_config")
    if config:
        folders.insert(0, subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip())
    folders.extend(str(path) for path in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    found = shutil.which(name, path=os.pathsep.join(folders))
    if not found:
        raise RuntimeError(f"no {name}: install PostgreSQL (Debian: postgresql)")
    return found


def pooler_program():
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise RuntimeError("no pgbouncer: install it (Debian: pgbouncer)")
    return found


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def stop(process, how):
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def ending_with(parent):
    """For a child before it executes its program."""
    def tie():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)
    return tie


def main():
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = Server(pathlib.Path(folder) / "postgresql")
        try:
            server.initialize()
            server.start()
            server.make_tester()
            print(json.dumps(server.environment()), flush=True)
            for line in sys.stdin:
                match line.split():
                    case ["stop", how]:
                        server.stop(how)
                    case ["start"]:
                        server.start()
                    case _:
                        break
                print("done", flush=True)
        finally:
            server.end()


if __name__ == "__main__":
    main()
