"""The fallback: simple rules that a person can read, with nothing to train and nothing to load.

They leave out amount and country, the inputs that come from elsewhere and may break.
"""

from __future__ import annotations

from mlrespond.lab.model import Scored
from mlrespond.lab.world import Row
from mlrespond.model.json import Json, number

_SURE = 0.95
_UNLIKELY = 0.05
_YOUNG_DAYS = 90
_FEW_ORDERS = 4
_NIGHT = (22, 6)


class Rules:
    """Blocks young accounts with few orders, and at night either of them."""

    delay_ms = 0.0

    def score(self, row: Row) -> Scored:
        """See Scorer.score."""
        young = _below(row.get("account_age_days"), _YOUNG_DAYS)
        few = _below(row.get("prior_orders"), _FEW_ORDERS)
        if (young and few) or (self._night(row) and (young or few)):
            return Scored(_SURE, "block")
        return Scored(_UNLIKELY, "allow")

    def _night(self, row: Row) -> bool:
        hour = number(row.get("hour"))
        return hour is not None and (hour >= _NIGHT[0] or hour < _NIGHT[1])


def _below(value: Json, limit: int) -> bool:
    found = number(value)
    return found is not None and found < limit
