"""A metric as a curve over time, and the band of its baseline as it stood at each verdict."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.model.json import Record
from mlrespond.render.chart.lanes import tip
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.vega import SILENT, Encode, mark, ms, quiet, signal, told, value, x
from mlrespond.usecases.postmortem import Postmortem
from mlrespond.usecases.postmortem.course import Slice
from mlrespond.usecases.postmortem.metric import Metric, Track

_SIDES = {
    "baseline": "its baseline",
    "current": "the present",
    "around_onset": "all versions",
    "whole": "all versions",
}


def band_rows(doc: Postmortem, track: Track, sign: int) -> list[Record]:
    """Return the baseline and how much worse is still as good, by the verdict that held it so.

    A verdict's baseline stands from the verdict before until the next one.
    """
    known = [one for one in track.judged if "baseline" in one.figures]
    ends = [*(one.at for one in known[:-1]), doc.span[1]]
    begins = [doc.span[0], *ends[:-1]]
    return [
        _band_row(one, sign, ms(since), ms(max(since, until)))
        for one, since, until in zip(known, begins, ends, strict=False)
    ]


def course_rows(name: str, slices: Sequence[Slice]) -> list[Record]:
    """Return a row for each slice, and one without a value wherever the curve is broken.

    It is broken where more than a slice's time was read by nobody.
    """
    rows: list[Record] = []
    before: Slice | None = None
    for one in slices:
        if before is not None and one.since - before.until > max(before.length, one.length):
            gap = before.until + (one.since - before.until) / 2
            rows.append({"at": ms(gap), "current": 0, "drawn": False})
        rows.append(_slice_row(name, one))
        before = one
    return rows


def course_marks(name: str, palette: Palette) -> list[Record]:
    """Return the curve, and a small mark for each slice, which tells its counts."""
    line: Encode = {
        "x": x("at"),
        "y": {"scale": "y", "field": "current"},
        "defined": signal("datum.drawn"),
        "stroke": value(palette.ink),
        "strokeWidth": value(1.5),
        "strokeOpacity": value(0.75),
    }
    point: Encode = {
        "x": x("at"),
        "y": {"scale": "y", "field": "current"},
        "size": value(14),
        "fill": value(palette.ink),
        "opacity": signal("datum.drawn ? 0.75 : 0"),
        "tooltip": signal("datum.drawn ? datum : null"),
        **SILENT,
    }
    return [
        quiet("line", f"{name}-line", line, table=f"{name}-course"),
        mark("symbol", f"{name}-course", point, table=f"{name}-course"),
    ]


def seen_marks(name: str, palette: Palette) -> list[Record]:
    """Return a ring for each figure that the ledger's looks recorded."""
    ring: Encode = {
        "x": x("at"),
        "y": {"scale": "y", "field": "current"},
        "shape": value("circle"),
        "size": value(36),
        "fill": value(palette.paper),
        "stroke": {"field": "colour"},
        "strokeWidth": value(1.5),
        **told(),
    }
    return [mark("symbol", f"{name}-seen", ring, table=f"{name}-seen")]


def band_marks(name: str, palette: Palette) -> list[Record]:
    """Return the baseline as a dashed line, over the band of what is still as good."""
    band: Encode = {
        "x": x("from"),
        "x2": x("at"),
        "y": {"scale": "y", "field": "current"},
        "y2": {"scale": "y", "field": "still"},
        "fill": value(palette.band),
        "fillOpacity": value(0.8),
    }
    line: Encode = {
        "x": x("from"),
        "x2": x("at"),
        "y": {"scale": "y", "field": "current"},
        "stroke": value(palette.series),
        "strokeWidth": value(1),
        "strokeDash": value([6, 3]),
    }
    return [
        quiet("rect", f"{name}-band", band, table=f"{name}-band"),
        quiet("rule", f"{name}-base", line, table=f"{name}-band"),
    ]


def _band_row(one: Metric, sign: int, since: int, until: int) -> Record:
    base = one.figures["baseline"]
    still = base + sign * one.figures.get("margin", 0.0)
    return {"from": since, "at": until, "current": base, "still": still, "ref": f"e{one.seq}"}


def _slice_row(name: str, one: Slice) -> Record:
    of = f"version {one.version}, " if one.version else ""
    counted = f"{one.events:,.0f} of {one.whole:,.0f} requests ({one.share:.2%})"
    slow = f" slower than {one.above_s:g}s" if one.above_s is not None else ""
    said = f"{counted}{slow} until {one.until:%H:%M:%S}; {of}read as {_SIDES[one.side]}"
    ref = f"e{one.seq}"
    return {
        "at": ms(one.middle),
        "current": one.share,
        "drawn": True,
        "ref": ref,
        "tip": tip(f"{name}: from {one.since:%H:%M:%S}", one.middle, said, ref),
    }
