"""The course of a metric: every slice from a look's evidence, the finest ones, none twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mlrespond.model.codec import encode
from mlrespond.model.curve import Curve
from mlrespond.usecases.postmortem.course import courses
from mlrespond.usecases.postmortem.taken import Taken

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPAN = (NOON - timedelta(minutes=10), NOON + timedelta(minutes=10))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def look(seq: int, *curves: Curve) -> Taken:
    content = {"calls": [], "curves": [encode(one) for one in curves]}
    return Taken(seq=seq, digest=f"d{seq}", content=content)


def curve(since: float, step_s: float, shares: list[float], **changes: object) -> Curve:
    known: dict[str, object] = {
        "name": "error_ratio",
        "kind": "ratio",
        "side": "current",
        "since": at(since),
        "until": at(since + step_s * len(shares)),
        "step_s": step_s,
        "points": tuple(
            (at(since + step_s * n), share * 100, 100.0) for n, share in enumerate(shares, start=1)
        ),
        **changes,
    }
    return Curve(**known)  # type: ignore[arg-type]  # fields of Curve


def test_the_past_and_the_present_stand_one_after_the_other_with_their_looks() -> None:
    past = curve(-120, 60, [0.01, 0.02], side="baseline", version="2")
    now = curve(0, 60, [0.3, 0.4], version="3")

    found = courses([look(7, past, now)], SPAN)["error_ratio"]

    assert [one.share for one in found] == [0.01, 0.02, 0.3, 0.4]
    assert [(one.side, one.version, one.seq) for one in found[1:3]] == [
        ("baseline", "2", 7),
        ("current", "3", 7),
    ]
    assert [one.middle for one in found] == [at(-90), at(-30), at(30), at(90)]


def test_where_looks_overlap_the_finest_slices_stand_and_of_equal_ones_the_newest() -> None:
    coarse = curve(0, 60, [0.5, 0.5, 0.5])
    fine = curve(60, 20, [0.1, 0.2, 0.3])
    again = curve(60, 20, [0.1, 0.2, 0.4])

    found = courses([look(3, coarse), look(5, fine), look(9, again)], SPAN)["error_ratio"]

    assert [(round(one.share, 2), one.seq) for one in found] == [
        (0.5, 3), (0.1, 9), (0.2, 9), (0.4, 9), (0.5, 3),
    ]  # fmt: skip
    assert all(one.until <= other.since for one, other in pairwise(found))


def test_nothing_outside_of_the_span_is_shown() -> None:
    found = courses([look(3, curve(-1200, 20, [0.5] * 100))], SPAN)["error_ratio"]

    assert min(one.since for one in found) >= SPAN[0]
    assert len(found) == 60


def test_slices_too_fine_for_the_picture_are_joined_and_nothing_is_lost() -> None:
    fine = curve(0, 2, [0.1, 0.2, 0.3, 0.4, 0.5] * 8)

    found = courses([look(3, fine)], SPAN)["error_ratio"]

    assert [one.length for one in found] == [timedelta(seconds=10)] * 8
    assert {round(one.share, 9) for one in found} == {0.3}
    assert sum(one.whole for one in found) == sum(n for _, _, n in fine.points)


def test_what_was_read_once_more_fills_the_gap_between_looks() -> None:
    before, after = curve(0, 20, [0.4, 0.4]), curve(120, 20, [0.0, 0.0])
    whole = curve(-60, 30, [0.0, 0.0, 0.4, 0.4, 0.2, 0.1, 0.0, 0.0], side="whole")

    found = courses([look(3, before), look(7, after), look(9, whole)], SPAN)["error_ratio"]

    assert {one.seq for one in found if at(60) <= one.since < at(120)} == {9}
    assert all(other.since - one.until < timedelta(seconds=30) for one, other in pairwise(found))


def test_latencies_above_another_edge_are_not_joined_to_one_curve() -> None:
    first = curve(0, 60, [0.05], kind="latency", above_s=0.25)
    other = curve(60, 60, [0.01], kind="latency", above_s=1.0)

    found = courses([look(3, first), look(5, other)], SPAN)["error_ratio"]

    assert [one.above_s for one in found] == [0.25]


def test_erased_evidence_has_no_curve() -> None:
    assert courses([Taken(seq=3, digest="d3", content=None)], SPAN) == {}
