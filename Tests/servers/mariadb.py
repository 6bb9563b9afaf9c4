"""A MariaDB server for tests: in a folder and on a port of its own, gone with whoever started it.

`start(folder)` and `start_one(folder, options)` for those that import it. As a program it is a server that is stopped and started at will: it prints its
environment as one line of JSON, then obeys `stop fast`, `stop immediate`, `start` and `end` on stdin, and ends with it.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from processes import dies_with_parent, free_port, make_certificate, unprivileged

PASSWORD = "only-for-tests"
ACCOUNTS = f"""
CREATE DATABASE test;
CREATE USER tester@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL PRIVILEGES ON test.* TO tester@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
"""
OPTIONS = [
    "--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M", "--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF", "--max-connections=1000",
    "--character-set-server=utf8mb4",
    "--max-allowed-packet=64M", "--default-time-zone=+00:00",
]


def is_installed() -> bool:
    return shutil.which("mariadbd") is not None


def start(folder: pathlib.Path):
    """Starts two with the same accounts: one for all tests, and a spare one to be stopped or set otherwise.

    Returns what tests must know of them, and what ends them.
    """
    account = unprivileged("mysql", folder)
    model = folder / "model"
    install(model, account)
    certificate = ["--ssl-cert=" + str(folder / "certificate.pem"), "--ssl-key=" + str(folder / "key.pem")]
    make_certificate(folder, account)
    with contextlib.ExitStack() as stack:
        environment = {"TEST_MYSQL_CERTIFICATE": str(folder / "certificate.pem")}
        for prefix in ("TEST_MYSQL", "TEST_MYSQL_SPARE"):
            place = folder / prefix.lower()
            subprocess.run(["mkdir", place], check=True, **account)
            subprocess.run(["cp", "-r", model, place / "data"], check=True, **account)
            server, port = start_server(place, account, certificate)
            stack.callback(stop, server)
            make_accounts(server, place)
            environment |= environment_of(prefix, port) | {f"{prefix}_PID": str(server.pid)}
        return environment, stack.pop_all().close


def start_one(folder: pathlib.Path, options: list[str]):
    """Starts one, set by these options. Returns what must be known of it, and what ends it."""
    account = unprivileged("mysql", folder)
    install(folder / "data", account)
    server, port = start_server(folder, account, options)
    with contextlib.ExitStack() as stack:
        stack.callback(stop, server)
        make_accounts(server, folder)
        return environment_of("TEST_MYSQL", port), stack.pop_all().close


def install(data: pathlib.Path, account: dict[str, object]) -> None:
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db"], check=True, capture_output=True, env=os.environ | {"TMPDIR": str(data.parent)}, **account)


def environment_of(prefix: str, port: int) -> dict[str, str]:
    return {
        f"{prefix}_URL": f"mysql://tester@127.0.0.1:{port}/test", f"{prefix}_PASSWORD": PASSWORD,
        f"{prefix}_ADMIN_URL": f"mysql://admin@127.0.0.1:{port}/test", f"{prefix}_ADMIN_PASSWORD": PASSWORD,
    }


def start_server(
        place: pathlib.Path, account: dict[str, object], options: list[str], port: int | None = None
) -> tuple[subprocess.Popen, int]:
    port = port or free_port()
    # In a folder that they share, whoever starts removes what others have there at the time.
    temporary = place / "tmp"
    subprocess.run(["mkdir", "-p", temporary], check=True, **account)
    with (place / "server.log").open("w") as log:
        server = subprocess.Popen(
            ["mariadbd", *OPTIONS, f"--datadir={place / 'data'}", f"--tmpdir={temporary}",
             f"--socket={place / 'server.sock'}", f"--port={port}", f"--pid-file={place / 'server.pid'}", *options],
            stdout=log, stderr=log, preexec_fn=dies_with_parent, **account)
    return server, port


def stop(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGCONT)
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def make_accounts(server: subprocess.Popen, place: pathlib.Path) -> None:
    wait_for_answer(server, place)
    subprocess.run(client(place), input=ACCOUNTS, text=True, check=True)


def client(place: pathlib.Path) -> list[str]:
    return ["mariadb", "--no-defaults", f"--socket={place / 'server.sock'}", "--user=root"]


def wait_for_answer(server: subprocess.Popen, place: pathlib.Path) -> None:
    end = time.monotonic() + 60
    ask = [*client(place), "--execute=SELECT 1"]
    while subprocess.run(ask, capture_output=True).returncode != 0:
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError("MariaDB did not start:\n" + (place / "server.log").read_text()[-3000:])
        time.sleep(0.1)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mariadb-") as name:
        place = pathlib.Path(name)
        account = unprivileged("mysql", place)
        install(place / "data", account)
        server, port = start_server(place, account, [])
        try:
            make_accounts(server, place)
            print(json.dumps(environment_of("TEST_MYSQL", port)), flush=True)
            for line in sys.stdin:
                match line.split():
                    case ["stop", "immediate"]:
                        server.kill()
                        server.wait()
                    case ["stop", "fast"]:
                        stop(server)
                    case ["start"]:
                        server, _ = start_server(place, account, [], port)
                        wait_for_answer(server, place)
                    case _:
                        break
                print("done", flush=True)
        finally:
            stop(server)


if __name__ == "__main__":
    main()
