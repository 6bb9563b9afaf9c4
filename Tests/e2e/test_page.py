"""The status page: one file, whole, escaped, and rewritten by the daemon."""
import base64
import hashlib
import os
import re
import resource
import stat
import subprocess
from datetime import datetime
from html.parser import HTMLParser

import pytest

from harness import ago, delivered, failed, iso, wait_for

VOID = {"meta", "link", "br", "hr", "img", "input"}
SHAPES = {"path"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "h3", "p",
    "span", "strong", "dl", "dt", "dd", "div", "ul", "li", "time", "table", "caption", "thead", "tbody", "tr", "th",
    "td", "figure", "figcaption", "svg", "desc", "path", "details", "summary", "code", "script"}
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&lt;\x1b[31m\u202e 010-0000-0009 01000000009"


class Strict(HTMLParser):
    """Every element closed in its turn, nothing that runs or fetches, ids unique, labels that lead somewhere."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.headings: list[int] = []
        self.text = ""
        self.language = None
        self.feed(text)
        self.close()
        assert self.open == [], "elements left open"
        assert len(self.ids) == len(set(self.ids)), "an id twice"
        assert set(self.references) <= set(self.ids), "a label that leads nowhere"
        assert self.headings[0] == 1 and self.headings.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(self.headings, self.headings[1:]))

    def handle_starttag(self, tag, attributes):
        assert tag in ALLOWED, tag
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)) and all(value is not None for _, value in attributes), attributes
        assert not any(name.startswith("on") or name in ("src", "href", "action") for name in names), attributes
        values = dict(attributes)
        if tag == "html":
            self.language = values["lang"]
        if tag == "th":
            assert values["scope"] in ("row", "col")
        if tag == "svg":
            assert values["role"] == "img" and values["aria-labelledby"]
        self.ids += [values["id"]] if "id" in values else []
        self.references += values.get("aria-labelledby", "").split()
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in SHAPES, tag
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> while {self.open} are open"
        self.open.pop()

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data


def read(path) -> Strict:
    source = path.read_text()
    assert source.startswith("<!DOCTYPE html>\n") and "http:" not in source and "https:" not in source
    assert "@import" not in source and "url(" not in source
    script, = re.findall("<script>(.*?)</script>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in source, "Freshness.swift: the hash of its script is another"
    page = Strict(source)
    assert page.language == "en"
    return page


def report(world, **options) -> Strict:
    path = world.folder / "report.html"
    world.run("report", "--html", str(path), **options)
    return read(path)


def test_a_page_about_nothing(world):
    page = report(world)
    for words in ("No cycle has been made yet", "Firing alerts", "None.", "Nothing in the last 7 days", "stale"):
        assert words in page.text, words
    tables = world.query("SELECT name FROM sqlite_schema WHERE name LIKE 'reconciler%'")
    assert tables == [], "it only reads"


def test_the_page_says_what_has_happened(world):
    then = ago(hours=1)  # of all of them: a message accepted after a refusal and delivered would end the alert
    world.add_many([(f"DELIVERED{index:03d}", [delivered()]) for index in range(12)], then)
    world.add_many([(f"REFUSED{index:05d}", [failed("64008")]) for index in range(3)], then)
    world.add("STALE00001", accepted=ago(hours=80))
    world.add("YOUNG00001", accepted=ago(minutes=2))
    world.add_many([(f"WEBHOOK{index:05d}", []) for index in range(15)], then, status="SENT")
    # All of it in one hour.
    wait_for(lambda: (now := datetime.now()).minute < 59 or now.second < 50, 15, "the next hour")
    world.once()
    page = report(world)
    text = re.sub(r"\s+", " ", page.text)
    assert re.search(r"3 messages refused since \d{4}-\d\d-\d\d \d\d:\d\d \+09:00", text)
    for words in ("Critical", "AccountRefused", "code=64008", "3 messages", "account has no usage permission",
                  "Sent, found by asking: 12.", "Dead letter, found by asking: 4.", "At most 16 in one hour.",
                  "asked after the deadline, and no final report", "under 10 minutes", "ok since",
                  "newest 32 rows"):
        assert words in text, words
    row = re.search(r">50 %</span></td><td class=\"n\">15</td><td class=\"n\">15</td>",
                    (world.folder / "report.html").read_text())
    assert row, "15 of the hour's 30 settled messages were settled by the application"


def test_hostile_text_is_text(world):
    world.write_config(alerts={"sinks": [{"type": "command", "name": HOSTILE.replace("\x1b", "").replace("\u202e", ""),
                                          "argv": ["/bin/false"]}]})
    world.add("HOSTILE001", failed(HOSTILE, HOSTILE))
    world.add("HOSTILE002", failed("01000000009", HOSTILE))
    world.execute("INSERT INTO notification_history (external_id, status, report_code, error_message, created_at) "
                  "VALUES (?, 'PENDING', ?, ?, ?)", HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    world.once()
    world.execute("UPDATE reconciler_cycle SET provider_detail = ?", HOSTILE)
    world.execute("UPDATE reconciler_meta SET value = ? WHERE key = 'provider_detail'", HOSTILE)
    world.execute("UPDATE reconciler_hour SET code = code || ? WHERE code = '01000000009'", "<b>")
    world.execute("UPDATE reconciler_alert SET tally = ?", '{"<script>": 1, "01000000009": 2}')
    world.execute("INSERT INTO reconciler_alert SELECT 'ProviderUnreachable', ?, 'firing', 1, 1, '[]', '{}', ?, since, "
                  "last_event_at, NULL, NULL, NULL, NULL, 0, NULL FROM reconciler_alert LIMIT 1",
                  '{"a\\"<b>": "<script>01000000009"}', HOSTILE)
    page = report(world)
    source = (world.folder / "report.html").read_text()
    assert "<b>" not in source and "<script>alert" in page.text
    for digits in ("01000000009", "010-0000-0009", "0100000"):
        assert digits not in source
    assert "\x1b" not in source and "\u202e" not in source


def test_the_file_is_replaced_whole_and_readable_by_all(world):
    path = world.folder / "page.html"
    path.write_text("old")
    path.chmod(0o600)
    before = path.stat().st_ino
    subprocess.run(["sh", "-c", f"umask 077; exec \"$@\"", "sh", *command(world, path)], check=True)
    assert path.stat().st_ino != before and stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [name for name in os.listdir(world.folder) if "page.html" in name] == ["page.html"]


def command(world, path):
    from harness import RECONCILER

    return [RECONCILER, "report", "--config", world.config_file, "--html", path]


def test_a_full_disk_keeps_the_old_page_and_says_so(world):
    world.execute("PRAGMA journal_mode = DELETE")  # a reader of a write-ahead log writes, too
    path = world.folder / "page.html"
    path.write_text("old")
    result = subprocess.run(command(world, path), capture_output=True, text=True, restore_signals=False,  # no SIGXFSZ
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    assert result.returncode == 74 and result.stderr.count("\n") == 1 and "make room" in result.stderr, result.stderr
    assert path.read_text() == "old"
    assert [name for name in os.listdir(world.folder) if "page.html" in name] == ["page.html"]


def test_the_page_may_be_a_link_or_standard_output(world):
    real = world.folder / "real.html"
    real.write_text("old")
    link = world.folder / "link.html"
    link.symlink_to(real)
    world.run("report", "--html", str(link))
    assert link.is_symlink() and real.read_text().endswith("</html>\n")
    real.write_text("old")
    output = world.folder / "stdout"  # as /dev has it, which a test must not touch
    output.symlink_to("/proc/self/fd/1")
    with real.open("wb") as stream:
        subprocess.run(command(world, output), stdout=stream, check=True)
    assert output.is_symlink() and real.read_text().endswith("</html>\n")
    piped = subprocess.run(command(world, output), capture_output=True, text=True)
    assert piped.returncode == 74 and f"{output} is there and is no file" in piped.stderr and output.is_symlink()


def test_many_write_the_page_at_once(world):
    """Whole at any moment; what a killed process has left is taken away."""
    path = world.folder / "page.html"
    path.write_text("old</html>\n")
    (world.folder / "page.html.0123456789abcdef.tmp").write_text("half")
    processes = [subprocess.Popen(command(world, path)) for _ in range(8)]
    while any(process.poll() is None for process in processes):
        assert path.read_text().endswith("</html>\n")
    assert [process.returncode for process in processes] == [0] * 8
    assert [name for name in os.listdir(world.folder) if "page.html" in name] == ["page.html"]


def test_a_page_that_cannot_be_written(world):
    world.run("report", expect=64)
    missing = world.run("report", "--html", str(world.folder / "none/page.html"), expect=74)
    assert "make the folder" in missing.stderr and missing.stderr.count("\n") == 1
    folder = world.run("report", "--html", str(world.folder), expect=74)
    assert folder.stderr.count("\n") == 1
    world.write_config(status_page={"file": str(world.folder / "none/page.html")})
    assert "status page" in world.run("check", "--offline", expect=78).stderr
    (world.folder / "none").mkdir()
    assert "status page" in world.run("check", "--offline").stdout


def test_the_daemon_rewrites_it_and_outlives_a_folder_that_is_gone(world):
    folder = world.folder / "pages"
    folder.mkdir()
    path = folder / "status.html"
    world.write_config(status_page={"file": str(path)})
    daemon = world.start()
    wait_for(path.exists, what="the first page")
    assert "Nothing fires" in read(path).text
    world.add("REWRITE001", failed("64008"))
    wait_for(lambda: "AccountRefused" in read(path).text, 15, "the page with the alert")
    world.run("ack", "AccountRefused")
    wait_for(lambda: "acknowledged" in read(path).text, 15, "the acknowledgement")
    # In one step: the daemon may be about to put a file there.
    folder.rename(world.folder / "gone")
    world.add("REWRITE002", failed("64009"))
    world.add("REWRITE003", failed("65002"))
    world.settled_delivery()
    event, = daemon.wait_for_event("status_page.failed", seconds=40)
    assert "make the folder" in event
    wait_for(lambda: world.row("REWRITE003")["status"] == "DEAD_LETTER")
    folder.mkdir()
    daemon.stop()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_an_alert_means_is_in_the_language_of_alerts(world, language):
    world.write_config(alerts={"language": language})
    world.add("LANGUAGE01", failed("64008"))
    world.once()
    page = report(world)
    assert ("계정" in page.text) == (language == "ko")
    source = (world.folder / "report.html").read_text()
    assert f'<p lang="{language}">' in source
    assert f'<p lang="{language}" class="first">' + ("조치: " if language == "ko" else "First: ") in source
