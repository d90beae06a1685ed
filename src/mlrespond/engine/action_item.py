"""Folding an incident's action items, and finding what may become one: its seeds."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from string import ascii_lowercase
from typing import Literal

from mlrespond.model.action_item_kind import (
    ActionItemAdded,
    ActionItemChanged,
    ActionItemClosed,
    ActionItemSort,
)
from mlrespond.model.event import Event
from mlrespond.model.json import items
from mlrespond.model.kinds import body

ActionItemStatus = Literal["open", "done", "dropped"]
SeedSort = Literal["note", "failed step", "timeout", "override"]

ITEM_KINDS = ("action_item_added", "action_item_changed", "action_item_closed")
SEED_KINDS = (
    "note_added",
    "step_finished",
    "attempt_failed",
    "question_asked",
    "question_expired",
    "question_answered",
    "incident_mitigated",
    "incident_resolved",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """An action item as it stands; `id` and `seq` are the event that added it.

    `item` is its name in the incident, for people.
    """

    id: str
    incident: str
    item: str
    text: str
    sort: ActionItemSort
    added_at: datetime
    seq: int
    owner: str = ""
    due: str = ""
    link: str = ""
    seed: str = ""
    status: ActionItemStatus = "open"
    reason: str = ""
    closed_at: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Return whether it is open after the day on which it was due (UTC)."""
        return self.status == "open" and bool(self.due) and self.due < f"{now:%Y-%m-%d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What may become an action item: the event that says so, and how often it happened."""

    seq: int
    event: str
    sort: SeedSort
    text: str
    times: int = 1


def fold_items(events: Iterable[Event]) -> tuple[ActionItem, ...]:
    """Return the action items of an incident's events, in the order in which they were added.

    Both sides of a handover may have named one alike: the later one is told as `A1b`. What happened
    to one is told by the event that added it; where an older event has only a name, what is said
    late of `A1` is said of the one that was added late.
    """
    found: dict[str, ActionItem] = {}
    names: dict[str, str] = {}
    late: dict[str, str] = {}
    for event in events:
        if event.kind not in ITEM_KINDS or event.erased:
            continue
        told = body(event)
        if isinstance(told, ActionItemAdded):
            name = _free(told.item, names)
            names[name] = event.id
            found[event.id] = replace(_added(event, told), item=name)
            if event.late:
                late[told.item] = event.id
        elif isinstance(told, ActionItemChanged | ActionItemClosed):
            named = late.get(told.item, "") if event.late else ""
            key = told.added or named or names.get(told.item, "")
            if key in found:
                found[key] = _after(found[key], event, told)
    return tuple(found.values())


def _free(name: str, taken: Container[str]) -> str:
    """Return a name that no other item has: A1, then A1b, A1c, and after A1z A1zb."""
    if name not in taken:
        return name
    free = next((f"{name}{one}" for one in ascii_lowercase[1:] if f"{name}{one}" not in taken), "")
    return free or _free(f"{name}z", taken)


def _after(
    item: ActionItem, event: Event, told: ActionItemChanged | ActionItemClosed
) -> ActionItem:
    if isinstance(told, ActionItemChanged):
        return _changed(item, told)
    return replace(item, status=told.outcome, reason=told.reason, closed_at=event.occurred_at)


def _added(event: Event, added: ActionItemAdded) -> ActionItem:
    return ActionItem(
        id=event.id,
        incident=str(event.incident),
        item=added.item,
        text=added.text,
        sort=added.sort,
        added_at=event.occurred_at,
        seq=event.seq,
        owner=added.owner,
        due=added.due,
        link=added.link,
        seed=added.seed,
    )


def _changed(item: ActionItem, changed: ActionItemChanged) -> ActionItem:
    return replace(
        item,
        text=item.text if changed.text is None else changed.text,
        owner=item.owner if changed.owner is None else changed.owner,
        due=item.due if changed.due is None else changed.due,
        link=item.link if changed.link is None else changed.link,
    )


def seeds(events: Iterable[Event]) -> tuple[Seed, ...]:
    """Return what may become an action item and has not yet, oldest first.

    Notes with TODO, steps that failed, what took too long or nobody answered, and overrides: what
    a person let pass. The same thing told again counts once, with how often it happened.
    """
    known = sorted(events, key=lambda event: (event.occurred_at, event.seq))
    taken = {one.seed for one in fold_items(known)}
    corrected = {event.supersedes for event in known if event.supersedes}
    asked = _questions(known)
    found: dict[tuple[str, str], Seed] = {}
    for event in known:
        if event.erased or event.late or event.id in corrected:
            continue
        for sort, said in _told(event, asked):
            first = found.get((sort, said))
            found[sort, said] = (
                replace(first, times=first.times + 1)
                if first
                else Seed(seq=event.seq, event=event.id, sort=sort, text=said)
            )
    return tuple(one for one in found.values() if one.event not in taken)


def _questions(events: Iterable[Event]) -> Mapping[str, str]:
    """Return what sort each question is of."""
    asked = (one for one in events if one.kind == "question_asked" and not one.erased)
    return {str(one.data.get("question")): str(one.data.get("sort")) for one in asked}


def _told(event: Event, asked: Mapping[str, str]) -> Iterator[tuple[SeedSort, str]]:
    data = event.data
    match event.kind:
        case "note_added" if "TODO" in event.summary:
            yield "note", event.summary.partition("TODO")[2].strip(" :") or event.summary
        case "step_finished" if data.get("outcome") in {"failed", "unknown"}:
            yield "failed step", f"step {event.step} ended as {data['outcome']}"
        case "attempt_failed" if data.get("timed_out"):
            yield "timeout", f"step {event.step} took too long: {data.get('phase')}"
        case "question_expired":
            yield "timeout", f"nobody answered a question of step {event.step} in time"
        case "question_answered":
            yield from _let_pass(data.get("choice"), asked.get(str(data.get("question"))))
        case "incident_mitigated" if event.source == "person":
            yield "override", f"mitigated on a person's word: {data.get('criterion')}"
        case "incident_resolved":
            for kept in items(data.get("kept")):
                yield "override", f"resolved while this stands: {kept}"


_PASSED = {
    ("continue", "inconclusive"): "a person went on though a verdict was inconclusive",
    ("continue", "unknown"): "a person went on though an outcome was unknown",
    ("approve", "unfenced"): "a person went on though the timeline could not be written",
    ("run", "when"): "a person ran a step whose condition could not be told",
}


def _let_pass(choice: object, sort: str | None) -> Iterator[tuple[SeedSort, str]]:
    said = _PASSED.get((str(choice), str(sort)))
    if said is not None:
        yield "override", said
