"""What does not fit together: notes and parts held against the records, and what is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rig import ANA, Rig
from tests.usecases.plain import ONSET, plain, released, run

from mlrespond.usecases.note import note
from mlrespond.usecases.postmortem import gather
from mlrespond.usecases.postmortem.doubt import Doubt, doubts
from mlrespond.usecases.postmortem.person import hide


@pytest.fixture
def here() -> Rig:
    """A bad release that was rolled back from 3 to 2."""
    rig = plain(released(), bad=True)
    run(rig, "bad-release", "back")
    return rig


def found(here: Rig, human: dict[str, str] | None = None) -> list[Doubt]:
    return list(doubts(gather(here.app.store, "INC-0001"), human or {}))


def contradictions(here: Rig, human: dict[str, str] | None = None) -> list[str]:
    return [one.said for one in found(here, human) if one.kind == "contradiction"]


def test_records_alone_do_not_contradict_each_other(here: Rig) -> None:
    assert contradictions(here) == []
    gaps = [one.said for one in found(here)]
    assert "acknowledged is not recorded" in gaps
    assert "nobody counted whom a bad version reached: mlir blast INC-0001" in gaps


@pytest.mark.parametrize(
    ("text", "after", "said"),
    [
        ("users complained", timedelta(minutes=-5), "before impact started"),
        ("rolled back to 7", timedelta(minutes=1), "`rolled back to 7`; versions known"),
        ("all is resolved", timedelta(seconds=10), "says `resolved` at"),
    ],
)
def test_a_note_that_cannot_be_so_is_named(
    text: str, after: timedelta, said: str, here: Rig
) -> None:
    noted = note(here.app.store, "INC-0001", text, actor=ANA, at=ONSET + after)

    (one,) = [one for one in found(here) if one.kind == "contradiction"]

    assert said in one.said
    assert one.refs == (f"e{noted.seq}",)


@pytest.mark.parametrize(
    "text", ["rolled back to version 2", "not resolved yet", "serving 3 on eu-1", "we looked"]
)
def test_a_note_that_can_be_so_is_not(text: str, here: Rig) -> None:
    note(here.app.store, "INC-0001", text, actor=ANA, at=ONSET + timedelta(seconds=30))

    assert contradictions(here) == []


def test_a_corrected_note_contradicts_nothing(here: Rig) -> None:
    at = ONSET + timedelta(minutes=1)
    wrong = note(here.app.store, "INC-0001", "rolled back to 7", actor=ANA, at=at)
    note(here.app.store, "INC-0001", "rolled back to 2", actor=ANA, at=at, supersedes=wrong.id)

    assert contradictions(here) == []


def test_a_part_that_tells_of_another_time_is_named(here: Rig) -> None:
    onset, never = f"{ONSET:%H:%M}", f"{ONSET - timedelta(hours=7):%H:%M}"

    assert contradictions(here, {"summary": f"It began at {onset}."}) == []
    assert contradictions(here, {"summary": f"It began at {never}."}) == [
        f"part summary tells of {never}, a time at which nothing is recorded"
    ]


def test_people_get_roles_for_names_and_a_root_cause_stays_one(here: Rig) -> None:
    names = gather(here.app.store, "INC-0001").pseudonyms

    assert names == {"ana": "approver"}
    assert hide("ana asked @ana, not banana", names) == "approver asked approver, not banana"
    assert hide("root saw the root cause", {"root": "scribe"}) == "scribe saw the root cause"
