"""Inputs that broke within the window: gross breaks fail from where they began, spells do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.benchmarks.midway import FAULTS, Fault, found
from tests.benchmarks.planted_faults import clean
from tests.benchmarks.spelled import Column
from tests.judgment.columns import NOW, WINDOW, drawn, later, log, specs

from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.midway import judge_inputs_midway
from mlrespond.model.edge import SLICES
from mlrespond.model.instant import parse_iso
from mlrespond.model.reading import Edges, Profile, Window
from mlrespond.model.verdict import MetricVerdict

GROSS = [one for one in FAULTS if one.title in {"nulls 0 -> 40%", "x1000", "upper case"}]
N = 300


def amounts(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).lognormal(3, 1, N)


@pytest.mark.parametrize("onset", [0.25, 0.9])
@pytest.mark.parametrize("fault", GROSS, ids=[one.title for one in GROSS])
def test_a_gross_break_fails_wherever_it_began(fault: Fault, onset: float) -> None:
    told = [found(fault, N, onset, seed) for seed in range(3)]

    assert told == [(False, True)] * 3


def test_the_verdict_says_since_when() -> None:
    baseline = drawn({"amount": amounts(1)})
    now = {"amount": amounts(2)}
    now["amount"][N // 2 :] *= 1000

    told = judge_inputs_midway(
        drawn(now, baseline.edges), baseline, specs(baseline), 0.05, later(now, baseline.edges)
    )

    failed = [one for one in told if one.verdict == "fail"]
    middle = WINDOW.since + (NOW - WINDOW.since) / 2
    assert [one.name for one in failed] == ["unit:amount"]
    assert f"since {middle:%Y-%m-%dT%H:%M}" in failed[0].said


def test_a_spell_that_ended_is_no_break() -> None:
    baseline = drawn({"amount": amounts(1)})
    now = {"amount": amounts(2)}
    now["amount"][100:160] = np.nan

    told = judge_inputs_midway(
        drawn(now, baseline.edges), baseline, specs(baseline), 0.05, later(now, baseline.edges)
    )

    assert [one.name for one in told if one.verdict == "fail"] == []


def test_nothing_is_read_again_where_nothing_broke_or_all_of_it_did() -> None:
    asked: list[Window] = []

    def read(window: Window, _: Edges | None) -> Profile | None:
        asked.append(window)
        return None

    baseline = drawn({"amount": amounts(1)})
    for column in (amounts(2), amounts(3) * 1000):
        now = drawn({"amount": column}, baseline.edges)
        told = judge_inputs_midway(now, baseline, specs(baseline), 0.05, read)
        assert told == judge_inputs(now, baseline, specs(baseline), 0.05)

    assert asked == []


def test_what_cannot_be_read_again_stays_as_it_was() -> None:
    baseline = drawn({"amount": amounts(1)})
    broken = amounts(2)
    broken[N // 2 :] *= 1000
    now = drawn({"amount": broken}, baseline.edges)

    told = judge_inputs_midway(now, baseline, specs(baseline), 0.05, lambda _, __: None)

    assert told == judge_inputs(now, baseline, specs(baseline), 0.05)


def test_a_profile_without_slices_tells_no_moment() -> None:
    baseline = drawn({"amount": amounts(1)})
    now = {"amount": amounts(2)}
    now["amount"][N // 2 :] *= 1000
    current = drawn(now, baseline.edges)
    plain = replace(current, features=tuple(replace(one, slices=()) for one in current.features))

    told = judge_inputs_midway(plain, baseline, specs(baseline), 0.05, later(now, baseline.edges))

    assert told == judge_inputs(plain, baseline, specs(baseline), 0.05)


HOUR = NOW - WINDOW.since


def told_of(
    fault: Fault, broken: tuple[float, float], present: Window, rows: int = 6 * N
) -> dict[str, MetricVerdict]:
    """Return the verdicts where a fault begins and ends, in hours since the baseline's begin.

    All that fails for the whole window alone is left out.
    """
    chance = np.random.default_rng(5)
    columns, usual = clean(chance, 3 * rows), clean(chance, 3 * rows)
    fault.plant(chance, columns, round(rows * broken[0]))
    mended = round(rows * broken[1])
    read = log({name: _then(columns[name], usual[name], mended) for name in columns}, rows)
    baseline = read(WINDOW, None)
    now, known = read(present, baseline.edges), specs(baseline)
    whole = {one.name for one in judge_inputs(now, baseline, known, 0.05) if one.verdict == "fail"}
    told = judge_inputs_midway(now, baseline, known, 0.05, read)
    return {one.name: one for one in told if one.name not in whole}


def _then(column: Column, other: Column, at: int) -> Column:
    if isinstance(column, np.ndarray) and isinstance(other, np.ndarray):
        return np.concatenate([column[:at], other[at:]])
    return [*column[:at], *other[at:]]


def after(minutes: float, gap: float = 0.0) -> Window:
    since = NOW + timedelta(minutes=gap)
    return Window(since=since, until=since + timedelta(minutes=minutes))


@pytest.mark.parametrize("late", [0.2, 0.25, 0.37, 0.4])
@pytest.mark.parametrize("fault", GROSS, ids=[one.title for one in GROSS])
def test_an_alert_that_came_late_hides_no_gross_break(fault: Fault, late: float) -> None:
    """The baseline's last rows are broken already, from the middle of a slice on or not."""
    told = told_of(fault, (1 - late, 3), after(10))[fault.check]

    assert told.verdict == "fail"
    began = parse_iso(told.said.rpartition("since ")[2].removesuffix(", where it broke"))
    assert abs(began - WINDOW.since - (1 - late) * HOUR) <= HOUR / SLICES


@pytest.mark.parametrize("late", [0.1, 0.3])
@pytest.mark.parametrize("minutes", [3])
@pytest.mark.parametrize("gap", [0, 20])
@pytest.mark.parametrize("fault", GROSS, ids=[one.title for one in GROSS])
def test_what_is_mended_fails_no_more(
    fault: Fault, gap: float, minutes: float, late: float
) -> None:
    """The baseline's last minutes are broken; the present begins after the mend."""
    told = told_of(fault, (1 - late, 1 + gap / 60), after(minutes, gap), 20 * N)

    assert [one.said for one in told.values() if one.verdict == "fail"] == []


@pytest.mark.parametrize("part", [(0, 0.2), (0, 0.4), (0.2, 0.6), (0.2, 0.76)])
@pytest.mark.parametrize("fault", GROSS, ids=[one.title for one in GROSS])
def test_what_was_over_within_the_baseline_is_no_break(
    fault: Fault, part: tuple[float, float]
) -> None:
    told = told_of(fault, part, after(12))

    assert [one.said for one in told.values() if one.verdict == "fail"] == []


def test_the_whole_window_leaves_a_part_of_alpha_to_the_searches() -> None:
    """Nulls all over the window, 20 of 300 before and 40 now, are told by little more than it."""
    before, now = amounts(1), amounts(2)
    before[np.linspace(0, N - 1, 20).astype(int)] = np.nan
    now[np.linspace(0, N - 1, 40).astype(int)] = np.nan
    baseline = drawn({"amount": before})
    current, known = drawn({"amount": now}, baseline.edges), specs(baseline)
    read = later({"amount": now}, baseline.edges)

    whole = judge_inputs(current, baseline, known, 0.05)
    told = judge_inputs_midway(current, baseline, known, 0.05, read)

    nulls = [next(one.verdict for one in each if "nulls" in one.name) for each in (whole, told)]
    assert nulls == ["fail", "inconclusive"]


def test_a_baseline_of_another_time_is_not_read_again() -> None:
    chance = np.random.default_rng(5)
    columns = clean(chance, 2 * N)
    read = log(columns, N)
    baseline = read(WINDOW, None)
    week = timedelta(days=7)
    now = replace(
        read(Window(since=NOW, until=NOW + (NOW - WINDOW.since)), baseline.edges),
        window=Window(since=NOW + week, until=NOW + week + timedelta(hours=1)),
    )

    def never(_: Window, __: Edges | None) -> Profile | None:
        raise AssertionError("asked")

    told = judge_inputs_midway(now, baseline, specs(baseline), 0.05, never)

    assert told == judge_inputs(now, baseline, specs(baseline), 0.05)


@pytest.mark.parametrize(("where", "enough"), [("within", 1e-13), ("before", 1e-12)])
def test_a_search_leaves_alpha_to_the_whole_window_and_to_the_other_search(
    where: str, enough: float
) -> None:
    """So small an alpha that the fail of these nulls is near it: a tenth of it is too little."""
    column = np.concatenate([amounts(1), amounts(2)])
    first = N + N * 9 // 10 if where == "within" else N - N // 10
    column[first : 2 * N : 2] = np.nan
    read = log({"amount": column}, N)
    baseline = read(WINDOW, None)
    now = read(after(60 if where == "within" else 6), baseline.edges)

    told = [
        next(one.verdict for one in each if one.name == "nulls:amount")
        for each in (
            judge_inputs_midway(now, baseline, specs(baseline), alpha, read)
            for alpha in (enough / 10, enough)
        )
    ]

    assert told == ["inconclusive", "fail"]
