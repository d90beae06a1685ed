"""A feature that went missing has a curve: its nulls by slice, out of the profiles looks kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.engine.story import recorded

from mlrespond.model.codec import encode
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureProfile, Profile, Window
from mlrespond.model.run_kind import StepFinished
from mlrespond.usecases.postmortem import missing
from mlrespond.usecases.postmortem.course import courses
from mlrespond.usecases.postmortem.taken import Taken

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPAN = (NOON - timedelta(minutes=5), NOON + timedelta(minutes=5))


def found(*findings: tuple[str, str, str]) -> StepFinished:
    told: list[Json] = [
        {"kind": kind, "verdict": verdict, "feature": feature, "said": "s"}
        for kind, verdict, feature in findings
    ]
    return StepFinished(title="t", outcome="ok", yields={"findings": told})


def look(seq: int, since: datetime, slices: tuple[tuple[int, ...], ...]) -> Taken:
    feature = FeatureProfile(
        name="amount",
        type="number",
        n=sum(map(sum, slices)),
        nulls=sum(one[0] for one in slices),
        slices=slices,
    )
    window = Window(since=since, until=since + timedelta(minutes=1))
    profile = Profile(window=window, n=feature.n, features=(feature,))
    call: Json = {"port": "predictions", "method": "profile", "reply": encode(profile)}
    return Taken(seq=seq, digest=f"d{seq}", content={"calls": [call]})


def test_only_features_that_failed_for_nulls_are_drawn() -> None:
    said = found(
        ("nulls", "fail", "amount"),
        ("nulls", "pass", "age"),
        ("drift", "fail", "country"),
        ("nulls", "fail", "amount"),
    )

    assert missing.features([recorded(said, 1, NOON)]) == ("amount",)


def test_nulls_are_told_slice_by_slice_before_and_during() -> None:
    looks = [
        look(7, NOON - timedelta(minutes=2), ((0, 6, 4), (1, 5, 4))),
        look(9, NOON, ((4, 4, 2), (5, 5, 0))),
    ]

    curves = missing.curves(looks, ("amount",), NOON)
    slices = courses(looks, SPAN, curves)["nulls of amount"]

    assert [(one.share, one.side, one.seq) for one in slices] == [
        (0.0, "baseline", 7),
        (0.1, "baseline", 7),
        (0.4, "current", 9),
        (0.5, "current", 9),
    ]
    assert [one.length for one in slices] == [timedelta(seconds=30)] * 4


def test_a_profile_without_slices_is_one_of_its_window() -> None:
    feature = FeatureProfile(name="amount", type="number", n=10, nulls=3)
    window = Window(since=NOON, until=NOON + timedelta(minutes=1))
    profile = Profile(window=window, n=10, features=(feature,))
    call: Json = {"port": "predictions", "method": "profile", "reply": encode(profile)}
    kept = Taken(seq=3, digest="d", content={"calls": [call]})

    ((curve, seq),) = missing.curves([kept], ("amount",), NOON)

    assert (seq, curve.step_s, curve.points) == (3, 60.0, ((window.until, 3.0, 10.0),))
