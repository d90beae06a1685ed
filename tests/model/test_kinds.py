"""The set of kinds is closed; what lost its text or is from the future says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.engine.story import erased, recorded

from mlrespond.errors import RefusedAppendError
from mlrespond.model.incident_kind import NoteAdded, SeveritySet
from mlrespond.model.kind import Body, body_class
from mlrespond.model.kinds import KINDS, body, draft
from mlrespond.model.layer import MILESTONES, ROUTINE

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_every_kind_is_known_by_its_name() -> None:
    assert all(body_class(name) is cls and cls.kind == name for name, cls in KINDS.items())


def test_a_kind_that_nobody_knows_cannot_be_written() -> None:
    with pytest.raises(RefusedAppendError, match="run_dreamt"):
        body_class("run_dreamt")


def test_a_kind_that_a_newer_version_wrote_says_nothing() -> None:
    event = replace(recorded(NoteAdded(text="hm"), 1, AT), kind="run_dreamt")

    assert type(body(event)) is Body


def test_an_event_that_lost_its_text_says_nothing() -> None:
    assert type(body(erased(recorded(NoteAdded(text="hm"), 1, AT)))) is Body


def test_an_event_says_what_was_drafted() -> None:
    said = SeveritySet(severity="SEV1", before="SEV3", reason="it spreads")

    assert body(draft("incident:INC-1", said, AT)) == said
    assert body(recorded(said, 1, AT)) == said


def test_the_layers_that_start_without_the_kinds_are_those_of_the_kinds() -> None:
    assert {name for name, cls in KINDS.items() if cls.layer == "routine"} == ROUTINE
    assert {name for name, cls in KINDS.items() if cls.layer == "milestone"} == MILESTONES


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_kind_has_a_schema_that_would_need_an_upcast(name: str) -> None:
    assert KINDS[name].schema == 1  # the first release is still to come
