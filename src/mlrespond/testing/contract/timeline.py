"""What every timeline must do. Subclass, and define the fixture `timeline`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import pytest

from mlrespond.errors import (
    AlreadySettledError,
    ConflictError,
    FencedError,
    NotRecordedError,
    RefusedAppendError,
)
from mlrespond.model.event import GENESIS, Actor, Draft, Evidence, header, header_hash
from mlrespond.model.json import Json
from mlrespond.ports.timeline import Filter, History, Outlines, Timeline

AT = datetime(2026, 11, 22, 3, 12, 7, tzinfo=UTC)
STREAM = "incident:INC-1"


class Subject(Timeline, History, Outlines, Protocol):
    """What is under test."""


def note(text: str = "hello", stream: str = STREAM, **fields: object) -> Draft:
    """Return the draft of a person's note."""
    known: dict[str, object] = {"source": "person", "actor": Actor("ana", "os"), **fields}
    return Draft(
        stream=stream,
        kind="note_added",
        summary=text,
        data={"text": text},
        occurred_at=AT,
        **known,  # type: ignore[arg-type]  # fields of Draft
    )


def of_run(epoch: int, kind: str = "step_finished", **fields: object) -> Draft:
    """Return the draft of a run's event."""
    return Draft(
        stream=STREAM,
        kind=kind,
        summary=kind,
        data={},
        occurred_at=AT,
        run="INC-1.1",
        epoch=epoch,
        incident="INC-1",
        **fields,  # type: ignore[arg-type]  # fields of Draft
    )


class TimelineContract:
    """The laws of TIMELINE.md, as far as any store must keep them."""

    def test_events_stand_in_their_stream_in_order(self, timeline: Subject) -> None:
        timeline.append([note("one"), note("two")])
        timeline.append([note("elsewhere", "service:fraud"), note("three")])

        events = timeline.read(STREAM)

        assert [event.summary for event in events] == ["one", "two", "three"]
        assert [event.seq for event in events] == [1, 2, 3]
        assert [event.seq for event in timeline.read(STREAM, after=2)] == [3]

    def test_following_sees_all_streams_in_commit_order_without_gaps(
        self, timeline: Subject
    ) -> None:
        timeline.append([note("one"), note("two", "service:fraud"), note("three")])

        assert [event.pos for event in timeline.follow(0)] == [1, 2, 3]
        assert [event.summary for event in timeline.follow(1, limit=1)] == ["two"]

    def test_every_event_links_to_the_one_before_it(self, timeline: Subject) -> None:
        timeline.append([note("one"), note("two")])

        first, second = timeline.read(STREAM)

        assert first.prev_hash == GENESIS
        assert second.prev_hash == first.hash
        assert header_hash(header(second)) == second.hash

    def test_what_was_written_is_what_is_read(self, timeline: Subject) -> None:
        draft = note("naïve ☂", incident="INC-1", precision="approx")

        (written,) = timeline.append([draft])
        (read,) = timeline.read(STREAM)

        assert read == written
        assert (read.summary, read.data) == ("naïve ☂", {"text": "naïve ☂"})
        assert (read.occurred_at, read.precision, read.actor.handle) == (AT, "approx", "ana")

    def test_a_decision_on_an_old_fold_is_refused(self, timeline: Subject) -> None:
        timeline.append([note("one")])

        with pytest.raises(ConflictError):
            timeline.append([note("decided")], expect={STREAM: 0})

        assert len(timeline.read(STREAM)) == 1

    def test_a_decision_on_the_newest_fold_is_taken(self, timeline: Subject) -> None:
        timeline.append([note("one")])

        timeline.append([note("decided")], expect={STREAM: 1, "resource:x": 0})

        assert len(timeline.read(STREAM)) == 2

    def test_a_fact_is_never_refused_for_its_place(self, timeline: Subject) -> None:
        timeline.append([note("one")])
        timeline.append([note("two")])

        assert len(timeline.read(STREAM)) == 2

    def test_all_drafts_are_written_or_none(self, timeline: Subject) -> None:
        timeline.append([note("settled", once="k")])

        with pytest.raises(AlreadySettledError):
            timeline.append([note("a"), note("b", once="k")])

        assert [event.summary for event in timeline.read(STREAM)] == ["settled"]

    def test_once_is_once_in_all_streams(self, timeline: Subject) -> None:
        timeline.append([note("first", once="alert:1")])

        with pytest.raises(AlreadySettledError):
            timeline.append([note("second", "incident:INC-2", once="alert:1")])

    def test_a_claim_raises_the_epoch_by_one(self, timeline: Subject) -> None:
        timeline.append([of_run(0, "run_requested")])
        timeline.append([of_run(1, "run_claimed")])

        with pytest.raises(FencedError):
            timeline.append([of_run(3, "run_claimed")])

        timeline.append([of_run(2, "run_claimed")])
        assert [event.epoch for event in timeline.read(STREAM)] == [0, 1, 2]

    def test_an_older_epoch_is_fenced(self, timeline: Subject) -> None:
        timeline.append([of_run(0, "run_requested"), of_run(1, "run_claimed")])
        timeline.append([of_run(2, "run_claimed")])

        with pytest.raises(FencedError):
            timeline.append([of_run(1)])

    def test_a_late_event_of_an_older_epoch_is_taken_as_late(self, timeline: Subject) -> None:
        timeline.append([of_run(0, "run_requested"), of_run(1, "run_claimed")])
        timeline.append([of_run(2, "run_claimed")])

        (event,) = timeline.append([of_run(1, late=True)])

        assert event.late
        timeline.append([of_run(2)])

    def test_a_person_is_corrected_once_and_only_in_the_same_stream(
        self, timeline: Subject
    ) -> None:
        (first,) = timeline.append([note("at 3:15")])

        timeline.append([note("at 3:25", supersedes=first.id)])

        with pytest.raises(AlreadySettledError):
            timeline.append([note("at 3:35", supersedes=first.id)])
        (other,) = timeline.append([note("x")])
        with pytest.raises(RefusedAppendError):
            timeline.append([note("y", "service:fraud", supersedes=other.id)])

    def test_the_engines_events_are_not_corrected(self, timeline: Subject) -> None:
        (event,) = timeline.append([note("x", source="engine")])

        with pytest.raises(RefusedAppendError):
            timeline.append([note("y", supersedes=event.id)])

    def test_evidence_is_kept_under_its_digest(self, timeline: Subject) -> None:
        piece = Evidence("application/json", "reading", b'{"n": 1}' * 200)

        (event,) = timeline.append([note(evidence={"reply": piece})])

        assert event.evidence == {"reply": piece.digest}
        assert timeline.evidence(piece.digest) == piece.content

    def test_the_same_evidence_twice_is_one(self, timeline: Subject) -> None:
        piece = Evidence("text/plain", "document", b"same")

        timeline.append([note(evidence={"a": piece}), note(evidence={"b": piece})])

        assert timeline.evidence(piece.digest) == b"same"

    def test_unknown_evidence_is_not_recorded(self, timeline: Subject) -> None:
        with pytest.raises(NotRecordedError):
            timeline.evidence("0" * 64)

    def test_events_are_found_by_what_they_are(self, timeline: Subject) -> None:
        timeline.append([note("one", incident="INC-1"), note("two", incident="INC-2")])
        timeline.append([of_run(0, "run_requested")])

        assert [e.summary for e in timeline.find(Filter(incident="INC-2"))] == ["two"]
        assert [e.kind for e in timeline.find(Filter(run="INC-1.1"))] == ["run_requested"]
        assert [e.summary for e in timeline.find(Filter(kinds=("note_added",), last=1))] == ["two"]
        assert timeline.find(Filter(once="nothing")) == ()

    def test_words_are_searched_in_summary_and_data(self, timeline: Subject) -> None:
        timeline.append([note("rolled back fraud"), note("retrained churn")])

        assert [e.summary for e in timeline.search("fraud")] == ["rolled back fraud"]
        timeline.append([note("fraud again")])
        assert len(timeline.search("fraud")) == 2
        assert timeline.search('"') == ()

    def test_a_run_is_active_until_it_ended(self, timeline: Subject) -> None:
        timeline.append([of_run(0, "run_requested"), of_run(1, "run_claimed")])

        assert timeline.active_runs() == (("INC-1", "INC-1.1"),)
        timeline.append([of_run(1, "run_ended")])
        assert timeline.active_runs() == ()

    def test_an_end_that_came_late_ends_no_run(self, timeline: Subject) -> None:
        timeline.append([of_run(0, "run_requested"), of_run(1, "run_claimed")])
        timeline.append([of_run(2, "run_claimed"), of_run(1, "run_ended", late=True)])

        assert timeline.active_runs() == (("INC-1", "INC-1.1"),)

    def test_outlines_are_the_events_without_their_large_parts(self, timeline: Subject) -> None:
        runbook = {"name": "back", "steps": ["many"]}
        requested = replace(
            note(stream="incident:INC-2"),
            kind="run_requested",
            data={"service": "fraud", "runbook": runbook, "definition": {"x": 1}},
        )
        suspects: list[Json] = [{"mode": "bad_release", "likely": True}]
        finished = replace(
            note(), kind="step_finished", data={"yields": {"suspects": suspects, "more": [1]}}
        )
        empty = replace(note(), kind="step_finished", data={"outcome": "ok", "yields": {}})
        timeline.append([requested, note("one"), finished, empty, note("x", "service:a")])

        streams = ["incident:INC-2", "incident:INC-1", "incident:INC-1", "incident:none"]
        found = timeline.outlines(streams, ["note_added", "run_requested", "step_finished"])

        assert [(one.stream, one.seq, one.data) for one in found] == [
            (STREAM, 1, {"text": "one"}),
            (STREAM, 2, {"yields": {"suspects": suspects}}),
            (STREAM, 3, {"outcome": "ok"}),
            ("incident:INC-2", 1, {"service": "fraud", "runbook": {"name": "back"}}),
        ]
        assert [one.id for one in timeline.outlines([STREAM], ["note_added"])] == [
            timeline.read(STREAM)[0].id
        ]

    def test_many_streams_are_outlined(self, timeline: Subject) -> None:
        names = [f"incident:INC-{n:04d}" for n in range(1200)]
        timeline.append([note(stream=one) for one in names])

        assert [one.stream for one in timeline.outlines(names, ["note_added"])] == names
