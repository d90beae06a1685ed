"""The panels of the picture: each metric against its baseline, its margin and its limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlrespond.model.json import Record
from mlrespond.render.chart.course import (
    band_marks,
    band_rows,
    course_marks,
    course_rows,
    seen_marks,
)
from mlrespond.render.chart.lanes import CHECKS, tip
from mlrespond.render.chart.looks import only_watched, seen_rows, seen_values, tick, ticks
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.row import Row
from mlrespond.render.chart.vega import Encode, mark, ms, quiet, signal, told, value, words, x
from mlrespond.usecases.postmortem import Postmortem
from mlrespond.usecases.postmortem.metric import Metric, Track

_HEIGHT = 80
_MOST = 8
_LIMIT_X = 44
_SHARES = frozenset({"ratio", "latency", "cost", "length", "judge", "golden", "input", "estimate"})


def panel_rows(doc: Postmortem, palette: Palette) -> Iterator[Row]:
    """Yield a panel for each metric that was judged or watched; those that failed first."""
    seen = {one.objective for one in doc.watched}
    drawn = [
        one
        for one in doc.tracks
        if one.name in seen
        or one.name in doc.courses
        or any("current" in two.figures for two in one.judged)
    ]
    drawn.sort(key=lambda one: not _failed(one))
    for n, track in enumerate(drawn[:_MOST]):
        yield _panel(doc, n, track, palette)


def _failed(track: Track) -> bool:
    """Return whether it failed at some time: of the inputs only those are tracked that did."""
    return track.limits.kind == "input" or any(one.verdict == "fail" for one in track.judged)


def is_share(track: Track) -> bool:
    """Return whether the figures of a metric are shares from 0 to 1."""
    return _kind(track) in _SHARES


def _kind(track: Track) -> str:
    return track.judged[0].kind if track.judged else track.limits.kind


def worse_sign(track: Track) -> int:
    """Return 1 where higher is worse, -1 where lower is, 0 where it cannot be told."""
    for one in track.judged:
        figures = one.figures
        effect = figures.get("effect", 0.0)
        if effect and "baseline" in figures and figures["current"] != figures["baseline"]:
            return 1 if (figures["current"] > figures["baseline"]) == (effect > 0) else -1
    return {"higher": 1, "lower": -1}.get(track.limits.worse or "", 0)


def interval(one: Metric, sign: int) -> tuple[float, float] | None:
    """Return the interval of the present, as the verdict's interval of the difference places it."""
    figures = one.figures
    if not sign or not {"baseline", "low", "high"} <= set(figures):
        return None
    ends = (figures["baseline"] + sign * figures[end] for end in ("low", "high"))
    low, high = sorted(ends)
    return low, high


def limit_of(track: Track) -> tuple[float, str] | None:
    """Return the limit in the unit of the panel, and what it says; that of a quantile has none."""
    if track.limits.kind == "latency" or (track.limits.kind == "cost" and is_share(track)):
        return None
    written = "{:.4g}" if not is_share(track) else "{:.3g}"
    for found, word in ((track.limits.max, "at most"), (track.limits.min, "at least")):
        if found is not None:
            shown = written.format(found * 100) + "%" if is_share(track) else written.format(found)
            return found, f"{word} {shown}"
    return None


def heading(track: Track) -> str:
    """Return the title of a panel: what is drawn, and which way is better."""
    what = {
        "golden": "share of golden cases right",
        "latency": "share of slow requests",
        "cost": "share of dear requests",
        "mean": "mean",
        "judge": "share of pairs won",
        "length": "share of pairs that are longer",
        "ratio": "share",
        "input": "share",
        "estimate": "share right, estimated",
    }.get(_kind(track), "value")
    better = {1: ", lower is better", -1: ", higher is better"}.get(worse_sign(track), "")
    return f"{track.name}: {what}{better}"


def _panel(doc: Postmortem, n: int, track: Track, palette: Palette) -> Row:
    name, sign = f"metric-{n}", worse_sign(track)
    rows = [_judged(one, sign, palette) for one in track.judged if "current" in one.figures]
    mine = [one for one in doc.watched if one.objective == track.name]
    looks = [tick(one, palette) for one in mine]
    seen = [] if track.limits.kind == "latency" else seen_rows(mine, palette)
    course = doc.courses.get(track.name, ())
    if not rows and not seen and not course:
        return only_watched(name, track, looks)
    bands = band_rows(doc, track, sign)
    low, high = _domain(track, sign, [*(one.share for one in course), *seen_values(mine)])
    limit = limit_of(track)
    tables: dict[str, Sequence[Record]] = {
        name: rows,
        f"{name}-looks": looks,
        f"{name}-seen": seen,
        f"{name}-course": course_rows(track.name, course),
        f"{name}-band": bands,
        f"{name}-past": _past_rows(doc, track),
    }
    marks = [*band_marks(name, palette), _past(f"{name}-past", palette)]
    if limit is not None:
        marks += _limit(limit, palette)
    marks += [*course_marks(name, palette), *seen_marks(name, palette)]
    marks += [*_verdicts(name, palette), ticks(f"{name}-looks")]
    percent = ".0%" if high - low > 0.04 else ".1%"  # noqa: PLR2004  # steps of less than a point
    scale: Record = {
        "name": "y",
        "type": "linear",
        "domain": [low, high],
        "range": [_HEIGHT - 6, 14],
        "nice": False,
        "zero": False,
    }
    return Row(
        name=name,
        title=heading(track),
        height=_HEIGHT,
        marks=marks,
        tables=tables,
        scales=(scale,),
        axes=_axes(percent if is_share(track) else "~g", palette),
        shaded=True,
    )


def _axes(written: str, palette: Palette) -> tuple[Record, Record]:
    """Return the lines behind what is drawn, and the numbers before it."""
    both: Record = {
        "orient": "left",
        "scale": "y",
        "tickCount": 3,
        "ticks": False,
        "domain": False,
        "aria": False,
    }
    lines = {**both, "grid": True, "gridColor": palette.grid, "labels": False, "zindex": 0}
    numbers = {
        **both,
        "format": written,
        "labelAlign": "left",
        "labelBaseline": "bottom",
        "labelPadding": -3,
        "labelColor": palette.muted,
        "labelFontSize": 10,
        "zindex": 1,
    }
    return lines, numbers


def _domain(track: Track, sign: int, drawn: Sequence[float]) -> tuple[float, float]:
    """Return what the panel shows of the metric, with some air; a share within 0 to 1."""
    seen = list(drawn)
    for one in track.judged:
        seen += [one.figures[key] for key in ("current", "baseline") if key in one.figures]
        seen += interval(one, sign) or ()
        if "baseline" in one.figures:
            seen.append(one.figures["baseline"] + sign * min(one.figures.get("margin", 0), 0.05))
    limit = limit_of(track)
    seen += [limit[0]] if limit else []
    low, high = min(seen), max(seen)
    if is_share(track):
        low, high = max(low, 0.0), min(high, 1.0)
    air = (high - low) * 0.12 or abs(high) * 0.1 or 0.01
    return low - air, high + air


def _judged(one: Metric, sign: int, palette: Palette) -> Record:
    shape, colour = CHECKS.get(one.verdict, CHECKS["inconclusive"])
    ends = interval(one, sign)
    ref, current = f"e{one.seq}", one.figures["current"]
    return {
        "at": ms(one.at),
        "from": ms(min(one.since or one.at, one.at)),
        "current": current,
        "low": ends[0] if ends else current,
        "high": ends[1] if ends else current,
        "shape": shape,
        "angle": 45 if shape == "cross" else 0,
        "colour": getattr(palette, colour),
        "ref": ref,
        "tip": tip(f"{one.name}: {one.verdict}", one.at, f"{one.step}: {one.said}", ref),
    }


def _past_rows(doc: Postmortem, track: Track) -> list[Record]:
    past, one = track.past, track.baseline
    if past is None or one is None or past.until < doc.span[0]:
        return []
    base = one.figures["baseline"]
    ref = f"e{past.seq}"
    n = f", n={one.figures['n_base']:,.0f}" if "n_base" in one.figures else ""
    since = max(past.since, doc.span[0])
    said = tip(f"{track.name}: baseline {base:.4g}{n}", since, past.why, ref)
    return [{"from": ms(since), "at": ms(past.until), "current": base, "ref": ref, "tip": said}]


def _past(name: str, palette: Palette) -> Record:
    encode = {
        "x": x("from"),
        "x2": x("at"),
        "y": {"scale": "y", "field": "current"},
        "stroke": value(palette.series),
        "strokeWidth": value(4),
        "strokeCap": value("round"),
        **told(),
    }
    return mark("rule", name, encode, table=name)


def _limit(limit: tuple[float, str], palette: Palette) -> list[Record]:
    at, said = limit
    line: Encode = {
        "x": value(0),
        "x2": signal("width"),
        "y": {"scale": "y", "value": at},
        "stroke": value(palette.bad),
        "strokeWidth": value(1.5),
        "strokeDash": value([2, 3]),
    }
    text: Encode = {
        **words(value(said), size=10, colour=palette.bad),
        "x": value(_LIMIT_X),
        "y": {"scale": "y", "value": at, "offset": -3 if said.startswith("at most") else 11},
    }
    return [
        quiet("rule", "limit", line),
        quiet("text", "limit-label", text),
    ]


def _verdicts(name: str, palette: Palette) -> list[Record]:
    """Return each verdict: the window it is its interval, and a mark where it was given."""
    window = {
        "x": x("from"),
        "x2": x("at"),
        "y": {"scale": "y", "field": "current"},
        "stroke": {"field": "colour"},
        "strokeWidth": value(3),
    }
    whisker = {
        "x": x("at"),
        "y": {"scale": "y", "field": "low"},
        "y2": {"scale": "y", "field": "high"},
        "stroke": {"field": "colour"},
        "strokeWidth": value(1.5),
    }
    point = {
        "x": x("at"),
        "y": {"scale": "y", "field": "current"},
        "shape": {"field": "shape"},
        "angle": {"field": "angle"},
        "size": value(80),
        "fill": {"field": "colour"},
        "stroke": value(palette.paper),
        "strokeWidth": value(1),
        **told(),
    }
    return [
        quiet("rule", "window", window, table=name),
        quiet("rule", "interval", whisker, table=name),
        mark("symbol", name, point, table=name),
    ]
