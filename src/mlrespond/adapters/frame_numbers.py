"""Numbers of a column counted by numpy, sorted once: quartiles, bins, runs of the same number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlrespond.adapters.tally import quantile
from mlrespond.model.edge import DECILES, SLICES, edges_of
from mlrespond.model.reading import FeatureProfile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]
    Small = npt.NDArray[np.int8]
    Labels = npt.NDArray[np.int16]

_QUARTILES = (0.25, 0.5, 0.75)
_PART = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where the rows of a window stand: each one's slice, and an order by entity and time.

    An order is told by logs that name whom a row is about; `entity` numbers the entities in it,
    and rows of none are left out. `tied` is where the next one in it is of the same entity and
    instant.
    """

    slices: Small
    order: Whole | None = None
    entity: Whole | None = None
    tied: Mask | None = None

    def repeats(self, values: Floats | Whole, known: Mask) -> tuple[int, int]:
        """Return how many known values had an earlier one of their entity, and equal it.

        Values of one instant come in their own order, so that the log's order says nothing.
        """
        if self.order is None or self.entity is None:
            return 0, 0
        order = self._settled(values, self.order)
        kept = known[order]
        value, entity = values[order][kept], self.entity[kept]
        again = entity[1:] == entity[:-1]
        return int(again.sum()), int((again & (value[1:] == value[:-1])).sum())

    def _settled(self, values: Floats | Whole, order: Whole) -> Whole:
        import numpy as np

        if self.tied is None or not self.tied.any():
            return order
        instants = np.cumsum(np.concatenate(([False], ~self.tied)))
        several = np.zeros(len(order), dtype=bool)
        several[1:] |= self.tied
        several[:-1] |= self.tied
        rows = order[several]
        settled = order.copy()
        settled[several] = rows[np.lexsort((values[rows], instants[several]))]
        return settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A column read as numbers: `unread` where that could not be, `missing` where nothing stands.

    NaN and infinities count as nulls, as what is missing does.
    """

    values: Floats
    unread: Mask
    missing: Mask

    @property
    def finite(self) -> Mask:
        """Return where there is a number."""
        import numpy as np

        return np.isfinite(self.values) & ~self.unread


def number_profile(
    name: str,
    column: Numbers,
    rows: Rows,
    limits: tuple[float | None, float | None],
    edges: tuple[float, ...] | None,
) -> FeatureProfile:
    """Return the counts of a column; without edges they are a baseline's, which chooses its own."""
    finite = column.finite
    nulls = column.missing | (~column.unread & ~finite)
    ordered = column.values[finite]
    ordered.sort()
    low, median, high = (quantile(ordered, share) for share in _QUARTILES)
    chosen = _chosen(ordered) if edges is None else edges
    repeats, same = rows.repeats(column.values, finite)
    distinct, commonest = _runs(ordered)
    return FeatureProfile(
        name=name,
        type="number",
        n=len(nulls),
        nulls=int(nulls.sum()),
        mismatched=int((column.unread & ~column.missing).sum()),
        out_of_range=_outside(ordered, limits),
        low_quartile=low,
        median=median,
        high_quartile=high,
        distinct=distinct,
        commonest=commonest,
        edges=chosen,
        bins=_bins(ordered, chosen) if chosen else (),
        slices=_slices(column, nulls, rows, chosen) if len(ordered) else (),
        repeats=repeats,
        same=same,
    )


def sliced(
    label: Callable[[slice], Whole | Labels], slices: Small, width: int
) -> tuple[tuple[int, ...], ...]:
    """Count each label below `width` by slice of time; those below 0 are not counted.

    `label` is asked for one part of the rows after another: labels of a whole column take as much
    memory as the column.
    """
    import numpy as np

    counts = np.zeros(SLICES * width, dtype=np.int64)
    for start in range(0, len(slices), _PART):
        part = slice(start, start + _PART)
        labels = label(part)
        places = slices[part].astype(np.int64) * width + labels
        told = labels >= 0
        counts += np.bincount(places if told.all() else places[told], minlength=len(counts))
    return tuple(tuple(int(one) for one in part) for part in counts.reshape(SLICES, width))


def _chosen(ordered: Floats) -> tuple[float, ...]:
    deciles = [one for share in DECILES if (one := quantile(ordered, share)) is not None]
    return edges_of(deciles)


def _outside(ordered: Floats, limits: tuple[float | None, float | None]) -> int:
    import numpy as np

    low, high = limits
    below = 0 if low is None else int(np.searchsorted(ordered, low, side="left"))
    upto = len(ordered) if high is None else int(np.searchsorted(ordered, high, side="right"))
    return min(len(ordered), below + len(ordered) - upto)


def _bins(ordered: Floats, edges: tuple[float, ...]) -> tuple[int, ...]:
    import numpy as np

    upto = np.searchsorted(ordered, edges, side="right")
    return tuple(int(one) for one in np.diff(upto, prepend=0, append=len(ordered)))


def _runs(ordered: Floats) -> tuple[int, int]:
    """Return how many numbers differ, and how often the commonest one stands."""
    import numpy as np

    if not len(ordered):
        return 0, 0
    ends = np.flatnonzero(ordered[1:] != ordered[:-1])
    if len(ends) == len(ordered) - 1:
        return len(ordered), 1
    lengths = np.diff(ends, prepend=-1, append=len(ordered) - 1)
    return len(lengths), int(lengths.max())


def _slices(
    column: Numbers, nulls: Mask, rows: Rows, edges: tuple[float, ...]
) -> tuple[tuple[int, ...], ...]:
    """Count nulls and bins by slice; what is of another type is not told."""
    import numpy as np

    def label(part: slice) -> Labels:
        values = column.values[part]
        labels = np.ones(len(values), dtype=np.int16)
        for edge in edges:  # a dozen comparisons of a cached part take a fifth of a search in them
            labels += values > edge
        labels[column.unread[part]] = -1
        labels[nulls[part]] = 0
        return labels

    return sliced(label, rows.slices, len(edges) + 2)
