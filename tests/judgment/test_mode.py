"""The table of failure modes: each is reachable, none contradicts itself, and order is rank."""

from __future__ import annotations

from typing import get_args

import pytest

from mlrespond.judgment.mode import MODE_NAMES, MODES, Mode, Move, Signal

RANK = {mode.name: at for at, mode in enumerate(MODES)}


def signs(mode: Mode) -> set[Signal]:
    return {*mode.every, *mode.any_of}


def test_names_are_unique_and_small() -> None:
    assert len(set(MODE_NAMES)) == len(MODES)
    assert all(name == name.lower() and name.isidentifier() for name in MODE_NAMES)


@pytest.mark.parametrize("mode", MODES, ids=MODE_NAMES)
def test_a_mode_has_signs_and_none_of_them_speaks_against_it(mode: Mode) -> None:
    assert signs(mode)
    assert not signs(mode) & {*mode.none_of, *mode.normal}


@pytest.mark.parametrize("mode", MODES, ids=MODE_NAMES)
def test_a_mode_speaks_of_known_signals_and_moves(mode: Mode) -> None:
    assert signs(mode) | {*mode.none_of, *mode.normal} <= set(get_args(Signal))
    assert mode.move in get_args(Move)


def test_no_mode_is_hidden_behind_one_of_higher_rank_with_the_same_signs() -> None:
    for later, mode in enumerate(MODES):
        for earlier in MODES[:later]:
            weaker = set(earlier.every) <= set(mode.every) and not earlier.any_of
            assert not weaker or earlier.none_of or earlier.normal, (earlier.name, mode.name)


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
        assert mode.move != "rollback" or {"release", "mixed_versions"} & {*mode.every}
