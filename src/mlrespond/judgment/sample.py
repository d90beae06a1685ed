"""How much longer to wait: sample sizes for saying that a share is not worse."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

from mlrespond.judgment.proportion import normal_quantile, score_interval, two_sided

MOST: Final = 10_000_000
"""More than this is not worth saying to a person who waits."""


def more_needed(
    p: float, margin: float, n: int, n_base: int | None, alpha: float, power: float = 0.9
) -> int | None:
    """Return about how many more observations show a share that is really `p` not worse.

    0 if `n` should do already; null if no number does, because the baseline of `n_base` (frozen;
    null: known exactly, as a limit is) is too small for `margin`, or if it is more than `MOST`.
    With `power` the share's upper limit, at two-sided `alpha`, then lies within `margin`.
    Sample size of the score test that the interval inverts: its null variance at p + margin
    (Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed., 2.14).
    """
    z = two_sided(alpha)
    below = p - score_interval(p, n_base, z)[0] if n_base else 0.0
    if not margin > below:
        return None
    reach = sqrt(margin * margin - below * below)
    edge = min(p + reach, 1.0)
    spread = z * _deviation(edge) + normal_quantile(power) * _deviation(p)
    needed = ceil((spread / reach) ** 2)
    return max(0, needed - n) if needed <= MOST else None


def _deviation(share: float) -> float:
    return sqrt(share * (1 - share))
