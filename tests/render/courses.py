"""What the panels and the serving lanes of the picture must show, and where, from the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.render.browser import Tab

from mlrespond.bootstrap.place import open_database, place
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Record, items, parse, record, text
from mlrespond.ports.timeline import Timeline
from mlrespond.render.document import event_record
from mlrespond.usecases.postmortem.course import MOST_SHOWN

_PX = 2.0
_MARKS = """
[...document.querySelectorAll('#figure-incident g.%s > path')].map(one => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {left: box.left, right: box.right, x: box.left + box.width / 2, y: box.top,
          label: one.getAttribute('aria-label') || '', shown: +style.opacity}; })
"""
_TITLE = "(document.querySelector('#figure-incident g.title-%s text') || {}).textContent || ''"
_PANELS = 8
_ENDS = {"metrics", "findings"}


@dataclass(frozen=True)
class Records:
    """All that the picture is drawn from: the incident's events, the ledger, what looks read."""

    events: Sequence[Record]
    ledger: Sequence[Record]
    readings: Sequence[Record]


def check_courses(tab: Tab, records: Records, place: Callable[[datetime], float]) -> None:
    """Hold the panels and the serving lanes of an open page against the records."""
    judged = dict(_judged(records.events))
    drawn = {_title(tab, f"metric-{n}"): f"metric-{n}" for n in range(_PANELS)}
    drawn.pop("", None)
    assert drawn
    for name, row in drawn.items():
        _same(tab, row, [place(at) for at in judged.get(name, [])])
        _course(tab, name, row, records, place)
    assert any(tab.js(_MARKS % f"{row}-course") for row in drawn.values()), "no curve is drawn"
    _bars(tab, records, place)


def _title(tab: Tab, row: str) -> str:
    return str(tab.js(_TITLE % row)).partition(":")[0]


def _same(tab: Tab, row: str, places: Sequence[float]) -> None:
    found = sorted(float(one["x"]) for one in tab.js(_MARKS % row))
    assert len(found) == len(places), (row, found, places)
    for at, wanted in zip(found, sorted(places), strict=True):
        assert abs(at - wanted) < _PX, (row, at, wanted)


def _judged(events: Sequence[Record]) -> Iterator[tuple[str, list[datetime]]]:
    """Yield when each metric was judged that has a value."""
    found: dict[str, list[datetime]] = {}
    for event in events:
        if event["kind"] == "step_finished":
            told = record(record(record(event["data"]).get("yields")).get("metrics"))
            for name, one in told.items():
                if record(one).get("current") is not None:
                    found.setdefault(name, []).append(parse_iso(str(event["occurred_at"])))
    yield from found.items()


def _course(
    tab: Tab, name: str, row: str, records: Records, place: Callable[[datetime], float]
) -> None:
    """Each point stands in the middle of recorded slices, and none of the incident is left out."""
    points = [float(one["x"]) for one in tab.js(_MARKS % f"{row}-course") if one["shown"] > 0]
    known = [(place(since), place(until)) for since, until in _slices(name, records.readings)]
    middles = [(left + right) / 2 for left, right in known]
    joined = tab.js("document.querySelector('#figure-incident').clientWidth") / MOST_SHOWN
    assert all(any(abs(at - one) < _PX + joined for one in middles) for at in points), name
    assert len(points) == len({round(one, 3) for one in points}), "a moment is drawn twice"
    began = place(_first(records.events, "run_requested"))
    for left, right in known:
        if left > began:
            near = max(right - left, 2 * joined) + _PX
            assert any(abs(at - (left + right) / 2) <= near for at in points), (name, left, points)


def _slices(name: str, readings: Sequence[Record]) -> Iterator[tuple[datetime, datetime]]:
    for reading in readings:
        for curve in map(record, items(reading.get("curves"))):
            if curve["name"] == name:
                length = timedelta(seconds=float(str(curve["step_s"])))
                for point in items(curve["points"]):
                    until = parse_iso(str(items(point)[0]))
                    yield until - length, until
        if name.startswith("nulls of "):
            yield from _profiled(name.removeprefix("nulls of "), reading)


def _profiled(feature: str, reading: Record) -> Iterator[tuple[datetime, datetime]]:
    """Yield the slices of a feature in each profile that a reading holds."""
    for call in map(record, items(reading.get("calls"))):
        reply = record(call.get("reply"))
        for one in map(record, items(reply.get("features"))):
            told = items(one.get("slices"))
            if one["name"] == feature and told:
                window = record(reply["window"])
                since, until = (parse_iso(str(window[end])) for end in ("since", "until"))
                for n in range(len(told)):
                    length = (until - since) / len(told)
                    yield since + length * n, since + length * (n + 1)


def _bars(tab: Tab, records: Records, place: Callable[[datetime], float]) -> None:
    """Whenever somebody looked, the bar of each replica says the version that it answered with."""
    lanes = _lanes(tab)
    assert lanes
    looked = 0
    for at, lane, version in _seen(records.ledger):
        bars = lanes.get(lane, [])
        x = place(at)
        if bars and min(float(one["left"]) for one in bars) + _PX < x:
            over = [one for one in bars if one["left"] - _PX <= x <= one["right"] + _PX]
            assert any(_says(str(one["label"]), version) for one in over), (lane, at, version, over)
            looked += 1
    assert looked
    known = [place(at) for at in _moments(records)]
    for bars in lanes.values():
        first = min(float(one["left"]) for one in bars)
        for one in bars:
            begins = float(one["left"])
            assert begins == first or any(abs(begins - at) < _PX for at in known), one


def _lanes(tab: Tab) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    n = 0
    while bars := tab.js(_MARKS % f"served-{n}"):
        lane = re.split(r" serves | wants ", str(bars[0]["label"]))[0]
        found[lane] = bars
        n += 1
    return found


def _seen(ledger: Sequence[Record]) -> Iterator[tuple[datetime, str, str | None]]:
    for event in ledger:
        if event["kind"] == "service_looked":
            data = record(event["data"])
            at = parse_iso(text(data.get("began_at")) or str(event["occurred_at"]))
            if data.get("wanted") is not None:
                yield at, "registry", text(data.get("wanted"))
            for replica, version in record(data.get("served")).items():
                yield at, replica, text(version)


def _says(label: str, version: str | None) -> bool:
    said = label.splitlines()[0]
    return said.endswith(f" {version}") if version else said.endswith(("no answer", "no alias"))


def _moments(records: Records) -> Iterator[datetime]:
    """Yield when anything was seen of what is served: looks, proofs of actions, webhooks."""
    yield from (at for at, _, _ in _seen(records.ledger))
    for event in (*records.events, *records.ledger):
        if event["kind"] in {"action_settled", "alias_told"}:
            yield parse_iso(str(event["occurred_at"]))


def _first(events: Sequence[Record], kind: str) -> datetime:
    return next(parse_iso(str(one["occurred_at"])) for one in events if one["kind"] == kind)


def records_of(store: Timeline, incident: str) -> Records:
    """Return the records of an incident, from the timeline that holds it."""
    events = store.read(f"incident:{incident}")
    service = str(next(one for one in events if one.kind == "incident_opened").data["service"])
    return Records(
        events=[event_record(one) for one in events],
        ledger=[event_record(one) for one in store.read(f"service:{service}")],
        readings=[
            record(parse(store.evidence(str(one.evidence["readings"]))))
            for one in events
            if one.kind == "metrics_read"
            or (
                one.kind == "look_taken"
                and {"metrics", "findings"} & set(record(one.data["yields"]))
            )
        ],
    )


def records_in(root: Path, incident: str) -> Records:
    """Return the records of an incident, from the timeline of a folder."""
    with closing(open_database(place(str(root)))) as store:
        return records_of(store, incident)
