"""Looks at a service as ticks: what each said of an objective, failures longest."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.model.json import Record
from mlrespond.render.chart.lanes import CHECKS, tip
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.row import Row
from mlrespond.render.chart.vega import Encode, mark, ms, signal, told, value
from mlrespond.usecases.postmortem.metric import Track
from mlrespond.usecases.postmortem.watched import Watched

_HEIGHT = 16
_TICKS = {"fail": 11, "inconclusive": 7, "pass": 4}


def only_watched(name: str, track: Track, looks: Sequence[Record]) -> Row:
    """Return the row of a metric that no step judged: what each look said of it."""
    return Row(
        name=name,
        title=f"{track.name}: as it was watched",
        height=_HEIGHT,
        marks=(ticks(f"{name}-looks"),),
        tables={f"{name}-looks": looks},
    )


def tick(one: Watched, palette: Palette) -> Record:
    """Return the row of one look at one objective."""
    _, colour = CHECKS.get(one.verdict, CHECKS["inconclusive"])
    height = _TICKS.get(one.verdict, 5)
    figure = "" if one.value is None else f", {one.value:.4g}"
    said = tip(f"{one.objective}: {one.verdict}{figure}", one.at, "as it was watched", one.ref)
    return {
        "at": ms(one.at),
        "height": height,
        "colour": getattr(palette, colour),
        "ref": one.ref,
        "tip": said,
    }


def seen_rows(looks: Sequence[Watched], palette: Palette) -> list[Record]:
    """Return the figures that looks recorded, by the colour of what they said."""
    return [{**tick(one, palette), "current": one.value} for one in looks if one.value is not None]


def seen_values(looks: Sequence[Watched]) -> list[float]:
    """Return the figures themselves, in the order of the looks."""
    return [one.value for one in looks if one.value is not None]


def ticks(name: str) -> Record:
    """Return a tick for each look: high where it failed, low where it passed."""
    encode: Encode = {
        "x": signal("scale('x', datum.at) - 1.5"),
        "width": value(3),
        "y": value(0),
        "height": {"field": "height"},
        "fill": {"field": "colour"},
        **told(),
    }
    return mark("rect", name, encode, table=name)
