"""A Galera cluster of MariaDB for tests: three nodes in a folder and on ports of their own, gone with whoever started them.

As a program it prints its environment as one line of JSON (`TEST_MYSQL_…` of node 0, `PORTS` of all), then obeys `kill N`,
`freeze N`, `thaw N`, `start N`, `heal` and `end` on stdin, and ends with it.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import mariadb
from processes import free_port, unprivileged

COUNT = 3
# A node that says nothing for so long is put out of the cluster.
SUSPECT = "PT2S"


def provider() -> pathlib.Path | None:
    """Debian's galera-4, of the system or beside the programs on PATH."""
    folders = [pathlib.Path(folder).parent / "lib" for folder in os.environ.get("PATH", "").split(":")]
    found = [folder / "galera/libgalera_smm.so" for folder in [*folders, pathlib.Path("/usr/lib")]]
    return next((path.resolve() for path in found if path.exists()), None)


# What a node has missed is in the memory of the others (gcache), and they send it: none is ever copied whole. The server wants a
# program for that all the same, at both ends; this one tells the other that it need not wait.
NOTHING_TO_COPY = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --role) role=$2 ;;
        --address) note=$(dirname "$0")/${2##*:} ;;
        --gtid) position=$2 ;;
        --bypass) bypass=yes ;;
    esac
    shift
done
if [ "$role" = donor ]; then
    [ "$bypass" = yes ] || exit 1
    echo "$position" >"$note.new" && mv "$note.new" "$note"
    echo "done $position"
else
    rm -f "$note"
    echo "ready 127.0.0.1:${note##*/}"
    until [ -s "$note" ]; do sleep 0.05; done
    cat "$note"
fi
"""


class Node:
    def __init__(self, cluster: "Cluster", number: int):
        self.cluster = cluster
        self.number = number
        self.place = cluster.folder / f"node{number}"
        self.port = free_port()
        self.group_port, self.transfer_port = free_port(), free_port()
        self.server: subprocess.Popen | None = None

    def options(self) -> list[str]:
        settings = {
            "gmcast.listen_addr": f"tcp://127.0.0.1:{self.group_port}", "ist.recv_addr": f"127.0.0.1:{self.transfer_port}",
            "evs.suspect_timeout": SUSPECT, "evs.inactive_timeout": "PT6S", "evs.keepalive_period": "PT0.2S",
            "evs.inactive_check_period": "PT0.2S", "gcache.size": "32M",
        }
        return [
            "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--innodb-buffer-pool-size=32M", "--wsrep-on=ON",
            f"--wsrep-provider={self.cluster.provider}", "--wsrep-cluster-name=tests", f"--wsrep-node-name=node{self.number}",
            f"--wsrep-node-address=127.0.0.1:{self.group_port}", "--wsrep-slave-threads=2",
            "--wsrep-sst-method=nothing", f"--wsrep-sst-receive-address=127.0.0.1:{self.transfer_port}",
            "--wsrep-provider-options=" + ";".join(f"{name}={value}" for name, value in settings.items()),
        ]

    def start(self, address: str) -> None:
        position = self.recovered_position()
        self.server, _ = mariadb.start_server(
            self.place, self.cluster.account,
            [*self.options(), f"--wsrep-cluster-address={address}", f"--wsrep-start-position={position}"], self.port)

    def recovered_position(self) -> str:
        """How far it had come: what it missed since then others send it, and it need not be copied whole."""
        found = subprocess.run(
            ["mariadbd", *mariadb.OPTIONS, *self.options(), "--wsrep-recover", "--skip-networking",
             f"--wsrep-cluster-address={self.cluster.address}", f"--datadir={self.place / 'data'}",
             f"--tmpdir={self.place}", f"--socket={self.place / 'server.sock'}", f"--pid-file={self.place / 'server.pid'}"],
            capture_output=True, text=True, **self.cluster.account)
        position = re.search(r"Recovered position:? (\S+)", found.stderr)
        if not position:
            raise RuntimeError("MariaDB's position was not recovered:\n" + found.stderr[-3000:])
        return position[1]

    def end(self) -> None:
        if self.server:
            self.server.kill()
            self.server.wait()
            self.server = None


class Cluster:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.account = unprivileged("mysql", folder)
        self.provider = provider()
        self.nodes = [Node(self, number) for number in range(COUNT)]

    def start(self) -> None:
        if not self.provider:
            raise RuntimeError("Galera is not installed: Debian's package galera-4")
        program = self.folder / "wsrep_sst_nothing"
        program.write_text(NOTHING_TO_COPY)
        program.chmod(0o755)
        os.environ["PATH"] = f"{self.folder}:{os.environ['PATH']}"
        first = self.nodes[0]
        for node in self.nodes:
            subprocess.run(["mkdir", node.place], check=True, **self.account)
        mariadb.install(first.place / "data", self.account)
        first.start("gcomm://")
        mariadb.make_accounts(first.server, first.place)
        # The others begin as its copies. It takes no note of what it did when it is killed.
        first.server.terminate()
        first.server.wait()
        for node in self.nodes[1:]:
            subprocess.run(["cp", "-r", first.place / "data", node.place / "data"], check=True, **self.account)
        (first.place / "data/grastate.dat").write_text(self.bootstrapping(first))
        first.start("gcomm://")
        mariadb.wait_for_answer(first.server, first.place)
        for node in self.nodes[1:]:
            node.start(self.address)
            mariadb.wait_for_answer(node.server, node.place)

    @staticmethod
    def bootstrapping(node: Node) -> str:
        text = (node.place / "data/grastate.dat").read_text()
        return text.replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1")

    @property
    def address(self) -> str:
        return "gcomm://" + ",".join(f"127.0.0.1:{node.group_port}" for node in self.nodes)

    def heal(self) -> None:
        """Until all nodes are there, and of one mind."""
        for node in self.nodes:
            if node.server and node.server.poll() is None:
                node.server.send_signal(signal.SIGCONT)
            else:
                node.start(self.address)
        end = time.monotonic() + 60
        while not all(self.is_whole(node) for node in self.nodes):
            if time.monotonic() > end:
                logs = "\n".join((node.place / "server.log").read_text()[-2000:] for node in self.nodes)
                raise RuntimeError("the cluster did not come together again:\n" + logs)
            time.sleep(0.1)

    def is_whole(self, node: Node) -> bool:
        text = "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state', 'wsrep_ready')"
        found = subprocess.run([*mariadb.client(node.place), "-BNe", text], capture_output=True, text=True)
        return dict(line.split("\t") for line in found.stdout.splitlines()) == {
            "wsrep_cluster_size": str(COUNT), "wsrep_local_state": "4", "wsrep_ready": "ON"}

    def environment(self) -> dict[str, object]:
        return mariadb.environment_of("TEST_MYSQL", self.nodes[0].port) | {"PORTS": [node.port for node in self.nodes]}

    def obey(self, words: list[str]) -> None:
        if words == ["heal"]:
            return self.heal()
        command, node = words[0], self.nodes[int(words[1])]
        match command:
            case "kill":
                node.end()
            case "freeze":
                node.server.send_signal(signal.SIGSTOP)
            case "thaw":
                node.server.send_signal(signal.SIGCONT)
            case "start":
                node.start(self.address)

    def end(self) -> None:
        for node in self.nodes:
            node.end()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="galera-") as name:
        cluster = Cluster(pathlib.Path(name))
        try:
            cluster.start()
            print(json.dumps(cluster.environment()), flush=True)
            for line in sys.stdin:
                if line.split() == ["end"]:
                    break
                cluster.obey(line.split())
                print("done", flush=True)
        finally:
            cluster.end()


if __name__ == "__main__":
    main()
