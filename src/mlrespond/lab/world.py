"""The truth behind the lab: customers, their payments, and which of them are fraud.

Everything comes from a seed. The truth is a line through five standardised signals; concept drift
turns that line while the payments themselves stay as they were.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from operator import mul
from typing import Literal, TypeAlias

from mlrespond.model.json import Json

Row: TypeAlias = Mapping[str, Json]
Label: TypeAlias = Literal["allow", "block"]

FEATURES = ("amount", "country", "hour", "prior_orders", "account_age_days")
COUNTRIES = ("DE", "ES", "FR", "IT", "NL", "PL")
QUARTER_TURN = 90.0

_COUNTRY_SHARE = (0.30, 0.14, 0.20, 0.14, 0.12, 0.10)
_COUNTRY_RISK = (-0.9, 0.4, -0.6, 0.6, 0.2, 2.1)
_HOUR_SHARE = tuple(1 + 0.6 * math.cos(2 * math.pi * (hour - 15) / 24) for hour in range(24))
_HOUR_RISK = tuple(math.cos(2 * math.pi * (hour - 3) / 24) for hour in range(24))
_AMOUNT = (3.6, 1.0)  # mean and spread of ln(EUR)
_ORDERS = (1.9, 0.9)  # of ln(1 + orders)
_AGE = (5.5, 1.4)  # of ln(1 + days)
# the weights of amount, country, hour, orders and age: before the drift, and a quarter turn on
_HABIT = (0.50, 0.45, 0.35, -0.40, -0.50)
_NEW_HABIT = (0.50, -0.50, -0.30, -0.40, 0.50)
_CUT = 0.67  # about a quarter of all payments lies above it, at every angle
_LABEL_NOISE = 0.02
_USUAL_NULLS = 0.01
_CUSTOMERS = 3000
_CLEAR = 0.45
_GOLDEN_SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with a card."""

    id: str
    country: str
    prior_orders: int
    account_age_days: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it really was; `row` is what the model gets to see of it."""

    customer_id: str
    row: Row
    signals: tuple[float, ...]
    mislabelled: bool

    def truth(self, angle: float = 0.0) -> Label:
        """Return the label, with the truth turned by `angle` degrees."""
        return _label((self.margin(angle) > 0) != self.mislabelled)

    def margin(self, angle: float = 0.0) -> float:
        """Return how far it lies on the fraud side of the truth turned by `angle` degrees."""
        turn = math.radians(angle)
        before, after = (_dot(self.signals, habit) for habit in _AXES)
        return math.cos(turn) * before + math.sin(turn) * after - _CUT


class World:
    """An endless stream of payments; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # a simulation, no secret
        self._customers = [self._customer(number) for number in range(_CUSTOMERS)]

    def draw(self) -> Payment:
        """Return the next payment."""
        chance = self._chance
        customer = chance.choice(self._customers)
        amount = round(math.exp(chance.gauss(*_AMOUNT)), 2)
        (hour,) = chance.choices(range(24), _HOUR_SHARE)
        signals = _signals(amount, hour, customer)
        row = {
            "amount": amount,
            "country": None if chance.random() < _USUAL_NULLS else customer.country,
            "hour": hour,
            "prior_orders": customer.prior_orders,
            "account_age_days": customer.account_age_days,
        }
        return Payment(customer.id, row, signals, chance.random() < _LABEL_NOISE)

    def _customer(self, number: int) -> Customer:
        chance = self._chance
        (country,) = chance.choices(COUNTRIES, _COUNTRY_SHARE)
        orders, days = (max(0, int(math.expm1(chance.gauss(*shape)))) for shape in (_ORDERS, _AGE))
        return Customer(f"c{number:05d}", country, orders, days)


def golden_cases(each: int = 30) -> list[tuple[Row, Label]]:
    """Return clear cases, `each` of both labels.

    They stay clear however far fraudsters change their habits, so that a version that was
    retrained after a drift is held to the same cases as the one before it.
    """
    world = World(_GOLDEN_SEED)
    found: dict[Label, list[Row]] = {"allow": [], "block": []}
    while min(map(len, found.values())) < each:
        payment = world.draw()
        margins = [payment.margin(angle) for angle in (0.0, QUARTER_TURN / 2, QUARTER_TURN)]
        if min(map(abs, margins)) > _CLEAR and min(margins) * max(margins) > 0:
            found[_label(margins[0] > 0)].append(payment.row)
    return [(row, label) for label, rows in found.items() for row in rows[:each]]


def _label(fraud: bool) -> Label:  # noqa: FBT001  # the one thing it is about
    return "block" if fraud else "allow"


def _signals(amount: float, hour: int, customer: Customer) -> tuple[float, ...]:
    return (
        (math.log(amount) - _AMOUNT[0]) / _AMOUNT[1],
        _COUNTRY_SIGNAL[COUNTRIES.index(customer.country)],
        _HOUR_SIGNAL[hour],
        (math.log1p(customer.prior_orders) - _ORDERS[0]) / _ORDERS[1],
        (math.log1p(customer.account_age_days) - _AGE[0]) / _AGE[1],
    )


def _standard(risks: tuple[float, ...], shares: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(shares)
    mean = _dot(risks, shares) / total
    spread = math.sqrt(
        sum(share * (risk - mean) ** 2 for risk, share in zip(risks, shares, strict=True)) / total
    )
    return tuple((risk - mean) / spread for risk in risks)


def _dot(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return math.fsum(map(mul, one, other))


def _unit(vector: tuple[float, ...]) -> tuple[float, ...]:
    length = math.hypot(*vector)
    return tuple(value / length for value in vector)


def _perpendicular(vector: tuple[float, ...], to: tuple[float, ...]) -> tuple[float, ...]:
    along = _dot(vector, to)
    return _unit(tuple(value - along * base for value, base in zip(vector, to, strict=True)))


_COUNTRY_SIGNAL = _standard(_COUNTRY_RISK, _COUNTRY_SHARE)
_HOUR_SIGNAL = _standard(_HOUR_RISK, _HOUR_SHARE)
_AXES = (_unit(_HABIT), _perpendicular(_NEW_HABIT, _unit(_HABIT)))
