"""The inputs of simulated rows: the five features of a card payment, and how they arrive."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from mlrespond.lab.signal_chance import binomial, drawn
from mlrespond.lab.signal_condition import Conditions
from mlrespond.lab.signal_scale import (
    NULL,
    SLICES,
    CategoryScale,
    NumberScale,
    Slice,
    shared,
    slices,
    tilted,
)
from mlrespond.lab.world import COUNTRIES

AMOUNT_MAX = 20_000.0

_HOUR_S = 3600
_DAY_H = 24
_ZONES = ((1, 0.88), (0, 0.07), (2, 0.05))  # hours ahead of UTC, and the share of customers
_COUNTRY_SHARE = (0.30, 0.14, 0.20, 0.14, 0.12, 0.10)
_LOGIT = (-1.6, 1.3)  # mean and spread of the score's
_TILTS = {"amount": 0.06, "prior_orders": 0.05, "account_age_days": -0.05}


class Inputs:
    """Columns of features, and the scales that read them."""

    def __init__(self, seed: int, conditions: Conditions) -> None:
        self._seed = seed
        self._conditions = conditions
        self._units = conditions.units
        self.scales: Mapping[str, NumberScale | CategoryScale] = {
            "amount": _amount(self._units),
            "country": CategoryScale(name="country", values=COUNTRIES),
            "hour": _hour(),
            "prior_orders": _whole("prior_orders", lambda z: math.expm1(1.9 + 0.9 * z)),
            "account_age_days": _whole("account_age_days", lambda z: math.expm1(5.5 + 1.4 * z)),
        }

    def draw(self, name: str, t: float, stream: str, n: int) -> bytes:
        """Return a feature of the rows of a bucket that starts at `t`, in epoch seconds."""
        chance = drawn(self._seed, name, t, stream)
        column = bytearray(chance.randbytes(n).translate(self._table(name, t)))
        for at in chance.sample(range(n), binomial(chance, n, self._conditions.nulls(t, name))):
            column[at] = NULL
        share = self._conditions.lost(t).get(name, 0.0)
        if share:
            together = drawn(self._seed, "lost", t, stream)
            for at in together.sample(range(n), binomial(together, n, share)):
                column[at] = NULL
        return bytes(column)

    def _table(self, name: str, t: float) -> bytes:
        mix = round(self._conditions.mix(t), 1)
        if name == "country":
            return shared(
                tuple(_leaning(share, at, mix) for at, share in enumerate(_COUNTRY_SHARE))
            )
        if name == "hour":
            hour = int(t // _HOUR_S)
            shares = [0.0] * _DAY_H
            for ahead, share in _ZONES:
                shares[(hour + ahead) % _DAY_H] += share
            return shared(tuple(shares))
        table = tilted(round(_TILTS[name] * mix, 2))
        first = SLICES * self._units.index(self._conditions.unit(t)) if name == "amount" else 0
        return bytes(code + first for code in table) if first else table


def _leaning(share: float, at: int, mix: float) -> float:
    """Return a country's share: the rarer ones are commoner at busy hours."""
    return share * (1 + 0.03 * mix * (at - 2))


def _amount(units: tuple[float, ...]) -> NumberScale:
    usual = slices(lambda z: math.exp(3.6 + z))
    found = [
        Slice(one.code + SLICES * at, one.low * unit, one.high * unit)
        for at, unit in enumerate(units)
        for one in usual
    ]
    rising = tuple(sorted(found, key=lambda one: one.middle))
    return NumberScale(name="amount", slices=rising, step=0.01, max=AMOUNT_MAX)


def _hour() -> NumberScale:
    hours = tuple(Slice(hour, hour, hour) for hour in range(_DAY_H))
    return NumberScale(name="hour", slices=hours, step=1)


def _whole(name: str, value: Callable[[float], float]) -> NumberScale:
    return NumberScale(name=name, slices=slices(lambda z: max(0.0, value(z))), step=1)


def _probability(z: float) -> float:
    mean, spread = _LOGIT
    return 1 / (1 + math.exp(-(mean + spread * z)))


SCORE = NumberScale(name="p", slices=slices(_probability), step=1e-6)
