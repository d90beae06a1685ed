"""Every field that a team may write, and every kind of event, says what it is."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from mlrespond.adapters.table import ADAPTERS, config_class
from mlrespond.authoring.body import UseBody
from mlrespond.model.authored import Authored
from mlrespond.model.finding import FAILED_MEANS, FindingKind
from mlrespond.model.kinds import KINDS
from mlrespond.model.meaning import meaning, names
from mlrespond.model.runbook import Playbook, RunbookHead, StepHead
from mlrespond.model.service import Project
from mlrespond.verbs.table import VERBS, Table


def _loaded() -> list[type[Authored]]:
    """Return every authored model there is, all verbs and adapters loaded."""
    assert all((UseBody, Playbook, RunbookHead, StepHead, Project))
    for verb in VERBS:
        assert Table().shape(verb)
    for port, kinds in ADAPTERS.items():
        assert all(config_class(port, kind) for kind in kinds)
    return sorted(_below(Authored), key=lambda one: f"{one.__module__}.{one.__name__}")


def _below(model: type[Authored]) -> set[type[Authored]]:
    shipped = [one for one in model.__subclasses__() if one.__module__.startswith("mlrespond.")]
    return {*shipped, *(found for one in shipped for found in _below(one))}


@pytest.mark.parametrize("model", _loaded(), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_model_and_its_fields_say_what_they_are(model: type[Authored]) -> None:
    missing = [name for name, field in model.model_fields.items() if not field.description]

    assert model.__doc__
    assert not missing


def test_models_of_every_floor_are_looked_at() -> None:
    floors = {one.__module__.split(".")[1] for one in _loaded()}

    assert floors == {"adapters", "authoring", "model", "verbs"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kind_says_what_it_is(kind: str) -> None:
    assert KINDS[kind].__doc__
    assert not (KINDS[kind].__doc__ or "").startswith(f"{KINDS[kind].__name__}(")


def test_every_kind_of_finding_says_when_it_fails() -> None:
    assert set(FAILED_MEANS) == set(get_args(FindingKind))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_fields_of_a_kind_say_what_they_mean(kind: str) -> None:
    assert all(meaning(kind, field.name) for field in dataclasses.fields(KINDS[kind]))


def test_no_meaning_is_left_over() -> None:
    fields = {(kind, one.name) for kind, cls in KINDS.items() for one in dataclasses.fields(cls)}
    used = {name for _, name in fields} | {f"{kind}.{name}" for kind, name in fields}

    assert names() <= used
