"""Failure modes that a team writes: each mistake at its place, and the table that comes of them."""

from __future__ import annotations

import pytest

from mlrespond.authoring.diagnostic import InvalidFileError
from mlrespond.authoring.lint import Files, lint, project_of
from mlrespond.authoring.mode import load_modes
from mlrespond.bootstrap.authored import vocabulary

SERVICE = b"""services:
  scorer:
    owner: ml
    serving: {kind: open_inference, model: m, replicas: [{name: a, url: "http://127.0.0.1:1"}]}
    objectives:
      quota: {kind: value, query: up, max: 1, tells: quota_spent}
teams: {ml: {members: [ana]}}
people: {ana: {}}
"""
GOOD = b"""modes:
  quota:
    title: the quota is spent
    move: switch
    before: bad_release
    ways: [{every: [quota_spent], none_of: [mixed_versions]}]
"""
BAD = b"""modes:
  quota:
    title: the quota is spent
    move: swich
    before: bad_relase
    ways: [{every: [quota_spend]}, {none_of: [mixed_versions]}]
"""


def told(modes: bytes) -> list[str]:
    project = (("mlir.yaml", SERVICE), ("modes.yaml", modes))
    found = lint(Files(project=project), vocabulary(project))
    return [f"{one.path}:{one.line}: {one.message}" for one in found]


def test_modes_of_a_team_are_checked_with_the_project() -> None:
    assert told(GOOD) == []


def test_every_mistake_in_a_mode_is_told_at_its_place() -> None:
    found = "\n".join(told(BAD))

    assert "modes.yaml:4:" in found
    assert "no mode `bad_relase`" in found
    assert "no sign `quota_spend`" in found
    assert "a way needs `every` or `any_of`" in found


def test_a_service_gets_the_modes_of_its_project() -> None:
    project = (("mlir.yaml", SERVICE), ("modes.yaml", GOOD))

    found = project_of(Files(project=project), vocabulary(project))

    assert list(found.services["scorer"].modes) == ["quota"]


def test_a_runbook_may_speak_of_a_mode_of_the_team() -> None:
    project = (("mlir.yaml", SERVICE), ("modes.yaml", GOOD))

    assert "quota" in vocabulary(project).modes
    assert "quota" not in vocabulary().modes


def test_a_file_of_modes_that_is_broken_is_refused_with_its_places() -> None:
    with pytest.raises(InvalidFileError) as caught:
        load_modes("modes.yaml", b"modes: {quota: {title: x, move: switch, ways: []}}")

    assert "modes.yaml:1" in caught.value.message
