"""Training: logistic regression by gradient descent, in plain Python, well under a second."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from statistics import fmean, pstdev
from typing import TypeAlias

from mlrespond.lab.model import COLUMNS, Column, Model, encode_row
from mlrespond.lab.world import Label, Row, World

Example: TypeAlias = tuple[Row, Label]

_STEP = 0.15
_FADE = 0.85
_MOST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class _Scale:
    centre: float
    spread: float

    def of(self, value: float | None) -> float:
        return 0.0 if value is None else (value - self.centre) / self.spread


def examples(seed: int, count: int, angle: float = 0.0) -> list[Example]:
    """Return that many labelled payments of a world."""
    world = World(seed)
    payments = (world.draw() for _ in range(count))
    return [(payment.row, payment.truth(angle)) for payment in payments]


def fit(rows: Sequence[Example], *, seed: int, epochs: int = 20) -> Model:
    """Return a model fitted to the rows (at least one); the same seed gives the same model."""
    encoded = [encode_row(row) for row, _ in rows]
    scales = [_scale(column) for column in zip(*encoded, strict=True)]
    inputs = [
        [scale.of(value) for scale, value in zip(scales, row, strict=True)] for row in encoded
    ]
    targets = [float(label == "block") for _, label in rows]
    weights, bias = _descend(inputs, targets, seed, epochs)
    columns = tuple(
        Column(name=name, centre=scale.centre, spread=scale.spread, weight=weight)
        for name, scale, weight in zip(COLUMNS, scales, weights, strict=True)
    )
    return Model(columns=columns, bias=bias)


def _scale(column: Sequence[float | None]) -> _Scale:
    known = [value for value in column if value is not None] or [0.0]
    return _Scale(fmean(known), pstdev(known) or 1.0)


def _descend(
    inputs: Sequence[Sequence[float]], targets: Sequence[float], seed: int, epochs: int
) -> tuple[list[float], float]:
    """Go down the logistic loss's gradient, one example at a time, in ever smaller steps."""
    order = list(zip(inputs, targets, strict=True))
    chance = random.Random(seed)  # noqa: S311  # the order of examples, no secret
    weights, bias, step = [0.0] * len(inputs[0]), 0.0, _STEP
    for _ in range(epochs):
        chance.shuffle(order)
        for row, target in order:
            error = target - _probability(sum(map(mul, weights, row)) + bias)
            move = step * error
            weights = [weight + move * value for weight, value in zip(weights, row, strict=True)]
            bias += move
        step *= _FADE
    return weights, bias


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-_MOST_LOGIT, min(_MOST_LOGIT, logit))))
