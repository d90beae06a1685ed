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
from mlrespond.model.incident_kind import PinLayer
from mlrespond.model.kinds import draft
from mlrespond.model.layer import MILESTONES, ROUTINE
from mlrespond.model.run_kind import StepFinished
from mlrespond.render.timeline import Look, in_order, line, lines
from mlrespond.testing.clock import START, CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.note import note
from mlrespond.usecases.pin import pin

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
        == "2026-11-22T03:15:07Z   #1    note_added            it is the feature store  [ana]"
    )


def test_the_engines_word_names_the_step() -> None:
    assert line(finished("ok")).endswith("   #1    step_finished         back: roll back: ok")


def test_a_line_can_name_its_incident() -> None:
    assert line(noted(), Look(named=True)).startswith(
        "2026-11-22T03:15:07Z INC-0001   #1    note_added"
    )


@pytest.mark.parametrize(
    ("changed", "mark", "remark"),
    [
        ({"kind": "incident_mitigated"}, "*", ""),
        ({"late": True}, "!", "  (late: by a process that no longer drives the run)"),
        ({"precision": "approx"}, " ", "  (about)"),
        (
            {"recorded_at": AT + timedelta(minutes=9)},
            " ",
            "  (added 2026-11-22T03:24:07Z, 9m00s later)",
        ),
        (
            {"precision": "approx", "recorded_at": AT + timedelta(minutes=9), "late": True},
            "!",
            (
                "  (about; added 2026-11-22T03:24:07Z, 9m00s later;"
                " late: by a process that no longer drives the run)"
            ),
        ),
    ],
)
def test_what_is_odd_is_marked(changed: dict[str, object], mark: str, remark: str) -> None:
    found = line(replace(noted(), **changed))  # type: ignore[arg-type]  # fields of an event

    assert found[21] == mark
    assert found.endswith(f"[ana]{remark}")


def test_a_corrected_note_is_crossed() -> None:
    event = noted()

    (found,) = lines([event], corrected={event.id: 7})

    assert found[21] == "x"
    assert found.endswith("(corrected by #7)")
    assert "\x1b" not in found


def test_a_terminal_strikes_the_text_of_a_corrected_note_and_nothing_else() -> None:
    event = noted()

    (found,) = lines([event], Look(strikes=True), corrected={event.id: 7})

    assert "  \x1b[9mit is the feature store\x1b[29m  [ana]" in found


def test_a_pinned_event_is_marked() -> None:
    event = noted()

    (found,) = lines([event], pinned={event.id: True})

    assert found[21] == "+"


def test_times_are_told_with_their_zone() -> None:
    east = timezone(timedelta(hours=5, minutes=30))

    assert line(noted(), Look(zone=east)).startswith("2026-11-22T08:45:07+0530 ")


def test_both_clocks_are_told_in_the_same_zone() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    event = replace(noted(), recorded_at=AT + timedelta(hours=2))

    assert line(event, Look(zone=east)).endswith("(added 2026-11-22T10:45:07+0530, 2h00m later)")


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


def test_pins_move_events_between_the_layers_and_the_last_word_counts() -> None:
    timeline = MemoryTimeline(FixedClock(AT).now, CountingIds())
    said = note(timeline, "INC-0001", "it turned", actor=ANA, at=AT)

    def moved(to: PinLayer) -> list[str]:
        pin(timeline, said, to, actor=ANA, at=AT)
        return [one.summary for one in curated(timeline.read("incident:INC-0001"))]

    assert moved("routine") == []
    assert moved("curated") == ["it turned"]
    assert moved("routine") == []
    assert moved("by_kind") == ["it turned"]


@given(st.text(max_size=200))
def test_no_text_steers_a_terminal_or_starts_a_line(text: str) -> None:
    event = replace(noted(), summary=text, step=text)

    found = line(event)

    assert found.startswith("2026-11-22T03:15:07Z ")
    assert not any(char in found for char in "\x1b\x07\x08\r\x7f\u202e\u2028")
