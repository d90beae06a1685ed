"""The report's page in a real browser: quiet, fit for a phone, each dot where its time is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.render.browser import Browser, needs_chromium
from tests.usecases.test_report import NOW, store, three

from mlrespond.lab.deadline import wait_until
from mlrespond.render.report.html import render
from mlrespond.usecases.report import report

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]

DOTS = (
    "[...document.querySelectorAll('circle')].map(one =>"
    " [Number(one.dataset.seconds), one.getBoundingClientRect().x])"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


@pytest.mark.parametrize("width", [380, 1400])
def test_the_page_asks_for_nothing_and_fits(browser: Browser, tmp_path: Path, width: int) -> None:
    found = report(store(*three()), NOW)
    path = tmp_path / "report.html"
    path.write_text(render(found))

    with browser.tab() as tab:
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        tab.call("Page.navigate", url=path.as_uri())
        there = "document.readyState === 'complete' && document.title.startsWith('Incidents')"
        assert wait_until(lambda: tab.js(there) is True, 60.0, 0.05)
        dots = tab.js(DOTS)
        tab.shoot(f"report-{width}")

        assert tab.js("document.documentElement.scrollWidth") <= width
        assert tab.seen.console == []
        assert [one for one in tab.seen.requests if one != path.as_uri()] == []
    phases = sum(one.n for one in found.phases)
    assert len(dots) == phases + found.runbooks[0].took.n
    of_phases = sorted(dots[:phases])
    assert [x for _, x in of_phases] == sorted(x for _, x in of_phases)
    assert of_phases[0][1] < of_phases[-1][1]
