"""SIGKILL at every event boundary and round every effect: what is resumed ends the same."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.crash.scenes import SCENES
from tests.crash.sweep import Point, Tries
from tests.crash.swept import swept

WHOLE = ("own", "back")  # swept whole by `make test`; the others by `make test-long`
SPARSE = sorted(set(SCENES) - set(WHOLE))
EVERY = 13


def _wrong(points: Iterable[Point]) -> list[str]:
    return [f"{' then '.join(one.deaths)}: {'; '.join(one.wrong)}" for one in points if one.wrong]


def _undecided(points: Iterable[Point]) -> set[str]:
    return {one.deaths[0] for one in points if one.undecided}


@pytest.mark.parametrize("scene", WHOLE)
def test_a_run_killed_at_any_point_ends_as_if_it_had_not_been(scene: str) -> None:
    points = swept(scene)

    assert _wrong(points) == []
    assert all(len(one.deaths) == 1 for one in points)
    assert _undecided(points) == SCENES[scene].undecided


@pytest.mark.parametrize("scene", SPARSE)
def test_a_run_killed_at_some_points_ends_as_if_it_had_not_been(scene: str) -> None:
    points = swept(scene, Tries(first=5, step=EVERY))

    assert len(points) >= 3
    assert _wrong(points) == []
    assert _undecided(points) <= SCENES[scene].undecided


@pytest.mark.long
@pytest.mark.parametrize("scene", SPARSE)
def test_every_scene_killed_at_any_point_ends_as_if_it_had_not_been(scene: str) -> None:
    points = swept(scene)

    assert _wrong(points) == []
    assert all(len(one.deaths) == 1 for one in points)
    assert _undecided(points) == SCENES[scene].undecided


@pytest.mark.parametrize("scene", ["moves", "own"])
def test_a_run_killed_again_while_it_is_resumed_still_ends_well(scene: str) -> None:
    points = swept(scene, Tries(first=3, step=EVERY, twice=1))

    assert _wrong(points) == []
    assert any(len(one.deaths) == 2 for one in points)


@pytest.mark.long
@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_scene_killed_twice_still_ends_well(scene: str) -> None:
    points = swept(scene, Tries(step=3, twice=2))

    assert _wrong(points) == []
    assert sum(len(one.deaths) == 2 for one in points) > len(points) / 2


def test_a_run_goes_on_where_nobody_can_prove_that_the_dead_are_dead() -> None:
    points = swept("own", Tries(first=2, step=4, afar=True))

    assert _wrong(points) == []
    assert _undecided(points) <= SCENES["own"].undecided


@pytest.mark.long
@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_scene_goes_on_where_nobody_can_prove_that_the_dead_are_dead(scene: str) -> None:
    points = swept(scene, Tries(step=3, afar=True))

    assert _wrong(points) == []
    assert _undecided(points) <= SCENES[scene].undecided
