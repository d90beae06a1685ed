"""Opening a postmortem as its readers do, and holding its picture against the timeline.

What must be drawn is taken from the events themselves, and where it must be from the labels of the
picture's own axis: neither asks the program's code for the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.render.browser import Browser, Light, Tab
from tests.render.courses import Records, check_courses

from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Record, record

SIZES = (380, 1400)
_MARKS = """
[...document.querySelectorAll('#figure-incident g.%s > path, #figure-incident g.%s > line')]
  .map(one => { const box = one.getBoundingClientRect();
    return {left: box.left, right: box.right, x: box.left + box.width / 2,
            label: one.getAttribute('aria-label')}; })
"""
_TICKS = """
[...document.querySelectorAll('#figure-incident .role-axis .role-axis-label text')]
  .map(one => { const box = one.getBoundingClientRect();
    return {said: one.textContent, x: box.left + box.width / 2,
            shown: +getComputedStyle(one).opacity}; })
  .filter(one => /^\\d\\d:\\d\\d/.test(one.said))
"""
_NOT_BY_HAND = frozenset({"alert_received", "run_requested", "incident_opened"})
_ROUTINE_BY_HAND = frozenset({"event_pinned"})
_VERDICTS = frozenset({"pass", "fail", "inconclusive"})


@dataclass(frozen=True)
class Clock:
    """Where a time stands in the picture, as two labels of its axis say."""

    at: datetime
    x: float
    per_s: float

    def place(self, at: datetime) -> float:
        """Return the horizontal place of a time, in pixels."""
        return self.x + (at - self.at).total_seconds() * self.per_s


def check_page(browser: Browser, path: Path, records: Records, name: str) -> None:
    """Open a page on a phone and on a desk, by day and by night, and print it."""
    for width in SIZES:
        for light in ("light", "dark"):
            with browser.tab() as tab:
                _looks_right(tab, path, records.events, width, light, f"{name}-{width}-{light}")
                if light == "light":
                    check_courses(tab, records, clock_of(tab, records.events).place)
    with browser.tab() as tab:
        tab.open(path, width=SIZES[-1])
        assert tab.printed(name).startswith(b"%PDF")


def _looks_right(
    tab: Tab, path: Path, events: Sequence[Record], width: int, light: Light, name: str
) -> None:
    tab.open(path, width=width, light=light)
    tab.shoot(name)

    assert tab.seen.console == []
    assert set(tab.seen.requests) <= {path.as_uri()}
    assert tab.js("document.documentElement.scrollWidth <= innerWidth"), f"too wide at {width}"
    assert tab.js("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if light == "light" else "rgb(13, 17, 23)"
    )
    assert tab.js(_SMALLEST) >= 10
    clock = clock_of(tab, events)
    for lane, times in expected(events).items():
        drawn = tab.js(_MARKS % (lane, lane))
        assert len(drawn) == len(times), (lane, [one["label"] for one in drawn])
        for at, mark in zip(
            sorted(times), sorted(drawn, key=lambda one: _place(lane, one)), strict=True
        ):
            assert abs(_place(lane, mark) - clock.place(at)) < 2, (lane, at, mark)


_SMALLEST = """
Math.min(...[...document.querySelectorAll('.chart text, main td, main p, main small')]
  .filter(one => one.textContent).map(one => parseFloat(getComputedStyle(one).fontSize)))
"""


def _place(lane: str, mark: Mapping[str, Any]) -> float:
    return float(mark["left"] if lane == "actions" else mark["x"])


def clock_of(tab: Tab, events: Sequence[Record]) -> Clock:
    """Return the picture's clock, read off the two outermost labels of its axis."""
    day = parse_iso(str(events[0]["occurred_at"]))
    ticks = [one for one in tab.js(_TICKS) if one["shown"]]
    known = sorted({(one["x"], one["said"]) for one in ticks})
    (x0, first), (x1, last) = known[0], known[-1]
    assert x1 > x0
    a, b = _time(day, first), _time(day, last)
    return Clock(at=a, x=x0, per_s=(x1 - x0) / (b - a).total_seconds())


def _time(day: datetime, said: str) -> datetime:
    found = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?", said)
    assert found, said
    hour, minute, second = (int(part or 0) for part in found.groups())
    return day.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)


def expected(events: Sequence[Record]) -> Mapping[str, list[datetime]]:
    """Return the times that each lane must show, from the events of the incident."""
    lanes: dict[str, list[datetime]] = {"alerts": [], "people": [], "actions": [], "checks": []}
    for event in events:
        kind, at = str(event["kind"]), parse_iso(str(event["occurred_at"]))
        if kind == "alert_received":
            lanes["alerts"].append(at)
        elif kind == "action_intended":
            lanes["actions"].append(at)
        elif kind == "step_finished" and record(event["data"]).get("verdict") in _VERDICTS:
            lanes["checks"].append(at)
        elif event["source"] == "person" and kind not in _NOT_BY_HAND | _ROUTINE_BY_HAND:
            lanes["people"].append(at)
    return lanes
