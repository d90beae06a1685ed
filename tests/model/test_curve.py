"""Curves: few slices, every request counted once, and the last one ends when the window does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.codec import decode, encode
from mlrespond.model.curve import MOST, Curve, bounded
from mlrespond.model.json import record

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def curve(counts: list[tuple[int, int]], step_s: float) -> Curve:
    """Return a curve whose window ends at noon, with these (events, all) of each slice."""
    length = timedelta(seconds=step_s)
    ends = [NOON - length * back for back in range(len(counts) - 1, -1, -1)]
    return Curve(
        name="error_ratio",
        kind="ratio",
        side="current",
        since=NOON - length * len(counts),
        until=NOON,
        step_s=step_s,
        points=tuple((at, k, n) for at, (k, n) in zip(ends, counts, strict=True)),
    )


PAIRS = st.tuples(st.integers(0, 50), st.integers(0, 500)).map(lambda one: (min(one), one[1]))


@given(st.lists(PAIRS, min_size=1, max_size=400), st.sampled_from([0.5, 1.0, 7.3, 60.0]))
def test_slices_are_joined_and_no_request_is_lost(
    counts: list[tuple[int, int]], step_s: float
) -> None:
    made = bounded(curve(counts, step_s))

    assert len(made.points) <= MOST
    assert sum(k for _, k, n in made.points) == sum(k for k, n in counts if n)
    assert sum(n for _, _, n in made.points) == sum(n for _, n in counts)
    assert all(n > 0 for _, _, n in made.points)
    ends = [at for at, _, _ in made.points]
    assert ends == sorted(set(ends))
    assert all(at <= NOON for at in ends)


def test_a_curve_of_few_slices_stays_as_it_is() -> None:
    few = curve([(1, 10), (2, 20), (0, 5)], 30.0)

    assert bounded(few) == few


def test_what_is_joined_ends_with_the_window() -> None:
    made = bounded(curve([(1, 10)] * 150, 2.0))

    assert made.step_s == 6.0
    assert made.points[-1] == (NOON, 3, 30)
    assert made.points[0][0] - timedelta(seconds=6) == made.since


def test_slices_without_requests_are_left_out() -> None:
    made = bounded(curve([(1, 10), (0, 0), (2, 20)], 30.0))

    assert [at for at, _, _ in made.points] == [NOON - timedelta(seconds=60), NOON]


def test_a_curve_is_read_back_as_it_was_written() -> None:
    kept = replace(curve([(1, 10), (2, 20)], 0.5), version="3", above_s=0.25)

    assert decode(Curve, record(encode(kept))) == kept
