"""Looks that follow one another: what they leave, and that a restart changes nothing."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mlrespond.judgment.dispersion import INDEPENDENT, Slices
from mlrespond.judgment.look import Look
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.judgment.watching import MOST_GAINS, spread_of, watched, weighed
from mlrespond.model.codec import decode_as, encode
from mlrespond.model.json import Json, dump, parse
from mlrespond.model.verdict import MetricVerdict, Watch

BASE = Counts(200, 10_000)
gains = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=40,
)


def looks(added: list[tuple[int, int]], at_most: int, restarts: frozenset[int]) -> list[Json]:
    """Judge look after look; before some of them the state is written down and read back."""
    watch: Watch | None = None
    k, n, told = 0, 0, []
    for at, (events, of) in enumerate(added):
        k, n = k + events, n + of
        if at in restarts and watch is not None:
            back = decode_as(Watch, parse(dump(encode(watch))))
            assert isinstance(back, Watch)
            watch = back
        look = Look(at_most=at_most, watch=watch)
        verdict = judge_rate("errors", Counts(k, n), BASE, margin=0.01, alpha=look)
        watch = verdict.watch
        told.append(encode(verdict))
    return told


@settings(max_examples=60)
@given(gains, st.sampled_from([2, 20, 31, 200]), st.frozensets(st.integers(0, 39)))
def test_a_restart_at_any_look_equals_no_restart(
    added: list[tuple[int, int]], at_most: int, restarts: frozenset[int]
) -> None:
    assert looks(added, at_most, restarts) == looks(added, at_most, frozenset())


def test_a_single_look_leaves_nothing() -> None:
    assert judge_rate("errors", Counts(5, 100), BASE, margin=0.01, alpha=0.05).watch is None


def test_what_cannot_be_judged_keeps_what_was_known() -> None:
    known = Watch(log_e=3.0, information=20.0)

    found = judge_rate("errors", None, BASE, margin=0.01, alpha=Look(at_most=9, watch=known))

    assert (found.verdict, found.watch) == ("inconclusive", known)


def test_the_best_evidence_is_kept_though_later_looks_are_better() -> None:
    first = weighed(Look(at_most=100), 60, 1000, BASE.k, BASE.n)
    later = weighed(Look(at_most=100, watch=first.watch), 61, 5000, BASE.k, BASE.n)

    assert later.watch.log_e == first.watch.log_e > 0
    assert later.watch.information == first.watch.information


def test_counts_that_fall_back_add_nothing() -> None:
    watch = watched(watched(None, 5, 100), 4, 90)

    assert watch.gains == ((5, 100),)
    assert watched(watch, 4, 150).gains == ((5, 100), (0, 50))


def test_gains_stay_few_and_lose_no_request() -> None:
    watch, n = None, 1000
    for at in range(1, n + 1):
        watch = watched(watch, at, 10 * at)

    assert watch is not None
    assert len(watch.gains) <= MOST_GAINS
    assert sum(of for _, of in watch.gains) == 10 * n


def bursts(rng: Random, looks: int) -> Watch:
    watch, k = None, 0
    for at in range(1, looks + 1):
        k += 40 if rng.random() < 0.1 else 1
        watch = watched(watch, k, 100 * at)
    assert watch is not None
    return watch


def test_where_no_slices_are_known_the_looks_themselves_show_bursts() -> None:
    few = bursts(Random(1), 5)  # noqa: S311  # a simulation that repeats, no secret
    many = bursts(Random(1), 30)  # noqa: S311  # the same

    assert spread_of(Look(at_most=40, watch=few)) is INDEPENDENT
    assert spread_of(Look(at_most=40, watch=many)).current > 3


def judged(step: tuple[tuple[int, int], ...]) -> MetricVerdict:
    from mlrespond.judgment.dispersion import dispersion

    past = tuple((2 if at % 7 else 30, 200) for at in range(60))
    found = dispersion(Slices(10.0, step), Slices(10.0, past))
    current = Counts(sum(k for k, _ in step), sum(n for _, n in step))
    base = Counts(sum(k for k, _ in past), sum(n for _, n in past))
    return judge_rate("errors", current, base, margin=0.01, alpha=Look(dispersion=found))


def test_one_burst_is_no_regression_and_a_lasting_rise_is_one() -> None:
    once = judged(((200, 200), *((4, 200),) * 29))
    lasting = judged(((60, 200), (20, 200), (40, 200)) * 10)

    assert once.verdict == "inconclusive"
    assert "bursts make its variance x" in once.said
    assert lasting.verdict == "fail"
