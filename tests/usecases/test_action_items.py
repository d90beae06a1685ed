"""Action items are numbered in their incident, and what makes no sense is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.rig import SERVICE, Rig, rig

from mlrespond.engine.action_item import fold_items
from mlrespond.errors import ConflictError, NotRecordedError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.testing.clock import START
from mlrespond.usecases.action_items import (
    NewItem,
    Said,
    add,
    all_items,
    change,
    close,
    due_day,
    items_of,
)
from mlrespond.usecases.note import note
from mlrespond.usecases.opening import open_or_join

INC = "INC-0001"


@pytest.fixture
def here() -> Rig:
    found = rig()
    for _ in range(2):
        open_or_join(found.app, SERVICE, [], "SEV3", new=True)
    return found


def said(here: Rig) -> Said:
    return Said(by=here.app.me, at=here.clock.now())


def test_items_are_numbered_in_their_incident(here: Rig) -> None:
    for incident in (INC, INC, "INC-0002"):
        add(here.app.store, incident, NewItem(text="page on nulls"), said(here))

    assert [(one.incident, one.item) for one in all_items(here.app.store)] == [
        (INC, "A1"),
        (INC, "A2"),
        ("INC-0002", "A1"),
    ]


def test_items_that_two_sides_named_alike_are_both_kept(here: Rig) -> None:
    """The old side of a handover added and closed an A1 of its own, and it comes in late."""
    store = here.app.store
    add(store, INC, NewItem(text="ours"), said(here))
    own = store.read(f"incident:{INC}")
    add(store, INC, NewItem(text="theirs"), said(here))
    close(store, INC, "A2", said(here))
    theirs = [
        replace(one, data={**one.data, "item": "A1"}, late=True)
        for one in store.read(f"incident:{INC}")[len(own) :]
    ]

    found = fold_items([*own, *theirs])

    assert [(one.item, one.text, one.status) for one in found] == [
        ("A1", "ours", "open"),
        ("A1b", "theirs", "done"),
    ]


def test_an_item_is_changed_and_closed_by_the_id_of_what_added_it(here: Rig) -> None:
    store, new = here.app.store, NewItem(text="page on nulls")
    add(store, INC, new, said(here))
    other = add(store, INC, new, said(here))

    change(store, INC, other.id, said(here), owner="ben")
    event = close(store, INC, other.id, said(here))

    assert event.summary == "action item A2 done"
    assert [(one.id == other.id, one.owner, one.status) for one in all_items(store)] == [
        (False, "", "open"),
        (True, "ben", "done"),
    ]


def test_a_seed_becomes_an_item_with_its_text(here: Rig) -> None:
    event = note(here.app.store, INC, "TODO: page on nulls", actor=here.app.me, at=START)
    assert [one.seq for one in items_of(here.app.store, INC)[1]] == [event.seq]

    add(here.app.store, INC, NewItem(text="", owner="ben"), said(here), seed=event.seq)

    (item,), left = items_of(here.app.store, INC)
    assert (item.text, item.owner, item.seed, left) == ("page on nulls", "ben", event.id, ())


def test_a_seed_is_dropped_with_a_reason_and_stays_on_record(here: Rig) -> None:
    event = note(here.app.store, INC, "TODO: page on nulls", actor=here.app.me, at=START)

    close(here.app.store, INC, f"#{event.seq}", said(here), outcome="dropped", reason="it pages")

    (item,), left = items_of(here.app.store, INC)
    assert (item.status, item.reason, left) == ("dropped", "it pages", ())


def test_what_changes_and_closes_an_item_is_told(here: Rig) -> None:
    add(here.app.store, INC, NewItem(text="page on nulls", link="https://t.example/1"), said(here))
    change(here.app.store, INC, "A1", said(here), owner="ben", due="14d", link="")
    close(here.app.store, INC, "A1", said(here), reason="it pages")

    (item,), _ = items_of(here.app.store, INC)
    assert (item.owner, item.link, item.status) == ("ben", "", "done")
    assert item.due > f"{START:%Y-%m-%d}"
    assert [one.actor for one in here.events()[-3:]] == [here.app.me] * 3


def adding(text: str, seed: int | None = None, **more: str) -> object:
    return lambda store, who: add(store, INC, NewItem(text=text, **more), who, seed=seed)  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (adding(" "), "say what is to be done"),
        (
            lambda store, who: add(store, INC, NewItem(text="t", due="soon"), who),
            "`soon` is no day",
        ),
        (adding("t", due="2026-02-30"), "is no day"),
        (adding("t", due="99999999d"), "is no day"),
        (
            lambda store, who: add(store, INC, NewItem(text="t", link="OPS-7"), who),
            "no address of a tracker",
        ),
        (
            lambda store, who: add(store, INC, NewItem(text="t", link="https://[x"), who),
            "no address",
        ),
        (
            lambda store, who: add(store, INC, NewItem(text="t"), who, seed=999),
            "#999 seeds no action item",
        ),
        (lambda store, who: change(store, INC, "A1", who), "say what is to change"),
        (lambda store, who: change(store, INC, "A1", who, text=" "), "says what is to be done"),
        (lambda store, who: change(store, INC, "A9", who, owner="x"), "no action item `A9`"),
        (lambda store, who: close(store, INC, "A2", who), "A2 is done already"),
        (lambda store, who: close(store, INC, "A1", who, outcome="dropped"), "say why"),
        (lambda store, who: close(store, INC, "#1", who), "#1 is no action item yet"),
        (
            lambda store, who: close(store, INC, "#x", who, outcome="dropped", reason="r"),
            "`#x` is no event's number",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(here: Rig, act: object, told: str) -> None:
    add(here.app.store, INC, NewItem(text="one"), said(here))
    add(here.app.store, INC, NewItem(text="two"), said(here))
    close(here.app.store, INC, "A2", said(here))
    before = here.events()

    with pytest.raises(UsageError, match=told):
        act(here.app.store, said(here))  # type: ignore[operator]  # a function of this test

    assert here.events() == before


def test_an_incident_that_is_not_there_has_no_items(here: Rig) -> None:
    with pytest.raises(NotRecordedError):
        add(here.app.store, "INC-9", NewItem(text="t"), said(here))
    with pytest.raises(NotRecordedError):
        items_of(here.app.store, "INC-9")


class Busy:
    """A timeline in which somebody else writes between our reading and our writing."""

    def __init__(self, here: Rig, times: int) -> None:
        self._here = here
        self._left = times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # all the rest is the timeline's
        return getattr(self._here.app.store, name)

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if self._left:
            self._left -= 1
            add(self._here.app.store, INC, NewItem(text="somebody else's"), said(self._here))
        return self._here.app.store.append(drafts, expect)


def test_an_item_that_is_added_beside_ours_gets_another_name(here: Rig) -> None:
    add(Busy(here, 1), INC, NewItem(text="ours"), said(here))

    assert [(one.item, one.text) for one in items_of(here.app.store, INC)[0]] == [
        ("A1", "somebody else's"),
        ("A2", "ours"),
    ]


def test_a_timeline_that_always_moves_on_is_an_error(here: Rig) -> None:
    with pytest.raises(ConflictError, match="written by others"):
        add(Busy(here, 99), INC, NewItem(text="t"), said(here))


@pytest.mark.parametrize(
    ("written", "day"), [("", ""), ("2026-12-01", "2026-12-01"), ("1d", "2026-11-23")]
)
def test_a_day_is_written_out_or_counted(written: str, day: str) -> None:
    assert due_day(written, START) == day
