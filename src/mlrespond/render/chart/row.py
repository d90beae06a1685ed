"""A row of the picture: its title, its height, and Vega's marks inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlrespond.model.json import Record

TOP = 52
"""Where the first row begins: above it stand the names of milestones, and the time axis."""
AXIS = 40
GAP = 5
TITLE = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Marks see the scale `x` of all rows, and the row's own scales and tables."""

    name: str
    title: str
    height: int
    marks: Sequence[Record]
    tables: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    scales: Sequence[Record] = ()
    axes: Sequence[Record] = ()
    shaded: bool = True

    @property
    def title_height(self) -> int:
        """Return the height of the title's line."""
        return TITLE if self.title else 0
