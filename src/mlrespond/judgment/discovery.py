"""Which of many tests found something, so that few of the finds are false."""

from __future__ import annotations

from collections.abc import Sequence


def discovered(p: Sequence[float], q: float) -> tuple[bool, ...]:
    """Return which tests found something: at most a share `q` of all finds is false on average.

    Valid however the tests depend on one another, as features do: the step-up procedure of
    Benjamini and Hochberg (JRSS B 57 (1995) 289) at q divided by the sum of 1/i, by Benjamini and
    Yekutieli (Annals of Statistics 29 (2001) 1165).
    """
    each = q / sum(1 / i for i in range(1, len(p) + 1)) if p else q
    order = sorted(range(len(p)), key=p.__getitem__)
    found = [at for at, one in enumerate(order, 1) if p[one] <= each * at / len(p)]
    kept = set(order[: max(found, default=0)])
    return tuple(one in kept for one in range(len(p)))
