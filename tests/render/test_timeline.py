"""Lines of the timeline: time first, who last, and what is odd about an event beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rig import ANA

from mlrespond.engine.curate import curated
from mlrespond.model.event import Event
from mlrespond.model.kinds import draft
from mlrespond.model.layer import MILESTONES, ROUTINE
from mlrespond.model.run_kind import StepFinished
from mlrespond.render.timeline import in_order, line, lines
from mlrespond.testing.clock import START, CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.note import note

AT = datetime(2026, 11, 22, 3, 15, 7, tzinfo=UTC)


def noted(text: str = "it is the feature store", at: datetime = AT) -> Event:
    timeline = MemoryTimeline(FixedClock(AT).now, CountingIds())
    return note(timeline, "INC-0001", text, actor=ANA, at=at)


def finished(outcome: str) -> Event:
    timeline = MemoryTimeline(FixedClock().now, CountingIds())
    what = StepFinished(title="roll back", outcome=outcome)  # type: ignore[arg-type]  # an outcome
    said = draft("incident:INC-0001", what, START, incident="INC-0001", step="back")
    return timeline.append([said])[0]


def test_a_persons_word_names_the_person() -> None:
    assert (
        line(noted())
        == "2026-11-22T03:15:07Z   note_added            it is the feature store  [ana]"
    )


def test_the_engines_word_names_the_step() -> None:
    assert line(finished("ok")).endswith("   step_finished         back: roll back: ok")


def test_a_line_can_name_its_incident() -> None:
    assert line(noted(), named=True).startswith("2026-11-22T03:15:07Z INC-0001   note_added")


@pytest.mark.parametrize(
    ("changed", "mark", "remark"),
    [
        ({"kind": "incident_mitigated"}, "*", ""),
        ({"late": True}, "!", "  (late: by a process that no longer drives the run)"),
        ({"precision": "approx"}, " ", "  (about)"),
        (
            {"recorded_at": AT + timedelta(minutes=9)},
            " ",
            "  (added 03:24:07Z)",
        ),
        (
            {"precision": "approx", "recorded_at": AT + timedelta(minutes=9), "late": True},
            "!",
            "  (about; added 03:24:07Z; late: by a process that no longer drives the run)",
        ),
    ],
)
def test_what_is_odd_is_marked(changed: dict[str, object], mark: str, remark: str) -> None:
    found = line(replace(noted(), **changed))  # type: ignore[arg-type]  # fields of an event

    assert found[21] == mark
    assert found.endswith(f"[ana]{remark}")


def test_a_corrected_note_is_crossed() -> None:
    event = noted()

    (found,) = lines([event], corrected=frozenset({event.id}))

    assert found[21] == "x"
    assert found.endswith("(corrected later)")


def test_times_are_told_with_their_zone() -> None:
    east = timezone(timedelta(hours=5, minutes=30))

    assert line(noted(), zone=east).startswith("2026-11-22T08:45:07+0530 ")


def test_late_additions_stand_where_they_belong() -> None:
    timeline = MemoryTimeline(FixedClock(AT).now, CountingIds())
    for text, minutes in (("now", 0), ("before", 10), ("long before", 20)):
        at = AT - timedelta(minutes=minutes)
        note(timeline, "INC-0001", text, actor=ANA, at=at)

    found = in_order(timeline.read("incident:INC-0001"))

    assert [event.summary for event in found] == ["long before", "before", "now"]


def test_routine_and_skipped_steps_are_left_out_unasked() -> None:
    shown = [noted(), finished("ok"), finished("denied")]
    hidden = [finished("skipped"), *(replace(noted(), kind=kind) for kind in sorted(ROUTINE))]

    assert curated([*shown, *hidden]) == shown
    assert ROUTINE.isdisjoint(MILESTONES)


@given(st.text(max_size=200))
def test_no_text_steers_a_terminal_or_starts_a_line(text: str) -> None:
    event = replace(noted(), summary=text, step=text)

    found = line(event)

    assert found.startswith("2026-11-22T03:15:07Z ")
    assert not any(char in found for char in "\x1b\x07\x08\r\x7f\u202e\u2028")
