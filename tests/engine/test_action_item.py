"""Action items are folded from their events, and seeded by what went wrong."""

from __future__ import annotations

from datetime import timedelta

from tests.engine.story import ANA, START, erased, recorded

from mlrespond.engine.action_item import fold_items, seeds
from mlrespond.model.action_item_kind import ActionItemAdded, ActionItemChanged, ActionItemClosed
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import IncidentMitigated, IncidentResolved, NoteAdded
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import (
    AttemptFailed,
    QuestionAnswered,
    QuestionAsked,
    QuestionExpired,
    QuestionSort,
    StepFinished,
)


def stream(*said: Body) -> list[Event]:
    return [
        recorded(what, seq, START + timedelta(minutes=seq), source="person", actor=ANA, step="back")
        for seq, what in enumerate(said, 1)
    ]


def texts(*said: Body) -> list[tuple[str, str]]:
    return [(one.sort, one.text) for one in seeds(stream(*said))]


def asked(sort: QuestionSort) -> QuestionAsked:
    return QuestionAsked(question=f"q:{sort}", sort=sort, text="go on?", choices=())


def answered(sort: QuestionSort, choice: str) -> QuestionAnswered:
    return QuestionAnswered(question=f"q:{sort}", choice=choice, via="terminal")


def test_an_item_is_what_was_last_said_of_it() -> None:
    (item,) = fold_items(
        stream(
            ActionItemAdded(item="A1", text="page on nulls", sort="detect", owner="ana"),
            ActionItemChanged(item="A1", owner="ben"),
            ActionItemChanged(item="A1", due="2026-12-01", text="page on many nulls"),
            ActionItemClosed(item="A1", outcome="done", reason="it stands"),
        )
    )

    assert (item.owner, item.due, item.text) == ("ben", "2026-12-01", "page on many nulls")
    assert (item.status, item.reason, item.sort) == ("done", "it stands", "detect")
    assert item.seq == 1
    assert item.closed_at == START + timedelta(minutes=4)


def test_two_that_were_named_alike_are_told_apart_by_what_added_them() -> None:
    ours, theirs = stream(
        ActionItemAdded(item="A1", text="page on nulls"),
        ActionItemAdded(item="A1", text="page on nulls"),
    )
    closed = recorded(ActionItemClosed(item="A1", outcome="done", added=theirs.id), 3, START)

    first, second = fold_items([ours, theirs, closed])

    assert (first.id, first.item, first.status) == (ours.id, "A1", "open")
    assert (second.id, second.item, second.status) == (theirs.id, "A1b", "done")


def test_an_empty_owner_is_nobody() -> None:
    (item,) = fold_items(
        stream(
            ActionItemAdded(item="A1", text="t", owner="ana"),
            ActionItemChanged(item="A1", owner=""),
        )
    )

    assert item.owner == ""


def test_what_is_said_of_an_erased_item_is_passed_over() -> None:
    added, changed = stream(
        ActionItemAdded(item="A1", text="t"), ActionItemChanged(item="A1", owner="ben")
    )

    assert fold_items([erased(added), changed]) == ()


def test_an_item_is_overdue_after_its_day_while_it_is_open() -> None:
    added = ActionItemAdded(item="A1", text="t", due=f"{START:%Y-%m-%d}")
    closed = ActionItemClosed(item="A1", outcome="dropped", reason="r")
    (item,) = fold_items(stream(added))
    (over,) = fold_items(stream(added, closed))

    assert not item.overdue(START)
    assert item.overdue(START + timedelta(days=1))
    assert not over.overdue(START + timedelta(days=1))


def test_notes_failures_timeouts_and_overrides_are_seeds() -> None:
    assert texts(
        NoteAdded(text="all is well"),
        NoteAdded(text="TODO: why did nobody page?"),
        StepFinished(title="t", outcome="failed"),
        StepFinished(title="t", outcome="ok"),
        AttemptFailed(phase="look", code="c", message="m", timed_out=True),
        AttemptFailed(phase="look", code="c", message="m"),
        QuestionExpired(question="q", otherwise="stop"),
        asked("inconclusive"),
        answered("inconclusive", "continue"),
        asked("approval"),
        answered("approval", "approve"),
        IncidentMitigated(criterion="it looks well"),
        IncidentResolved(kept=("switch: rules",)),
    ) == [
        ("note", "why did nobody page?"),
        ("failed step", "step back ended as failed"),
        ("timeout", "step back took too long: look"),
        ("timeout", "nobody answered a question of step back in time"),
        ("override", "a person went on though a verdict was inconclusive"),
        ("override", "mitigated on a person's word: it looks well"),
        ("override", "resolved while this stands: switch: rules"),
    ]


def test_the_same_thing_again_is_one_seed() -> None:
    late = AttemptFailed(phase="look", code="c", message="m", timed_out=True)

    (seed,) = seeds(stream(late, late, late))

    assert (seed.times, seed.seq) == (3, 1)


def test_a_corrected_note_seeds_nothing_and_its_correction_does() -> None:
    first, second = stream(NoteAdded(text="TODO page ana"), NoteAdded(text="TODO page ben"))
    second = recorded(NoteAdded(text="TODO page ben"), 2, START, supersedes=first.id)

    assert [one.text for one in seeds([first, second])] == ["page ben"]


def test_a_seed_that_became_an_item_is_none_any_more() -> None:
    note, other = stream(NoteAdded(text="TODO one"), NoteAdded(text="TODO two"))
    added = recorded(ActionItemAdded(item="A1", text="one", seed=note.id), 3, START)

    assert [one.text for one in seeds([note, other, added])] == ["two"]


def test_what_was_mitigated_by_the_criterion_is_no_override() -> None:
    event = recorded(IncidentMitigated(criterion="c"), 1, START)

    assert seeds([event]) == ()
