"""Strips of dots on an axis of powers of ten: every dot is shown, in characters or in SVG.

Durations of incidents span seconds to days, so the axis is logarithmic. What is not above zero has
no place on it and stands at its left end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from mlrespond.model.instant import duration
from mlrespond.model.text import printable
from mlrespond.usecases.report_figure import Dot

_MANY = 9
_LEAST = 1e-6  # the timeline keeps times to the microsecond
_TICKS = (0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0, 90 * 86400.0)
_WIDTH, _HEIGHT, _RADIUS, _PAD = 480, 56, 5.0, 24
_BASE = _HEIGHT - 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A stretch of durations, in seconds, both ends above zero."""

    low: float
    high: float

    def place(self, seconds: float) -> float:
        """Return where a duration stands, from 0 at the left to 1."""
        if seconds <= self.low:
            return 0.0
        if seconds >= self.high:
            return 1.0
        return math.log(seconds / self.low) / math.log(self.high / self.low)

    def ticks(self) -> tuple[float, ...]:
        """Return the round durations within."""
        return tuple(one for one in _TICKS if self.low <= one <= self.high)


def axis_of(dots: Sequence[Dot]) -> Axis:
    """Return an axis on which all dots have a place."""
    known = [max(one.seconds, _LEAST) for one in dots if one.seconds > 0] or [1.0]
    low, high = min(known), max(known)
    return Axis(low=low / 1.5, high=high * 1.5)


def characters(dots: Sequence[Dot], axis: Axis, width: int, *, ascii_only: bool = False) -> str:
    """Return the dots on a line: one is a dot, several in a place their number, many a `#`."""
    counts = Counter(round(axis.place(one.seconds) * (width - 1)) for one in dots)
    single = "o" if ascii_only else "•"
    told = {1: single, **{n: str(n) for n in range(2, _MANY + 1)}}
    return "".join(told.get(counts[at], "#") if counts[at] else " " for at in range(width))


def svg(dots: Sequence[Dot], axis: Axis, median: float | None, title: str) -> str:
    """Return the dots as SVG; those in the same place stand on one another, each with its name."""
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    parts = [
        f'<svg class="strip" viewBox="{box}" role="img" aria-label="{_text(title)}">',
        f'<line class="axis" x1="{_PAD}" x2="{_WIDTH - _PAD}" y1="{_BASE}" y2="{_BASE}"/>',
        *_ticks(axis),
    ]
    if median is not None:
        x = _x(axis, median)
        parts.append(
            f'<line class="median" x1="{x}" x2="{x}" y1="2" y2="{_BASE}">'
            f"<title>median {duration(median)}</title></line>"
        )
    parts += [*_dots(dots, axis), "</svg>"]
    return "".join(parts)


def _ticks(axis: Axis) -> Iterator[str]:
    for seconds in axis.ticks():
        x = _x(axis, seconds)
        yield f'<line class="axis" x1="{x}" x2="{x}" y1="{_BASE}" y2="{_BASE + 4}"/>'
        yield f'<text x="{x}" y="{_HEIGHT - 4}">{duration(seconds)}</text>'


def _dots(dots: Sequence[Dot], axis: Axis) -> Iterator[str]:
    stacked: Counter[int] = Counter()
    places = [(one, _x(axis, one.seconds)) for one in dots]
    tallest = max(Counter(round(x / _RADIUS) for _, x in places).values(), default=1)
    step = min(_RADIUS * 1.8, (_BASE - 2 * _RADIUS) / max(1, tallest - 1))
    for one, x in places:
        level = stacked[round(x / _RADIUS)]
        stacked[round(x / _RADIUS)] += 1
        y = round(_BASE - _RADIUS - level * step, 1)
        yield (
            f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" data-seconds="{one.seconds:.6f}">'
            f"<title>{_text(one.name)}: {duration(one.seconds)}</title></circle>"
        )


def _x(axis: Axis, seconds: float) -> float:
    return round(_PAD + axis.place(seconds) * (_WIDTH - 2 * _PAD), 1)


def _text(said: str) -> str:
    return escape(printable(said), quote=True)
