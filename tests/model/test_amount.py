"""Logarithmic buckets: as exact as they say, and the same whatever is added to what."""

from __future__ import annotations

from math import isclose, nextafter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.amount import (
    ACCURACY,
    SMALLEST,
    Amounts,
    Buckets,
    bucket_of,
    edge,
    merged,
    middle,
)
from mlrespond.model.codec import decode, encode

VALUES = st.lists(st.floats(0, 1e300), max_size=40)


@given(st.floats(SMALLEST, 1e300))
def test_a_bucket_tells_a_value_to_within_the_accuracy(value: float) -> None:
    told = middle(bucket_of(value))

    assert abs(told - value) <= ACCURACY * value * (1 + 1e-9)


@given(st.floats(SMALLEST, 1e300))
def test_a_value_lies_between_its_edges(value: float) -> None:
    bucket = bucket_of(value)

    below, above = edge(bucket - 1), edge(bucket)
    assert below < value or isclose(below, value, rel_tol=1e-9)
    assert value <= above or isclose(above, value, rel_tol=1e-9)


@given(VALUES, VALUES, VALUES)
def test_adding_is_counting_all_at_once_in_any_order(
    one: list[float], two: list[float], three: list[float]
) -> None:
    parts = [Buckets.of(values) for values in (one, two, three)]

    assert merged(parts) == merged(reversed(parts)) == Buckets.of([*three, *one, *two])
    assert merged(parts).n == len(one) + len(two) + len(three)
    assert merged([]) == Buckets()


def test_what_is_next_to_nothing_is_nought() -> None:
    assert Buckets.of([0.0, nextafter(SMALLEST, 0), SMALLEST]) == Buckets(
        2, ((bucket_of(SMALLEST), 1),)
    )


@pytest.mark.parametrize("q", [0.5, 0.9, 0.99])
def test_a_quantile_is_off_by_no_more_than_the_accuracy(q: float) -> None:
    chance = Random(7)  # noqa: S311  # a simulation that repeats, no secret
    values = sorted(chance.lognormvariate(3, 1) for _ in range(5000))

    rank = round(q * len(values))
    buckets = [at for at, count in Buckets.of(values).counts for _ in range(count)]

    assert middle(buckets[rank - 1]) == pytest.approx(values[rank - 1], rel=ACCURACY + 1e-9)


def test_amounts_travel_as_json() -> None:
    amounts = Amounts(name="cost", missing=2, slices=(Buckets.of([0, 1.5, 2]), Buckets()))

    assert decode(Amounts, encode(amounts)) == amounts
    assert (amounts.n, amounts.whole.above(bucket_of(1.5))) == (3, 1)
    assert amounts.whole.above(10_000) == 0
