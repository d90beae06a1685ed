"""The table of failure modes that ships: each is reachable, none contradicts itself."""

from __future__ import annotations

import pytest

from mlrespond.bootstrap.authored import shipped_modes
from mlrespond.judgment.sign import known_signs
from mlrespond.model.mode import MUTATING, Mode, Way, extended

MODES = shipped_modes()
NAMES = tuple(mode.name for mode in MODES)
RANK = {mode.name: at for at, mode in enumerate(MODES)}


@pytest.mark.parametrize("mode", MODES, ids=NAMES)
def test_a_way_has_signs_and_none_of_them_speaks_against_it(mode: Mode) -> None:
    for way in mode.ways:
        assert {*way.every, *way.any_of}
        assert not {*way.every, *way.any_of} & {*way.none_of, *way.unless}
        assert set(way.signs) <= set(known_signs())


def test_what_only_waits_or_pages_comes_after_all_that_mends_but_a_retrain() -> None:
    quiet = [RANK[mode.name] for mode in MODES if mode.waits]
    mending = [RANK[mode.name] for mode in MODES if mode.move in MUTATING - {"retrain"}]

    assert max(mending) < min(quiet)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("partial_rollout", "bad_release"),
        ("bad_release", "null_surge"),
        ("unit_change", "null_surge"),
        ("null_surge", "latency_regression"),
        ("replica_fault", "serving_errors"),
        ("dependency_incident", "traffic_change"),
        ("label_delay", "concept_drift"),
    ],
)
def test_what_is_cheap_to_undo_and_likelier_comes_first(first: str, second: str) -> None:
    assert RANK[first] < RANK[second]


def test_a_retrain_is_the_last_thing_to_think_of() -> None:
    retrain = [mode.name for mode in MODES if mode.move == "retrain"]

    assert retrain == ["concept_drift"]
    assert MODES[-1].name == "concept_drift"


def test_only_a_release_is_rolled_back() -> None:
    for mode in MODES:
        for way in mode.ways:
            released = {"release", "release_in_doubt", "mixed_versions"} & {*way.every}
            assert mode.move != "rollback" or released


def made(name: str, before: str | None = None) -> Mode:
    return Mode(
        name=name, title=name, move="switch", ways=(Way(every=("cost_up",)),), before=before
    )


def test_a_mode_of_a_team_goes_where_it_says_and_else_before_the_last() -> None:
    table = extended(MODES, (made("own", before="bad_release"), made("other")))

    names = [one.name for one in table]
    assert names.index("own") == names.index("bad_release") - 1
    assert names[-2:] == ["other", "concept_drift"]


def test_a_mode_of_the_same_name_takes_the_place_of_one_that_ships() -> None:
    table = extended(MODES, (made("null_surge"),))

    assert [one.name for one in table] == list(NAMES)
    assert table[RANK["null_surge"]].title == "null_surge"
