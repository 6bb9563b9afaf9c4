"""An application's side of the table, through a real driver: `drivers.py CASE DATABASE` makes the table, writes rows, says
so, waits for a line, reads the rows again and prints them as JSON. A process of its own: drivers change what they run in.
"""
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

KST = timezone(timedelta(hours=9))
TOOLS = Path(__file__).resolve().parents[2] / ".build/tools"
JAR = "usr/share/java/xerial-sqlite-jdbc.jar"
NATIVE = "usr/lib/x86_64-linux-gnu/jni"

NOW = datetime.now(KST).replace(microsecond=397_123)
HOUR = timedelta(hours=1)
# Key, status, accepted, updated: two to be settled, one that stays, one that seems to have been updated after them.
ROWS = [
    ("DRV0000SENT", "PENDING", NOW - 2 * HOUR, NOW - HOUR),
    ("DRV0000DEAD", "PENDING", NOW - 2 * HOUR, None),
    ("DRV0000OPEN", "PENDING", NOW - 2 * HOUR, NOW - HOUR),
    ("DRV000LATER", "SENT", NOW - 2 * HOUR, NOW + timedelta(seconds=90)),
]
COLUMNS = "id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL, service_type TEXT, report_code TEXT," \
    " error_message TEXT"
INSERT = "INSERT INTO notification_history (external_id, status, created_at, updated_at) VALUES (?, ?, ?, ?)"
SELECT = "SELECT external_id, status, created_at, updated_at FROM notification_history ORDER BY updated_at"


def naive(moment, zone=KST):
    return moment and moment.astimezone(zone).replace(tzinfo=None)


def turn():
    print("written", flush=True)
    sys.stdin.readline()


def python_sqlite3(database, convert):
    import sqlite3
    connection = sqlite3.connect(database, detect_types=sqlite3.PARSE_DECLTYPES)
    connection.execute(f"CREATE TABLE notification_history ({COLUMNS}, created_at timestamp, updated_at timestamp)")
    connection.executemany(INSERT, [(*row[:2], convert(row[2]), convert(row[3])) for row in ROWS])
    connection.commit()
    turn()
    return connection.execute(SELECT).fetchall()


def sqlalchemy(database):
    from sqlalchemy import DateTime, Integer, String, create_engine, select
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class Row(Base):
        __tablename__ = "notification_history"
        id = mapped_column(Integer, primary_key=True)
        external_id = mapped_column(String(40), unique=True)
        status = mapped_column(String(20))
        service_type = mapped_column(String(20))
        report_code = mapped_column(String(20))
        error_message = mapped_column(String(400))
        created_at = mapped_column(DateTime)
        updated_at = mapped_column(DateTime)

    engine = create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Row(external_id=key, status=status, created_at=naive(created), updated_at=naive(updated))
                        for key, status, created, updated in ROWS)
        session.commit()
    turn()
    with Session(engine) as session:
        return [(row.external_id, row.status, row.created_at, row.updated_at)
                for row in session.scalars(select(Row).order_by(Row.updated_at))]


def django(database, is_aware):
    import django
    from django.conf import settings
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}}, USE_TZ=is_aware,
        TIME_ZONE="Asia/Seoul", INSTALLED_APPS=[])
    django.setup()
    from django.db import connection, models

    class Row(models.Model):
        external_id = models.CharField(max_length=40, unique=True, null=True)
        status = models.CharField(max_length=20)
        service_type = models.CharField(max_length=20, null=True)
        report_code = models.CharField(max_length=20, null=True)
        error_message = models.CharField(max_length=400, null=True)
        created_at = models.DateTimeField()
        updated_at = models.DateTimeField(null=True)

        class Meta:
            app_label = "shop"
            db_table = "notification_history"

    with connection.schema_editor() as editor:
        editor.create_model(Row)
    form = (lambda moment: moment) if is_aware else naive
    for key, status, created, updated in ROWS:
        Row.objects.create(external_id=key, status=status, created_at=form(created), updated_at=form(updated))
    connection.close()
    turn()
    return list(Row.objects.order_by("updated_at").values_list("external_id", "status", "created_at", "updated_at"))


def jdbc(database, columns, options):
    import jpype
    import jpype.imports
    jar = next(root / JAR for root in (TOOLS, Path("/")) if (root / JAR).exists())
    jpype.startJVM(
        "-Duser.timezone=Asia/Seoul", f"-Dorg.sqlite.lib.path={jar.parents[3] / NATIVE}",
        "-Dorg.sqlite.lib.name=libsqlitejdbc.so", "-Xshare:auto", "-XX:TieredStopAtLevel=1", classpath=[str(jar)])
    from java.sql import DriverManager, Timestamp
    connection = DriverManager.getConnection(f"jdbc:sqlite:{database}?{options}")
    connection.createStatement().execute(
        f"CREATE TABLE notification_history ({COLUMNS}, created_at {columns}, updated_at {columns})")
    insert = connection.prepareStatement(INSERT)
    for key, status, created, updated in ROWS:
        insert.setString(1, key)
        insert.setString(2, status)
        insert.setTimestamp(3, Timestamp(int(created.timestamp() * 1000)))
        insert.setTimestamp(4, Timestamp(int(updated.timestamp() * 1000)) if updated else None)
        insert.executeUpdate()
    connection.close()
    turn()
    connection = DriverManager.getConnection(f"jdbc:sqlite:{database}?{options}")
    found = connection.createStatement().executeQuery(SELECT)
    rows = []
    while found.next():
        times = [moment and datetime.fromtimestamp(int(moment.getTime()) / 1000, KST)
                 for moment in (found.getTimestamp(3), found.getTimestamp(4))]
        rows.append((str(found.getString(1)), str(found.getString(2)), *times))
    return rows


CASES = {
    "sqlite3-naive": lambda database: python_sqlite3(database, naive),
    "sqlite3-aware": lambda database: python_sqlite3(database, lambda moment: moment),
    "sqlalchemy": sqlalchemy,
    "django-local": lambda database: django(database, False),
    "django-utc": lambda database: django(database, True),
    "jdbc-milliseconds": lambda database: jdbc(database, "TIMESTAMP", "date_class=INTEGER"),
    "jdbc-seconds": lambda database: jdbc(database, "INTEGER", "date_class=INTEGER&date_precision=SECONDS"),
    "jdbc-text": lambda database: jdbc(database, "TIMESTAMP", "date_class=TEXT"),
}

if __name__ == "__main__":
    print(json.dumps([(key, status, created.isoformat(), updated.isoformat() if updated else None)
                      for key, status, created, updated in CASES[sys.argv[1]](sys.argv[2])]))
