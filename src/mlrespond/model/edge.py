"""Where a profile's bins and slices of time end: the same for every log that counts on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import floor, isfinite, log10
from typing import Final

from mlrespond.model.reading import Window

DECILES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SLICES: Final = 30
SLICED: Final = 20
"""So many categories are told by slice, the commonest first; the others are told together."""

FLAG_SLICES: Final = 240
"""So many slices of time tell how flags come in bursts."""

_DIGITS: Final = 6


def edges_of(deciles: Sequence[float]) -> tuple[float, ...]:
    """Return the edges that numbers with these nine deciles are counted on, in order.

    They are rounded to a millionth of the spread: engines interpolate deciles with other last
    bits, and must count alike. A number that is a decile twice over is common enough for a bin
    of its own, so that one that is a little smaller is not counted with it.
    """
    if not deciles or not all(isfinite(one) for one in deciles):
        return ()
    spread = deciles[-1] - deciles[0] or abs(deciles[0]) or 1.0
    digits = _DIGITS - floor(log10(spread)) if isfinite(spread) else 0
    common = {one for one, other in pairwise(deciles) if one == other}
    found = set(common)
    found |= {_rounded(one, digits) for one in deciles if one not in common}
    found |= {_rounded(one - float(f"1e{-digits}"), digits) for one in common}
    return tuple(sorted(found))


def slice_starts(window: Window) -> tuple[datetime, ...]:
    """Return where each slice of a window but the first one starts."""
    length = window.until - window.since
    return tuple(window.since + length * number / SLICES for number in range(1, SLICES))


def flag_slice(window: Window, at: datetime) -> int:
    """Return in which slice of a window a moment lies, for flags over time."""
    found = (at - window.since) * FLAG_SLICES // (window.until - window.since)
    return min(FLAG_SLICES - 1, max(0, found))


def _rounded(value: float, digits: int) -> float:
    """Round, and never to a zero with a sign: some engines cannot write it down."""
    return round(value, digits) + 0.0
