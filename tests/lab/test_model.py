"""The model, what it learns, and how it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlrespond.errors import InvalidInputError
from mlrespond.lab.fit import Example, examples, fit
from mlrespond.lab.model import Model, accuracy
from mlrespond.lab.world import QUARTER_TURN, golden_cases
from mlrespond.model.codec import decode, encode


@pytest.fixture(scope="module")
def held_out() -> list[Example]:
    return examples(99, 2000)


@pytest.fixture(scope="module")
def good() -> Model:
    return fit(examples(9, 3000), seed=7)


@pytest.fixture(scope="module")
def bad(good: Model) -> Model:
    return replace(good, defect="column-order")


def test_a_trained_version_is_right_nine_times_in_ten(good: Model, held_out: list[Example]) -> None:
    assert accuracy(good, held_out) > 0.95
    assert accuracy(good, golden_cases()) >= 0.95


def test_more_rows_make_a_better_version(good: Model, held_out: list[Example]) -> None:
    small = fit(examples(8, 300), seed=7)

    assert small != good
    assert 0.9 < accuracy(small, held_out) < accuracy(good, held_out)


def test_training_is_repeatable() -> None:
    rows = examples(4, 200)

    assert fit(rows, seed=1) == fit(rows, seed=1)
    assert fit(rows, seed=1) != fit(rows, seed=2)


def test_an_artefact_is_read_back_as_it_was(bad: Model) -> None:
    assert decode(Model, encode(bad)) == bad


def test_an_artefact_with_other_columns_is_refused(good: Model) -> None:
    with pytest.raises(InvalidInputError, match="columns"):
        replace(good, columns=good.columns[1:])


def test_missing_values_lower_accuracy_but_fail_nothing(
    good: Model, held_out: list[Example]
) -> None:
    nulls = [({**row, "amount": None, "country": None}, label) for row, label in held_out]

    scored = [good.score(row) for row, _ in nulls]

    assert all(one.p is not None and 0 <= one.p <= 1 for one in scored)
    assert 0.6 < accuracy(good, nulls) < accuracy(good, held_out) - 0.05
    assert good.score({}).p is not None


def test_the_defect_is_wrong_often_and_sometimes_no_probability(
    bad: Model, held_out: list[Example]
) -> None:
    scores = [bad.score(row).p for row, _ in held_out]

    invalid = sum(p is None or not 0 <= p <= 1 for p in scores) / len(scores)
    assert None in scores
    assert invalid > 0.06
    assert accuracy(bad, held_out) < 0.8
    assert accuracy(bad, golden_cases()) < 0.7


def test_amounts_in_cents_ruin_a_good_version(good: Model, held_out: list[Example]) -> None:
    cents = [({**row, "amount": float(str(row["amount"])) * 100}, label) for row, label in held_out]

    assert accuracy(good, cents) < 0.6


def test_a_version_trained_after_the_drift_is_good_again(good: Model) -> None:
    drifted = examples(99, 2000, QUARTER_TURN)

    retrained = fit(examples(5, 600, QUARTER_TURN), seed=7)

    assert accuracy(good, drifted) < 0.7
    assert accuracy(retrained, drifted) > 0.93
    assert accuracy(retrained, golden_cases()) >= 0.95
