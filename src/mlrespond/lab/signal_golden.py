"""What simulated versions answer to golden cases, and to any other row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from mlrespond.lab.signal_chance import drawn
from mlrespond.lab.signal_effect import CASES, Trait
from mlrespond.lab.world import COUNTRIES, golden_cases
from mlrespond.model.json import Json, dump
from mlrespond.model.reading import Case

_OTHER = {"allow": "block", "block": "allow"}


class GoldenAnswers:
    """Answers that never change: a version is a function of the row."""

    def __init__(self, seed: int, traits: Callable[[str], Trait]) -> None:
        self._seed = seed
        self._traits = traits

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        """Return what a version answers: a decision, or null where its score is no probability."""
        trait, text = self._traits(version), dump(row)
        number = _numbers().get(text)
        if number is None:
            return self._unknown(version, text)
        if number in trait.void:
            return None
        truth = str(golden()[number].expected)
        return _OTHER[truth] if number in trait.wrong else truth

    def _unknown(self, version: str, text: str) -> Json:
        trait = self._traits(version)
        if drawn(self._seed, "fails", version, text).random() < trait.errors + trait.invalid:
            return None
        truth = "block" if drawn(self._seed, "truth", text).random() < 1 / 4 else "allow"
        wrong = drawn(self._seed, "answer", version, text).random()
        return truth if wrong < self._traits(version).accuracy else _OTHER[truth]


def asked(seed: int, number: int) -> Mapping[str, Json]:
    """Return a row that a customer asked about."""
    chance = drawn(seed, "asked", number)
    return {
        "amount": round(chance.lognormvariate(3.6, 1.0), 2),
        "country": chance.choice(COUNTRIES),
        "hour": chance.randrange(24),
        "prior_orders": chance.randrange(40),
        "account_age_days": chance.randrange(2000),
    }


@cache
def golden() -> tuple[Case, ...]:
    """Return the lab's golden cases."""
    return tuple(Case(row=row, expected=label) for row, label in golden_cases(CASES // 2))


@cache
def _numbers() -> Mapping[str, int]:
    return {dump(case.row): number for number, case in enumerate(golden())}
