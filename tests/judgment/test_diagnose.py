"""From findings to suspects: in order, with evidence for and against, and no guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrespond.bootstrap.authored import shipped_modes
from mlrespond.judgment.diagnose import VITAL, diagnose
from mlrespond.judgment.sign import HAPPENED, TOLD, signs
from mlrespond.model.finding import Diagnosis, Finding, FindingKind, Suspect
from mlrespond.model.mode import MUTATING, WAITING
from mlrespond.model.word import VERDICTS, VerdictWord

ONSET = datetime(2026, 11, 22, 3, tzinfo=UTC)
MODES = shipped_modes()
KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
INPUTS: tuple[FindingKind, ...] = (
    "nulls",
    "out_of_range",
    "unit",
    "unseen",
    "mismatched",
    "volume",
    "freshness",
)
findings = st.lists(
    st.builds(
        Finding,
        kind=st.sampled_from(KINDS),
        verdict=st.sampled_from(VERDICTS),
        said=st.sampled_from(["it is so", "it is not so"]),
        replica=st.sampled_from([None, "eu-1", "us-1"]),
        sign=st.none() | st.sampled_from(sorted(TOLD)),
    ),
    max_size=20,
)


def finding(
    kind: FindingKind, verdict: VerdictWord = "fail", replica: str | None = None
) -> Finding:
    return Finding(kind=kind, verdict=verdict, said=f"{kind} is {verdict}", replica=replica)


def told(sign: str, verdict: VerdictWord = "fail") -> Finding:
    """Return what an objective with a sign of its own tells."""
    return replace(finding("objective", verdict), sign=sign)


def well(*but: FindingKind) -> list[Finding]:
    """Return every finding of a service that is well, but for some."""
    kinds = [finding(kind, "pass") for kind in KINDS if kind not in {*but, "objective"}]
    return [*kinds, *(told(sign, "pass") for sign in TOLD if sign != "clock_off")]


def diagnosed(*found: Finding) -> Diagnosis:
    """Return what is diagnosed of a service that is well but for what was found."""
    rest = well(*(one.kind for one in found))
    return diagnose([*rest, *found], (), ONSET, MODES)


def suspect(found: Diagnosis, mode: str) -> Suspect:
    return next(one for one in found.suspects if one.mode == mode)


BEHIND = finding("replica_behind", "fail", "us-1")
RELEASED = [finding("release"), finding("released")]
SIGNS: Sequence[tuple[list[Finding], str]] = [
    ([finding("registry")], "registry_outage"),
    ([finding("mixed_versions"), BEHIND], "partial_rollout"),
    ([finding("mixed_versions"), BEHIND, finding("golden")], "bad_rollout"),
    ([finding("wanted_not_served")], "wrong_alias"),
    ([finding("unapproved")], "unapproved_version"),
    ([told("rate_limited"), finding("error_ratio")], "rate_limiting"),
    ([told("upstream_changed"), finding("validity")], "upstream_change"),
    ([finding("release"), finding("golden")], "bad_release"),
    ([finding("release"), finding("replay")], "bad_release"),
    ([finding("release"), finding("replay"), finding("nulls")], "bad_release"),
    ([*RELEASED, finding("error_ratio")], "bad_release"),
    ([*RELEASED, finding("validity")], "bad_release"),
    ([finding("clock")], "clock_skew"),
    ([told("clock_off")], "clock_skew"),
    ([finding("unit")], "unit_change"),
    ([finding("nulls")], "null_surge"),
    ([finding("unseen")], "vocabulary_change"),
    ([finding("mismatched")], "input_broken"),
    ([finding("out_of_range")], "input_broken"),
    ([finding("frozen")], "stale_features"),
    ([told("features_old"), finding("quality")], "stale_features"),
    (
        [finding("release"), finding("quality"), finding("quality_released")],
        "training_serving_skew",
    ),
    ([*RELEASED, finding("latency")], "latency_regression"),
    ([finding("error_ratio_replica", replica="eu-1")], "replica_fault"),
    ([finding("latency_replica", replica="eu-1")], "replica_fault"),
    (
        [finding("replica_silent", replica="a"), finding("replica_silent", "pass", "b")],
        "replica_fault",
    ),
    ([told("memory_high"), finding("latency")], "memory_leak"),
    ([told("cost_up")], "cost_surge"),
    ([finding("validity")], "output_broken"),
    ([told("artefact_bad"), finding("error_ratio")], "artefact_broken"),
    ([finding("latency"), finding("latency_easing"), *RELEASED], "cold_start"),
    ([finding("latency"), finding("latency_easing"), finding("started")], "cold_start"),
    ([finding("replica_silent", replica="a")], "serving_outage"),
    ([finding("error_ratio")], "serving_errors"),
    ([finding("release"), finding("error_ratio")], "serving_errors"),
    ([finding("latency")], "slow_dependency"),
    ([finding("dependency"), finding("volume")], "dependency_incident"),
    ([finding("volume")], "traffic_change"),
    ([finding("freshness")], "telemetry_stale"),
    ([told("exposure_concentrated"), finding("quality")], "feedback_loop"),
    ([finding("quality_immature"), finding("quality", "inconclusive")], "label_delay"),
    ([finding("quality")], "concept_drift"),
]


@pytest.mark.parametrize(("found", "top"), SIGNS)
def test_each_mode_is_the_top_suspect_of_its_own_signs(found: list[Finding], top: str) -> None:
    assert diagnosed(*found).top == top


def test_every_mode_can_be_the_top_suspect() -> None:
    assert {top for _, top in SIGNS} == {mode.name for mode in MODES}


@pytest.mark.parametrize(
    ("found", "top"),
    [
        ([finding("mixed_versions"), BEHIND, finding("error_ratio")], "partial_rollout"),
        ([finding("unit"), finding("quality")], "unit_change"),
        ([finding("nulls"), finding("unit")], "unit_change"),
        ([finding("release"), finding("golden"), finding("nulls")], "bad_release"),
        ([*RELEASED, finding("error_ratio"), finding("nulls")], "null_surge"),
        ([finding("volume"), finding("quality")], "traffic_change"),
        ([finding("error_ratio"), finding("quality")], "serving_errors"),
    ],
)
def test_fleet_and_releases_come_before_inputs_and_inputs_before_drift(
    found: list[Finding], top: str
) -> None:
    assert diagnosed(*found).top == top


def test_a_release_alone_is_no_fault() -> None:
    found = diagnosed(finding("release"))

    assert (found.verdict, found.top) == ("pass", None)


def test_a_service_that_is_well_is_well() -> None:
    found = diagnosed()

    assert (found.verdict, found.top, found.said) == ("pass", None, "nothing wrong was found")


def test_what_fits_no_mode_is_not_guessed_at() -> None:
    found = diagnosed(finding("golden"))

    assert (found.verdict, found.top) == ("inconclusive", None)
    assert "no mode fits" in found.said


def test_where_the_old_version_fails_too_the_release_is_not_to_blame() -> None:
    found = diagnosed(finding("release"), finding("golden"), finding("golden_previous"))

    assert (found.verdict, found.top) == ("inconclusive", None)
    assert "golden previous ok" in suspect(found, "bad_release").missing


@pytest.mark.parametrize("lost", ["golden_previous", "replay_previous"])
def test_either_reading_of_the_version_before_is_enough(lost: FindingKind) -> None:
    found = diagnosed(*RELEASED, finding("error_ratio"), finding(lost, "inconclusive"))

    assert found.top == "bad_release"


def test_a_version_before_that_nobody_could_ask_is_not_gone_back_to() -> None:
    lost = [finding("golden_previous", "inconclusive"), finding("replay_previous", "inconclusive")]

    found = diagnosed(*RELEASED, finding("error_ratio"), *lost)

    assert (found.verdict, found.top) == ("inconclusive", None)
    assert "it may be bad release, if: previous ok" in found.said


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("error_ratio", "errors everywhere: whether it shows is not known"),
        ("latency", "slow dependency is not ruled out"),
    ],
)
def test_while_traffic_is_not_known_nothing_is_trained(kind: FindingKind, why: str) -> None:
    found = diagnosed(finding("quality"), finding(kind, "inconclusive"))

    assert found.top is None
    assert suspect(found, "concept_drift").missing == (why,)


def test_a_suspect_has_its_evidence_and_what_is_missing() -> None:
    found = diagnosed(finding("release"), finding("golden"))

    likely = suspect(found, "bad_release")
    assert likely.likely
    assert likely.evidence == (
        "golden is fail",
        "golden_previous is pass",
        "release is fail",
    )
    assert (likely.against, likely.missing) == ((), ())
    assert likely.move == "rollback"
    half = suspect(found, "bad_rollout")
    assert not half.likely
    assert half.evidence == ("golden is fail",)
    assert half.missing == ("mixed versions",)


def test_likely_suspects_come_first_and_those_without_evidence_are_not_told() -> None:
    found = diagnosed(finding("nulls"), finding("release"))

    assert [one.likely for one in found.suspects] == sorted(
        (one.likely for one in found.suspects), reverse=True
    )
    assert all(one.evidence for one in found.suspects)
    assert "cold_start" not in {one.mode for one in found.suspects}


@pytest.mark.parametrize("kind", sorted(VITAL))
def test_while_something_vital_is_not_known_a_service_is_not_well(kind: FindingKind) -> None:
    found = diagnosed(finding(kind, "inconclusive"))

    assert (found.verdict, found.top) == ("inconclusive", None)


def test_what_is_not_vital_may_be_unknown() -> None:
    found = diagnosed(finding("quality", "inconclusive"))

    assert found.verdict == "pass"
    assert "as far as is known yet" in found.said


def test_where_all_is_vital_anything_unknown_is_inconclusive() -> None:
    found = diagnose([finding("quality", "inconclusive")], (), ONSET, MODES, vital=None)

    assert found.verdict == "inconclusive"


def test_nothing_looked_at_is_inconclusive_and_never_a_pass() -> None:
    assert diagnose([], (), ONSET, MODES).verdict == "inconclusive"
    assert diagnose([], (), ONSET, MODES, vital=None).verdict == "inconclusive"


def test_one_bad_replica_is_not_everywhere() -> None:
    alone = [finding("error_ratio_replica", replica="eu-1"), finding("error_ratio_own", "pass")]

    known = signs([finding("error_ratio"), *alone])

    assert (known["errors_on_one"], known["errors_everywhere"]) == ("fail", "pass")


def test_of_several_findings_of_a_sort_the_worst_counts() -> None:
    found: Sequence[Finding] = [
        finding("nulls", "pass"),
        finding("nulls", "fail"),
        finding("nulls", "inconclusive"),
    ]

    assert signs(found)["nulls_up"] == "fail"
    assert signs([found[0], found[2]])["nulls_up"] == "inconclusive"


@pytest.mark.parametrize(
    ("previous", "well_then"),
    [("pass", "fail"), ("fail", "pass"), ("inconclusive", "inconclusive")],
)
def test_that_the_old_version_is_well_is_a_sign_of_its_own(
    previous: VerdictWord, well_then: VerdictWord
) -> None:
    assert signs([finding("golden_previous", previous)])["golden_previous_ok"] == well_then


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_no_retrain_is_suggested_while_an_input_check_fails_or_cannot_tell(
    kind: FindingKind, verdict: VerdictWord
) -> None:
    found = diagnosed(finding("quality"), finding(kind, verdict))

    assert not any(one.likely and one.move == "retrain" for one in found.suspects)


@pytest.mark.parametrize("unread", [INPUTS, ("nulls",), ("volume",), ("freshness",)])
def test_no_retrain_is_suggested_while_inputs_were_not_looked_at(
    unread: tuple[FindingKind, ...],
) -> None:
    found = diagnose([finding("quality"), *well("quality", *unread)], (), ONSET, MODES)

    assert not any(one.likely and one.move == "retrain" for one in found.suspects)


@given(findings, st.lists(st.sampled_from(INPUTS)))
def test_a_retrain_is_only_ever_likely_when_every_input_check_passed(
    found: list[Finding], passed: list[FindingKind]
) -> None:
    found = [*found, finding("quality"), *(finding(kind, "pass") for kind in passed)]

    diagnosis = diagnose(found, (), ONSET, MODES)

    if any(one.likely and one.move == "retrain" for one in diagnosis.suspects):
        assert all(one.verdict == "pass" for one in found if one.kind in INPUTS)
        assert {"nulls", "volume", "freshness"} <= {one.kind for one in found}


@given(findings)
def test_there_is_a_top_suspect_exactly_when_the_verdict_is_fail(found: list[Finding]) -> None:
    diagnosis = diagnose(found, (), ONSET, MODES)

    assert (diagnosis.verdict == "fail") == (diagnosis.top is not None)
    if diagnosis.top is not None:
        first = diagnosis.suspects[0]
        assert (first.mode, first.likely) == (diagnosis.top, True)
        assert first.evidence
        assert not first.against


@given(findings)
def test_what_is_not_known_never_makes_a_suspect(found: list[Finding]) -> None:
    unknown = [
        Finding(kind=one.kind, verdict="inconclusive", said=one.said, replica=one.replica)
        for one in found
    ]

    diagnosis = diagnose(unknown, (), ONSET, MODES)

    assert diagnosis.top is None
    assert not any(one.likely for one in diagnosis.suspects)


@given(findings)
def test_a_pass_needs_every_vital_finding_to_be_known_and_none_to_fail(
    found: list[Finding],
) -> None:
    diagnosis = diagnose(found, (), ONSET, MODES)

    if diagnosis.verdict == "pass":
        assert not [one for one in found if one.verdict == "fail" and one.kind not in HAPPENED]
        assert not [one for one in found if one.verdict == "inconclusive" and one.kind in VITAL]


def mutations(found: Sequence[Finding]) -> set[str]:
    """Return the modes that are likely, and whose move changes something."""
    suspects = diagnose(found, (), ONSET, MODES).suspects
    return {one.mode for one in suspects if one.likely and one.move in MUTATING}


def lost(found: Sequence[Finding], kinds: set[FindingKind], unread: set[int]) -> list[Finding]:
    """Return findings without those of some kinds, and some of the others unknown."""
    return [
        replace(one, verdict="inconclusive") if at in unread else one
        for at, one in enumerate(found)
        if one.kind not in kinds
    ]


ANY = st.builds(
    lambda some, kinds: [*well(*kinds), *some],
    findings,
    st.sets(st.sampled_from(KINDS), max_size=6),
)


@settings(max_examples=400)
@given(findings | ANY, st.sets(st.sampled_from(KINDS)), st.sets(st.integers(0, 60)))
def test_losing_a_signal_never_turns_an_abstention_into_a_mutation(
    found: list[Finding], kinds: set[FindingKind], unread: set[int]
) -> None:
    before = diagnose(found, (), ONSET, MODES)
    less = lost(found, kinds, unread)

    after = diagnose(less, (), ONSET, MODES)

    assert mutations(found) or not mutations(less)
    top = next((one for one in before.suspects if one.mode == before.top), None)
    if top is None or top.move in WAITING:
        assert not any(one.mode == after.top and one.move in MUTATING for one in after.suspects)


def test_each_sign_that_is_lost_alone_changes_no_abstention_into_a_mutation() -> None:
    for shown, _ in SIGNS:
        rest = well(*(one.kind for one in shown))
        whole = [*rest, *shown]
        for kind in KINDS:
            less = lost(whole, {kind}, set())
            assert mutations(whole) or not mutations(less), (shown, kind)


@given(findings | ANY, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[Finding], chance: Random) -> None:
    other = chance.sample(found, len(found))

    assert diagnose(other, (), ONSET, MODES) == diagnose(found, (), ONSET, MODES)
