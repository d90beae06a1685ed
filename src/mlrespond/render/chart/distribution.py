"""How inputs and scores were distributed before, during and after, each feature a small picture.

Numbers show the quartiles and the median, categories the share of each; nulls are told beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.model.json import Json, Record
from mlrespond.model.reading import FeatureProfile
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.vega import SCHEMA, data, mark, quiet, signal, told, value, words
from mlrespond.usecases.postmortem import Postmortem
from mlrespond.usecases.postmortem.distribution import WHENS, When

_LINE = 18
_TITLE = 22
_GAP = 16
_LEFT = 64
_RIGHT = 150
_MOST_CATEGORIES = 8
_MOST_FEATURES = 12


def rows(doc: Postmortem) -> tuple[str, ...]:
    """Return the features that were profiled at two of the three times at least."""
    known = doc.distributions
    return tuple(name for name in known.features() if len(known.of(name)) > 1)[:_MOST_FEATURES]


def distributions(doc: Postmortem, palette: Palette, *, width: Json) -> Record:
    """Return the specification of the picture; `width` is a number, or a signal's expression."""
    marks: list[Json] = []
    tables: list[Json] = []
    top = 4
    for n, name in enumerate(rows(doc)):
        drawn, table, height = _feature(n, name, doc.distributions.of(name), top, palette)
        marks += drawn
        tables += table
        top += height + _GAP
    size: Record = {"value": width}
    if isinstance(width, str):
        size = {
            "init": width,
            "on": [{"events": {"source": "window", "type": "resize"}, "update": width}],
        }
    return {
        "$schema": SCHEMA,
        "description": f"inputs and scores of {doc.incident.service} before, during and after",
        "autosize": "none",
        "padding": {"left": 8, "right": 8, "top": 0, "bottom": 0},
        "height": top,
        "background": palette.paper,
        "signals": [{"name": "width", **size}],
        "data": tables,
        "marks": marks,
    }


def _feature(
    n: int, name: str, known: Mapping[When, FeatureProfile], top: int, palette: Palette
) -> tuple[list[Json], list[Json], int]:
    kind = next(iter(known.values())).type
    table = _numbers(known) if kind == "number" else _categories(known)
    for row in table:
        row["colour"] = getattr(palette, _colour(str(row["when"])))
    height = _TITLE + _LINE * (1 + max((int(str(row["line"])) for row in table), default=0))
    label = f"{name}: median and quartiles" if kind == "number" else f"{name}: share of each"
    title = {
        **words(value(label), size=12, colour=palette.ink, fontWeight=value("bold")),
        "x": value(0),
        "y": value(top + 12),
        "limit": signal("width"),
    }
    group = f"feature-{n}"
    scale: Record = {
        "name": "v",
        "type": "linear",
        "domain": _domain(table, kind),
        "range": [_LEFT, signal(f"width - {_RIGHT}")],
        "zero": kind != "number",
        "nice": True,
    }
    body = {
        "x": value(0),
        "y": value(top + _TITLE),
        "width": signal("width"),
        "height": value(height - _TITLE),
    }
    inner = [
        _back(palette, height - _TITLE),
        *_labels(group, palette),
        *_marks(group, kind, palette),
    ]
    drawn: list[Json] = [
        quiet("text", f"title-{group}", title),
        mark("group", f"group-{group}", body, scales=[scale], marks=inner),
    ]
    return drawn, [data(group, table)], height


def _colour(when: str) -> str:
    return {"before": "series", "during": "bad", "after": "good"}[when]


def _numbers(known: Mapping[When, FeatureProfile]) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for when in WHENS:
        one = known.get(when)
        if one is None or one.median is None:
            continue
        low = one.low_quartile if one.low_quartile is not None else one.median
        high = one.high_quartile if one.high_quartile is not None else one.median
        said = f"{one.median:.4g} ({low:.4g}..{high:.4g})"
        found.append(
            {
                "when": when,
                "line": len(found),
                "name": when,
                "low": low,
                "at": one.median,
                "high": high,
                "label": said,
                "tip": f"{one.name} {when}\nmedian {said}\n{_counted(one)}",
            }
        )
    return found


def _counted(one: FeatureProfile) -> str:
    odd = ((one.nulls, "null"), (one.out_of_range, "out of range"), (one.mismatched, "mistyped"))
    told = ", ".join(f"{n:,} {what}" for n, what in odd if n)
    return f"of {one.n:,}{', ' + told if told else ''}"


def _categories(known: Mapping[When, FeatureProfile]) -> list[dict[str, Json]]:
    total: dict[str, int] = {}
    for one in known.values():
        for name, count in one.categories.items():
            total[name] = total.get(name, 0) + count
    chosen = sorted(total, key=lambda name: (-total[name], name))[:_MOST_CATEGORIES]
    found: list[dict[str, Json]] = []
    for line, name in enumerate(chosen):
        shares = {when: _share(known[when], name) for when in WHENS if when in known}
        label = " → ".join(f"{share:.0%}" for share in shares.values())
        for when, share in shares.items():
            found.append(
                {
                    "when": when,
                    "line": line,
                    "name": name,
                    "low": min(shares.values()),
                    "at": share,
                    "high": max(shares.values()),
                    "label": label if when == next(reversed(shares)) else "",
                    "tip": f"{name} {when}\n{share:.2%}\n{_counted(known[when])}",
                }
            )
    return found


def _share(one: FeatureProfile, name: str) -> float:
    return one.categories.get(name, 0) / max(one.n - one.nulls, 1)


def _domain(table: Sequence[Mapping[str, Json]], kind: str) -> list[Json]:
    ends = [float(str(row[end])) for row in table for end in ("low", "high")] or [0.0, 1.0]
    low, high = min(ends), max(ends)
    if kind != "number":
        low = 0.0
    air = (high - low) * 0.05 or 0.5
    return [low - (air if kind == "number" else 0), high + air]


def _at_line(extra: float = 0.5) -> Json:
    return signal(f"(datum.line + {extra}) * {_LINE}")


def _back(palette: Palette, height: int) -> Record:
    encode = {
        "x": value(_LEFT - 8),
        "x2": signal(f"width - {_RIGHT - 8}"),
        "y": value(0),
        "height": value(height),
        "fill": value(palette.lane),
        "cornerRadius": value(3),
    }
    return quiet("rect", "back", encode)


def _labels(group: str, palette: Palette) -> list[Record]:
    name = {
        **words({"field": "name"}, size=11, colour=palette.muted, limit=value(_LEFT - 12)),
        "x": value(0),
        "y": _at_line(),
        "baseline": value("middle"),
    }
    figure = {
        **words({"field": "label"}, size=11, colour=palette.ink, limit=value(_RIGHT - 4)),
        "x": signal(f"width - {_RIGHT - 12}"),
        "y": _at_line(),
        "baseline": value("middle"),
    }
    return [
        quiet("text", "name", name, table=group),
        quiet("text", "figure", figure, table=group),
    ]


def _marks(group: str, kind: str, palette: Palette) -> list[Record]:
    line = {
        "x": {"scale": "v", "field": "low"},
        "x2": {"scale": "v", "field": "high"},
        "y": _at_line(),
        "stroke": {"field": "colour"} if kind == "number" else value(palette.grid),
        "strokeWidth": value(5 if kind == "number" else 2),
        "strokeOpacity": value(0.45 if kind == "number" else 1),
    }
    point = {
        "x": {"scale": "v", "field": "at"},
        "y": _at_line(),
        "shape": signal("{before: 'circle', during: 'triangle-up', after: 'square'}[datum.when]"),
        "size": value(80),
        "fill": {"field": "colour"},
        "stroke": value(palette.paper),
        "strokeWidth": value(1),
        **told(),
    }
    return [
        quiet("rule", "range", line, table=group),
        mark("symbol", group, point, table=group),
    ]
