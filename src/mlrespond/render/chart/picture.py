"""The picture of an incident: what fired, who did what, what was served and how it did, in time.

All rows stand on one time axis, in UTC. The width is the reader's; heights are fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mlrespond.model.json import Json, Record
from mlrespond.render.chart.lanes import lane_rows
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.panels import panel_rows
from mlrespond.render.chart.row import AXIS, GAP, TOP, Row
from mlrespond.render.chart.vega import SCHEMA, data, mark, ms, quiet, signal, told, value, words, x
from mlrespond.usecases.postmortem import Postmortem

_EDGE = 0.02
_SHORT_S = 600
_DAY_S = 86400
_NAMED = ("impact started", "mitigated", "resolved")


@dataclass(slots=True)
class _Stack:
    """Rows one below the other; `marks` are Vega's groups, `tables` what they are drawn from."""

    marks: list[Json] = field(default_factory=list)
    titles: list[Json] = field(default_factory=list)
    tables: list[Json] = field(default_factory=list)
    height: int = TOP + 8

    def add(self, row: Row, palette: Palette) -> None:
        """Put a row under those that are there, its title above it."""
        top = self.height + row.title_height
        if row.title:
            self.titles += _title(row, self.height, palette)
        self.marks.append(_group(row, top, palette))
        self.tables += [data(name, rows) for name, rows in row.tables.items()]
        self.height = top + row.height + GAP


def picture(
    doc: Postmortem, palette: Palette, *, width: Json, names: Callable[[str], str] = str
) -> Record:
    """Return the specification of the picture; `width` is a number, or a signal's expression.

    `names` is what every text of people passes.
    """
    stack = _Stack()
    for row in (*lane_rows(doc, palette, names), *panel_rows(doc, palette)):
        stack.add(row, palette)
    return {
        "$schema": SCHEMA,
        "description": f"{doc.incident.id} in time: alerts, people, actions, checks, versions "
        "served, and metrics against their baselines",
        "autosize": "none",
        "padding": {"left": 8, "right": 8, "top": 0, "bottom": 0},
        "height": stack.height + AXIS,
        "background": palette.paper,
        "signals": _signals(doc, width),
        "data": [*stack.tables, data("milestones", _milestones(doc))],
        "scales": [
            {
                "name": "x",
                "type": "utc",
                "domain": signal("[t0, t1]"),
                "range": [0, signal("width")],
            }
        ],
        "axes": [_axis("top", TOP, doc, palette), _axis("bottom", stack.height, doc, palette)],
        "marks": [
            *stack.marks,
            *_rules(stack.height, palette),
            *stack.titles,
            *_cursor(stack.height, palette),
        ],
    }


def edges(doc: Postmortem) -> tuple[int, int]:
    """Return the first and last time shown, in milliseconds, with some air at both ends."""
    since, until = ms(doc.span[0]), ms(doc.span[1])
    air = max(round((until - since) * _EDGE), 200)
    return since - air, until + air


def _signals(doc: Postmortem, width: Json) -> Json:
    t0, t1 = edges(doc)
    size: Record = {"value": width}
    if isinstance(width, str):
        size = {
            "init": width,
            "on": [{"events": {"source": "window", "type": "resize"}, "update": width}],
        }
    moved: Json = [
        {"events": {"type": "pointermove"}, "update": "invert('x', clamp(x(), 0, width))"},
        {"events": {"type": "pointerout"}, "update": "null"},
    ]
    return [
        {"name": "width", **size},
        {"name": "t0", "value": t0},
        {"name": "t1", "value": t1},
        {"name": "pointed", "value": None, "on": moved},
    ]


def _axis(orient: str, offset: int, doc: Postmortem, palette: Palette) -> Record:
    return {
        "orient": "bottom" if orient == "bottom" else "top",
        "scale": "x",
        "offset": signal(f"{offset} - height") if orient == "bottom" else -offset,
        "grid": False,
        "format": _clock((doc.span[1] - doc.span[0]).total_seconds()),
        "tickCount": signal("max(6, floor(width / 110))"),
        "labelOverlap": "greedy",
        "labelBound": True,
        "labelColor": palette.muted,
        "tickColor": palette.grid,
        "domainColor": palette.grid,
        "labelFontSize": 11,
        "tickSize": 4,
        "aria": False,
    }


def _clock(seconds: float) -> str:
    """Return how times are written on the axis: as finely as the span asks for."""
    if seconds < _SHORT_S:
        return "%H:%M:%S"
    return "%H:%M" if seconds < _DAY_S else "%d %b %H:%M"


def _title(row: Row, top: int, palette: Palette) -> list[Json]:
    """Return a row's title, with a halo that keeps it legible over what crosses it."""
    encode = {
        **words(value(row.title), size=11, colour=palette.muted),
        "x": value(0),
        "y": value(top + row.title_height - 5),
        "limit": signal("width"),
    }
    halo = {"stroke": value(palette.paper), "strokeWidth": value(4), "strokeJoin": value("round")}
    return [
        quiet("text", f"halo-{row.name}", {**encode, **halo}),
        quiet("text", f"title-{row.name}", encode),
    ]


def _group(row: Row, top: int, palette: Palette) -> Json:
    encode = {
        "x": value(0),
        "y": value(top),
        "width": signal("width"),
        "height": value(row.height),
        "clip": {"value": True},
        "fill": value(palette.lane if row.shaded else "transparent"),
        "cornerRadius": value(3),
    }
    scales: Json = [dict(one) for one in row.scales]
    axes: Json = [dict(one) for one in row.axes]
    return mark(
        "group",
        f"row-{row.name}",
        encode,
        scales=scales,
        axes=axes,
        marks=[dict(one) for one in row.marks],
    )


def _milestones(doc: Postmortem) -> list[Record]:
    return [
        {
            "at": ms(one.at),
            "name": one.name,
            "label": one.name if one.name in _NAMED else "",
            "row": _NAMED.index(one.name) % 2 if one.name in _NAMED else 0,
            "ref": f"e{one.seq}",
            "tip": f"{one.name}\n{one.at:%Y-%m-%d %H:%M:%S} UTC, #{one.seq}",
        }
        for one in doc.milestones
        if one.at is not None and doc.span[0] <= one.at <= doc.span[1]
    ]


def _rules(bottom: int, palette: Palette) -> list[Json]:
    rule = {
        "x": x("at"),
        "y": signal(f"{TOP} - (datum.label ? 36 - 12 * datum.row : 0)"),
        "y2": value(bottom),
        "stroke": value(palette.ink),
        "strokeWidth": value(1),
        "strokeDash": value([3, 3]),
        "strokeOpacity": signal("datum.label ? 0.75 : 0.25"),
    }
    symbol = {
        "x": x("at"),
        "y": value(TOP),
        "shape": value("diamond"),
        "size": value(70),
        "fill": value(palette.ink),
        **told(),
    }
    label = {
        **words({"field": "label"}, size=11, colour=palette.ink),
        "x": x("at"),
        "y": signal("12 + 12 * datum.row"),
        "dx": signal("scale('x', datum.at) > width * 0.6 ? -4 : 4"),
        "align": signal("scale('x', datum.at) > width * 0.6 ? 'right' : 'left'"),
        "fontWeight": value("bold"),
    }
    return [
        quiet("rule", "milestone-rule", rule, table="milestones"),
        mark("symbol", "milestones", symbol, table="milestones"),
        quiet("text", "milestone-label", label, table="milestones"),
    ]


def _cursor(bottom: int, palette: Palette) -> list[Json]:
    """Return the line that follows the pointer, with its time."""
    at = "scale('x', pointed === null ? t0 : pointed)"
    shown = signal("pointed === null ? 0 : 1")
    line = {
        "x": signal(at),
        "y": value(TOP),
        "y2": value(bottom),
        "stroke": value(palette.muted),
        "strokeWidth": value(1),
        "opacity": shown,
    }
    text = {
        **words(
            signal("pointed === null ? '' : utcFormat(pointed, '%H:%M:%S')"),
            size=11,
            colour=palette.ink,
        ),
        "x": signal(f"clamp({at}, 26, max(26, width - 26))"),
        "y": value(bottom + 32),
        "align": value("center"),
        "fontWeight": value("bold"),
        "opacity": shown,
    }
    return [
        quiet("rule", "cursor", line),
        quiet("text", "cursor-time", text),
    ]
