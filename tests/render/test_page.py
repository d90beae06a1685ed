"""The HTML postmortem in a real browser: one file, quiet, legible, and true to the timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.render.browser import Browser, needs_chromium
from tests.render.courses import records_of
from tests.render.opened import check_page
from tests.rig import ANA, Rig
from tests.staged import play

from mlrespond.lab.deadline import wait_until
from mlrespond.lab.signal_stage import stage
from mlrespond.render.postmortem import human_parts, render
from mlrespond.render.postmortem.page import page
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.note import note
from mlrespond.usecases.postmortem import gather

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]

HOSTILE = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script> & \"quoted\""


@pytest.fixture(scope="module")
def incident() -> Rig:
    """A bad release in simulated time, answered to its end, with notes early and late."""
    staged = stage("bad-release", 1)
    here = play(staged)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    here.respond(service=None, alerts=alerts, approve=("all",))
    told = here.clock.now() - timedelta(minutes=4)
    first = note(here.app.store, "INC-0001", HOSTILE, actor=ANA, at=told, precision="approx")
    later = told + timedelta(seconds=40)
    note(here.app.store, "INC-0001", "seen", actor=ANA, at=later, supersedes=first.id)
    return here


@pytest.fixture(scope="module")
def html(incident: Rig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    doc = gather(incident.app.store, "INC-0001")
    empty = render(doc)
    asked = human_parts(empty)["summary"]
    written = empty.replace(asked, f"We sold **nothing**. {HOSTILE} [x](javascript:alert(1))")
    path = tmp_path_factory.mktemp("page") / "INC-0001.html"
    path.write_text(page(doc, written))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


def test_it_is_right_on_a_phone_on_a_desk_by_night_and_in_print(
    browser: Browser, html: Path, incident: Rig
) -> None:
    check_page(browser, html, records_of(incident.app.store, "INC-0001"), "rig")


def test_text_from_outside_stays_text(browser: Browser, html: Path) -> None:
    with browser.tab() as tab:
        tab.open(html, width=1400)

        assert tab.js("window.pwned === undefined")
        assert tab.js("document.querySelectorAll('main img, main script').length") == 0
        assert tab.js("[...document.links].every(one => one.href.startsWith('file:'))")
        assert "onerror" in tab.js("document.querySelector('.human.written').textContent")
        assert tab.js("document.querySelector('.human.written strong').textContent") == "nothing"
        assert tab.seen.console == []


def test_every_mark_can_be_reached_by_key_and_leads_to_its_event(
    browser: Browser, html: Path
) -> None:
    with browser.tab() as tab:
        tab.open(html, width=1400)
        tab.js("document.querySelector('#figure-incident .chart').focus()")
        spoken = "#figure-incident [role=graphics-symbol][aria-label]"
        marks = tab.js(f"document.querySelectorAll('{spoken}').length")
        told = set()
        for _ in range(marks):
            tab.press("ArrowRight")
            assert tab.js("document.getElementById('tip').hidden") is False
            told.add(tab.js("document.getElementById('tip').textContent"))

        assert len(told) > marks / 2
        assert all("UTC" in one for one in told)
        tab.press("Home")
        tab.press("Enter")
        assert tab.js("/^#[es]\\d+$/.test(location.hash)")
        assert tab.js("document.querySelector(location.hash).closest('details').open")
        tab.press("Escape")
        assert tab.js("document.getElementById('tip').hidden") is True


def test_every_point_of_a_curve_can_be_reached_by_key(browser: Browser, html: Path) -> None:
    with browser.tab() as tab:
        tab.open(html, width=1400)
        tab.js("document.querySelector('#figure-incident .chart').focus()")
        curves = "[...document.querySelectorAll('#figure-incident g[class*=\"-course\"]')]"
        shown = "[...one.children].filter(two => two.__data__.datum.tip).length"
        points = tab.js(f"Math.max(...{curves}.slice(0, 1).map(one => {shown}))")
        told = []
        for _ in range(points + 1):
            tab.press("ArrowRight", shift=True)
            told.append(tab.js("document.getElementById('tip').textContent"))

        assert points > 5
        assert len(set(told[:-1])) == points
        assert told[-1] == told[0]
        assert all(" requests " in one for one in told)
        tab.press("Enter")
        assert tab.js("/^#e\\d+$/.test(location.hash)")


@pytest.mark.parametrize("width", [380, 1400])
def test_pointing_and_tapping_tell_what_a_mark_is(browser: Browser, html: Path, width: int) -> None:
    with browser.tab() as tab:
        tab.open(html, width=width)
        mark = "document.querySelector('#figure-incident g.alerts > path')"
        tab.js(f"{mark}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        middle = "(b => [b.left + b.width / 2, b.top + b.height / 2])"

        def told() -> bool:
            x, y = tab.js(f"{middle}({mark}.getBoundingClientRect())")
            (tab.tap if width == 380 else tab.point)(x, y)
            return "firing" in tab.js("document.getElementById('tip').textContent")

        assert wait_until(told, 30.0, 0.1)
        inside = "(b => b.left >= 0 && b.right <= innerWidth && b.top >= 0)"
        assert tab.js(f"{inside}(document.getElementById('tip').getBoundingClientRect())")


def test_the_stretch_of_time_can_be_changed_and_is_found_again(
    browser: Browser, html: Path
) -> None:
    with browser.tab() as tab:
        tab.open(html, width=1400)
        labels = "[...document.querySelectorAll('#figure-incident .role-axis-label text')]"
        ticks = f"{labels}.map(one => one.textContent).sort().join()"
        whole = tab.js(ticks)
        tab.js("document.querySelector('[data-do=in]').click()")
        tab.js("mlirViews.incident.run() && 0")
        closer = tab.js(ticks)
        tab.js("document.querySelector('[data-do=all]').click()")
        tab.js("mlirViews.incident.run() && 0")

        assert closer != whole
        assert tab.js(ticks) == whole


def test_a_corrected_note_is_struck_and_shows_both_clocks(browser: Browser, html: Path) -> None:
    with browser.tab() as tab:
        tab.open(html, width=1400)

        struck = tab.js("[...document.querySelectorAll('#timeline s')].map(one => one.textContent)")
        assert len(struck) == 1
        assert "onerror" in struck[0]
        assert "added 20" in tab.js("document.querySelector('#timeline').textContent")


def test_the_same_timeline_gives_the_same_bytes(html: Path, incident: Rig) -> None:
    doc = gather(incident.app.store, "INC-0001")

    assert page(doc, "") == page(gather(incident.app.store, "INC-0001"), "")
    assert page(doc, "") != html.read_text()
