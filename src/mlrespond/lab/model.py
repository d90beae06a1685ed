"""The lab's model: a logistic regression over one card payment, as a JSON artefact.

A missing value counts as an average one, as in many real models: nothing fails, the score just
means less. An artefact can be slow, and it can carry a real training bug.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mlrespond.errors import InvalidInputError
from mlrespond.lab.world import COUNTRIES, Label, Row
from mlrespond.model.json import Json, number

Defect: TypeAlias = Literal["none", "column-order"]

COLUMNS = ("ln_amount", "night", "evening", "ln_orders", "ln_age", *COUNTRIES)
_LINE = 30.0  # the bad release's stand-in for the sigmoid: a line through the logits of training
_NUMERIC = ("amount", "hour", "prior_orders", "account_age_days")


@dataclass(frozen=True, slots=True)
class Scored:
    """What the model says about a row; a score that is no number is None."""

    p: float | None
    decision: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One encoded input: how it is standardised, and its weight."""

    name: str
    centre: float
    spread: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A trained version."""

    columns: tuple[Column, ...]
    bias: float
    threshold: float = 0.5
    delay_ms: float = 0.0
    defect: Defect = "none"

    def __post_init__(self) -> None:
        names = tuple(column.name for column in self.columns)
        if names != COLUMNS:
            raise InvalidInputError(f"the artefact has the columns {names}, not {COLUMNS}")

    def score(self, row: Row) -> Scored:
        """Return the score and the decision for one row."""
        if self.defect == "column-order":
            return self._decide(self._skewed(row))
        return self._decide(_sigmoid(self.logit(row)))

    def logit(self, row: Row) -> float:
        """Return the weighted sum of the standardised columns; a missing one adds nothing."""
        terms = (
            column.weight * (value - column.centre) / column.spread
            for column, value in zip(self.columns, encode_row(row), strict=True)
            if value is not None
        )
        return self.bias + sum(terms)

    def _skewed(self, row: Row) -> float:
        """Score as the bad release does at serving time (training-serving skew).

        Training wrote the numeric columns in alphabetical order, serving hands them over in
        declared order. The score is a cheap line instead of the sigmoid, between 0 and 1 within the
        range seen in training only. The logarithm of a zero comes out as NaN.
        """
        mixed_up = dict(row) | {
            meant: row.get(read) for meant, read in zip(sorted(_NUMERIC), _NUMERIC, strict=True)
        }
        if mixed_up["amount"] == 0:
            return math.nan
        return 0.5 + self.logit(mixed_up) / _LINE

    def _decide(self, p: float) -> Scored:
        if math.isnan(p):
            return Scored(None, "allow")
        return Scored(round(p, 6), "block" if p >= self.threshold else "allow")


def encode_row(row: Row) -> Sequence[float | None]:
    """Return the row's columns, in the order of COLUMNS; a missing value is None."""
    hour = number(row.get("hour"))
    turn = None if hour is None else 2 * math.pi * hour / 24
    return [
        _log(row.get("amount"), 0.0),
        None if turn is None else math.cos(turn),
        None if turn is None else math.sin(turn),
        _log(row.get("prior_orders"), 1.0),
        _log(row.get("account_age_days"), 1.0),
        *_one_hot(row.get("country")),
    ]


def accuracy(model: Model, rows: Sequence[tuple[Row, Label]]) -> float:
    """Return the share of rows whose decision is the label; NaN of no rows."""
    right = sum(model.score(row).decision == label for row, label in rows)
    return right / len(rows) if rows else math.nan


def _one_hot(country: Json) -> list[float | None]:
    if country not in COUNTRIES:
        return [None] * len(COUNTRIES)
    return [float(country == one) for one in COUNTRIES]


def _log(value: Json, plus: float) -> float | None:
    found = number(value)
    return None if found is None or found + plus <= 0 else math.log(found + plus)


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
