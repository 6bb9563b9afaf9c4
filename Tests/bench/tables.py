"""Where the application's table is: in a file, or at a database server that is there for it alone."""
from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path
from typing import Iterable, Iterator, Protocol

from harness import TABLE
from servers import TABLES, Server

# MariaDB's own defaults, which tests do without. PostgreSQL is started with its own: both cache 128 MiB, and flush every
# commit to the disk, as SQLite does for the application (synchronous=FULL).
MARIADB = ["--innodb-buffer-pool-size=128M", "--innodb-log-file-size=96M", "--innodb-flush-log-at-trx-commit=1"]
COLUMNS = "external_id, status, report_code, created_at"


class Table(Protocol):
    """What scenarios do with it."""

    # For inserts.py: a file, or a URL and the file with its password.
    address: list[str]
    # The section of that name in the program's configuration.
    store: dict

    def add(self, rows: Iterable[tuple[str, str, str | None, str]]):
        """So many COLUMNS; the table is made where it is not there. A million take seconds. Left as a database is that has
        had the time to tidy up."""

    def query(self, text: str, *values) -> list: ...


class TableFile:
    def __init__(self, path: Path, journal_mode: str = "wal"):
        self.path, self.journal_mode = path, journal_mode
        self.address, self.store = [str(path)], {"path": str(path)}

    def add(self, rows: Iterable[tuple[str, str, str | None, str]]):
        is_new = not self.path.exists()
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            if is_new:
                connection.execute(f"PRAGMA journal_mode={self.journal_mode}")
                connection.execute(TABLE)
            connection.execute("PRAGMA synchronous=OFF")
            connection.executemany(f"INSERT INTO notification_history ({COLUMNS}) VALUES (?, ?, ?, ?)", rows)
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def query(self, text: str, *values) -> list:
        with contextlib.closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(text, values).fetchall()

    def remove(self):
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()


class TableServer:
    def __init__(self, server: Server, folder: Path):
        self.server, self.folder = server, folder
        password = folder / "store-password"
        password.touch(0o600)
        password.write_text(server.password)
        self.address = [server.url(), str(password)]
        self.store = {"url": server.url(), "password_file": str(password)}
        server.rows(TABLES[server.kind])

    def add(self, rows: Iterable[tuple[str, str, str | None, str]]):
        if self.server.kind == "mysql":
            self._load(rows)
            self.server.rows("ANALYZE TABLE notification_history")
        else:
            with contextlib.closing(self.server.connect()) as connection, connection.cursor() as cursor:
                with cursor.copy(f"COPY notification_history ({COLUMNS}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            self.server.rows("VACUUM ANALYZE notification_history")
            self.server.as_admin("CHECKPOINT")

    def _load(self, rows: Iterable[tuple[str, str, str | None, str]]):
        file = self.folder / "rows"
        with file.open("w") as output:
            # A DATETIME has no offset: it is the time in Korea.
            output.writelines(f"{key}\t{status}\t{code or chr(92) + 'N'}\t{at[:23]}\n" for key, status, code, at in rows)
        with contextlib.closing(self.server.connect(local_infile=True)) as connection:
            connection.cursor().execute(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE notification_history ({COLUMNS})")
        file.unlink()

    def query(self, text: str, *values) -> list:
        return self.server.rows(text, *values)


@contextlib.contextmanager
def table_at(kind: str, folder: Path) -> Iterator[Table]:
    """An empty one: sqlite, mysql or postgresql. A server is started for it, and ended."""
    if kind == "sqlite":
        table = TableFile(folder / "servers.db")
        yield table
        table.remove()
        return
    # Its account, which is not root's, must reach it.
    with tempfile.TemporaryDirectory(prefix=f"bizgo-bench-{kind}-") as name, contextlib.ExitStack() as stack:
        place = Path(name)
        place.chmod(0o755)
        environment, stop = _start(kind, place)
        stack.callback(stop)
        yield TableServer(Server(kind, environment), folder)


def _start(kind: str, place: Path):
    """Imported here: where no scenario wants one, none need be installed."""
    if kind == "mysql":
        import mariadb
        return mariadb.start_one(place, MARIADB)
    import postgresql
    return postgresql.start(place, pooler=False)
