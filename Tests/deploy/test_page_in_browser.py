"""The status page as Chromium shows it: wide, on a phone, light, dark, with nothing, with a million messages, with
hostile text. Pictures are in .build/pages.

Chromium and what it needs are 208 MB: only deploy/test --full installs it.
"""
import re
import shutil
import time

import pytest

import pages
from browser import DESK, NARROW, PHONE, Browser, Tab
from conftest import ROOT
from test_page import ALLOWED

if shutil.which("chromium") is None:
    pytest.skip("Chromium: deploy/test --full installs it", allow_module_level=True)

PICTURES = ROOT / ".build/pages"
TEXT_CONTRAST, SHAPE_CONTRAST = 4.5, 3

# Texts and what they stand on: the first background on the way up that is not transparent.
CONTRASTS = """
(() => {
  const parts = color => (color.match(/[\\d.]+/g) || []).map(Number);
  const linear = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ratio = (a, b) => { const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
                            return (high + 0.05) / (low + 0.05) };
  const under = element => { for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color; } return [255, 255, 255] };
  const shown = [...document.querySelectorAll("body *")].filter(element => element.getClientRects().length);
  const texts = shown.filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(element => !element.closest("svg"))
    .map(element => [element.className || element.tagName, ratio(parts(getComputedStyle(element).color), under(element))]);
  const shapes = [...document.querySelectorAll("svg path:not(.grid)")]
    .map(element => [element.className.baseVal, ratio(parts(getComputedStyle(element).fill), under(element.closest("svg")))])
    .concat([...document.querySelectorAll(".bar span")].map(element =>
      ["bar", ratio(parts(getComputedStyle(element).backgroundColor), under(element.parentElement))]));
  return {texts, shapes};
})()
"""

# What reaches beyond the window, but for what may be scrolled; and what is cut off by its own box.
OVERFLOWING = """
[...document.querySelectorAll("body *")].filter(element => !element.closest(".wide table")).filter(element => {
  const box = element.getBoundingClientRect();
  const isBeyond = box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5;
  const isCut = getComputedStyle(element).overflowX === "hidden" && element.scrollWidth > element.clientWidth;
  return box.width && (isBeyond || isCut);
}).map(element => element.outerHTML.slice(0, 100))
"""

NAMED = {"image", "table", "region", "heading", "columnheader", "rowheader", "RootWebArea"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.stop()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    PICTURES.mkdir(parents=True, exist_ok=True)
    return {make.__name__: make(tmp_path_factory.mktemp(make.__name__))
            for make in (pages.empty, pages.full, pages.korean, pages.hostile)}


@pytest.fixture
def open_tab(browser, files):
    tabs = []

    def open_tab(name, width=PHONE, scheme="light", **options):
        tabs.append(Tab(browser, files[name], width, scheme, **options))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


every_page = pytest.mark.parametrize("name", ["empty", "full", "korean", "hostile"])
every_width = pytest.mark.parametrize("width", [NARROW, PHONE, DESK])
every_scheme = pytest.mark.parametrize("scheme", ["light", "dark"])


@every_page
@every_width
@every_scheme
def test_it_fits_and_can_be_read(open_tab, name, width, scheme):
    tab = open_tab(name, width, scheme)
    tab.ask("document.querySelectorAll('details').forEach(element => { element.open = true })")
    tab.picture(PICTURES / f"{name}-{width}-{scheme}.png")
    assert tab.ask("document.documentElement.scrollWidth") <= width and tab.ask(OVERFLOWING) == []
    contrasts = tab.ask(CONTRASTS)
    assert len(contrasts["texts"]) > 20
    assert [text for text in contrasts["texts"] if text[1] < TEXT_CONTRAST] == []
    assert [shape for shape in contrasts["shapes"] if shape[1] < SHAPE_CONTRAST] == []
    back = tab.ask("getComputedStyle(document.body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") == (scheme == "light")


@every_page
def test_it_asks_for_nothing(open_tab, name):
    tab = open_tab(name, runs_scripts=True)
    assert [event["request"]["url"] for event in tab.events("Network.requestWillBeSent")] == [tab.address]
    assert tab.events("Log.entryAdded") == [], "nothing that its own policy refuses"


@every_page
def test_a_screen_reader_is_told_what_everything_is(open_tab, name):
    tree = open_tab(name).tree()
    assert [node for node in tree if node["role"] in NAMED and not node["name"].strip()] == []
    levels = [node["level"] for node in tree if node["role"] == "heading"]
    assert levels.count(1) == 1 and set(levels) <= {1, 2, 3}
    roles = [node["role"] for node in tree]
    assert {"banner", "main", "contentinfo"} <= set(roles)
    assert ("image" in roles) == (name != "empty")
    for node in tree:
        if node["role"] == "image":
            assert re.match(r"Messages settled per hour Sent|Messages settled per hour Dead", node["name"])


@every_page
def test_headings_are_in_order(open_tab, name):
    levels = open_tab(name).ask("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:]))


def test_hostile_text_made_no_element(open_tab):
    tab = open_tab("hostile", runs_scripts=True)
    tags = set(tab.ask("[...new Set([...document.querySelectorAll('*')].map(element => element.localName))]"))
    assert tags <= ALLOWED and tab.ask("document.scripts.length") == 1
    names = tab.ask("[...document.querySelectorAll('*')].flatMap(element => element.getAttributeNames())")
    assert not [name for name in names if name.startswith("on") or name in ("src", "href")]
    text = tab.ask("document.body.innerText")
    assert text.count("<script>alert(1)</script>") > 20 and not re.search(r"0{4}|\u202e|\x1b", text)
    assert tab.events("Page.javascriptDialogOpening") == []


def test_what_fires_stands_above_everything_else(open_tab):
    tab = open_tab("full")
    order = tab.ask("[...document.querySelectorAll('h2')].map(heading => heading.innerText)")
    assert order[:2] == ["Firing alerts", "At a glance"]
    # The worst, with what to do first, without scrolling.
    assert tab.ask("document.querySelector('.alerts .first').getBoundingClientRect().bottom") < 844


@pytest.mark.parametrize("name, zone", [("full", "+00:00"), ("korean", "+09:00")])
def test_there_is_one_time_zone(open_tab, name, zone):
    tab = open_tab(name)
    assert f"All times are {zone}." in tab.ask("document.body.innerText")
    offsets = set(tab.ask("[...document.querySelectorAll('time')].map(time => time.dateTime.slice(19)).filter(rest => rest)"))
    assert offsets == {zone.replace("+00:00", "Z")}


@pytest.mark.parametrize("age, is_stale", [(0, False), (200, False), (301, True), (200_000, True)])
def test_a_page_that_nobody_rewrites_says_so(open_tab, files, age, is_stale):
    # It was made before all these tests, however long they took.
    made_at = files["empty"].stat().st_mtime
    tab = open_tab("empty", runs_scripts=True, clock_ahead=round(age - (time.time() - made_at)))
    assert (tab.ask("getComputedStyle(document.querySelector('.late')).display") == "block") == is_stale
    assert tab.ask("document.title").startswith("Stale: ") == is_stale
    if is_stale:
        assert any(node["role"] == "alert" for node in tab.tree())
        tab.picture(PICTURES / "stale.png")


def test_without_scripts_it_says_until_when_it_can_be_believed(open_tab):
    text = open_tab("empty").ask("document.querySelector('header').innerText")
    assert re.search(r"As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+09:00.*stale after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)
