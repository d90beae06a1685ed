"""When labels of simulated predictions come: minutes later, some never, and none while stalled."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress
from statistics import NormalDist

from mlrespond.lab.signal_effect import Effect
from mlrespond.lab.signal_row import BUCKET_S, FAILED, RIGHT, Rows
from mlrespond.lab.signal_served import Piece
from mlrespond.model.reading import LabelCounts, Window

MATURE_S = 1800.0

_BYTES = 256
_EVER = 251  # of 256 predictions: the others' labels never come
_MEDIAN_S, _SPREAD = 480.0, 0.6  # of a lognormal delay; 98 of 100 are mature in time
_DELAYS_S = [
    _MEDIAN_S * math.exp(_SPREAD * NormalDist().inv_cdf((code + 0.5) / _EVER))
    for code in range(_EVER)
]
_IS_RIGHT = bytes(fate == RIGHT for fate in range(_BYTES))
_IS_WRONG = bytes(RIGHT < fate < FAILED for fate in range(_BYTES))


class LabelBook:
    """Counts labels that are known at a time."""

    def __init__(self, rows: Rows, stalled: tuple[float, Effect] | None) -> None:
        self._rows = rows
        self._stalled = stalled

    def count(self, window: Window, pieces: Iterable[Piece], now: float) -> LabelCounts:
        """Return how predictions fared; `now` in epoch seconds. A label is late by half an hour."""
        predicted = mature = correct = labelled = 0
        for piece in pieces:
            delays = self._rows.cells("delay", piece)
            for (bucket, fates), (_, codes) in zip(
                self._rows.cells("fate", piece), delays, strict=True
            ):
                answered = len(fates) - fates.count(FAILED)
                predicted += answered
                served = (bucket + 1) * BUCKET_S
                if served + MATURE_S <= now:
                    mature += answered
                    right, wrong = self._known(fates, codes, served, now)
                    correct += right
                    labelled += right + wrong
        return LabelCounts(
            window=window, predicted=predicted, mature=mature, labelled=labelled, correct=correct
        )

    def _known(self, fates: bytes, codes: bytes, served: float, now: float) -> tuple[int, int]:
        come = bisect_right(_DELAYS_S, now - served)
        whole, trickle, bias = come, 0.0, 1.0
        if self._stalled:
            since, effect = self._stalled
            whole = bisect_right(_DELAYS_S, min(now, since) - served)
            trickle, bias = effect.trickle, effect.trickle_bias
        right = compress(codes, fates.translate(_IS_RIGHT))
        wrong = compress(codes, fates.translate(_IS_WRONG))
        return (
            bytes(right).translate(_came(whole, come, trickle)).count(1),
            bytes(wrong).translate(_came(whole, come, trickle * bias)).count(1),
        )


@lru_cache(maxsize=4096)
def _came(whole: int, come: int, trickle: float) -> bytes:
    """Return a table of which delay codes have come: all below `whole`, some below `come`."""
    return bytes(
        code < whole or (code < come and code * 37 % 100 < trickle * 100) for code in range(_BYTES)
    )
