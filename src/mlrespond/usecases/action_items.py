"""Action items: what is to be done after an incident, kept in its timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from mlrespond.engine.action_item import (
    ITEM_KINDS,
    ActionItem,
    Seed,
    fold_items,
    seeds,
)
from mlrespond.errors import ConflictError, InvalidInputError, UsageError
from mlrespond.model.action_item_kind import (
    ActionItemAdded,
    ActionItemChanged,
    ActionItemClosed,
    ActionItemOutcome,
    ActionItemSort,
)
from mlrespond.model.event import Actor, Event
from mlrespond.model.instant import parse_duration
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.ports.timeline import Filter, History, Timeline
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.incidents import the_incident

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who says something about an action item, and when."""

    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What an action item is to be.

    `due` is a day (2026-12-01) or how long there is (14d); `link` is an http(s) address.
    """

    text: str = ""
    sort: ActionItemSort = "process"
    owner: str = ""
    due: str = ""
    link: str = ""


def all_items(history: History) -> tuple[ActionItem, ...]:
    """Return the action items of every incident, oldest incident first."""
    by_stream: dict[str, list[Event]] = {}
    for event in history.find(Filter(kinds=ITEM_KINDS)):
        by_stream.setdefault(event.stream, []).append(event)
    return tuple(one for events in by_stream.values() for one in fold_items(events))


def items_of(store: Timeline, incident: str) -> tuple[tuple[ActionItem, ...], tuple[Seed, ...]]:
    """Return an incident's action items, and what may become one."""
    events = store.read(incident_stream(incident))
    the_incident(events, incident)
    return fold_items(events), seeds(events)


def add(
    store: Timeline, incident: str, new: NewItem, said: Said, *, seed: int | None = None
) -> Event:
    """Add an action item; without a text of its own it has that of the seed with that number."""
    day, address = due_day(new.due, said.at), _address(new.link)

    def what(events: Sequence[Event]) -> list[Body]:
        grown = _seed(events, seed) if seed is not None else None
        told = new.text.strip() or (grown.text if grown else "")
        if not told:
            raise UsageError("say what is to be done", hint='mlir actions add INC "verb first"')
        return [
            ActionItemAdded(
                item=_next(events),
                text=told,
                sort=new.sort,
                owner=new.owner,
                due=day,
                link=address,
                seed=grown.event if grown else "",
            )
        ]

    return _decide(store, incident, what, said)


def change(
    store: Timeline,
    incident: str,
    item: str,
    said: Said,
    *,
    owner: str | None = None,
    due: str | None = None,
    link: str | None = None,
    text: str | None = None,
) -> Event:
    """Give an open action item another owner, due date, link or text; an empty one takes it off.

    `item` is its name in the incident, or the id of the event that added it.
    """
    if (owner, due, link, text) == (None, None, None, None):
        raise UsageError("say what is to change", hint="--owner, --due, --link or --text")
    if text is not None and not text.strip():
        raise UsageError("an action item says what is to be done", hint='--text "verb first"')
    day = None if due is None else due_day(due, said.at)
    address = None if link is None else _address(link)

    def what(events: Sequence[Event]) -> list[Body]:
        known = _open(events, item)
        return [
            ActionItemChanged(
                item=known.item, text=text, owner=owner, due=day, link=address, added=known.id
            )
        ]

    return _decide(store, incident, what, said)


def close(
    store: Timeline,
    incident: str,
    item: str,
    said: Said,
    *,
    outcome: ActionItemOutcome = "done",
    reason: str = "",
) -> Event:
    """Close an action item as done, or as dropped with a reason; `#17` drops a seed unseen.

    `item` is its name in the incident, or the id of the event that added it.
    """
    if outcome == "dropped" and not reason.strip():
        raise UsageError("say why it is not to be done", hint='--reason "…"')

    def what(events: Sequence[Event]) -> list[Body]:
        if not item.startswith("#"):
            known = _open(events, item)
            return [
                ActionItemClosed(item=known.item, outcome=outcome, reason=reason, added=known.id)
            ]
        if outcome == "done":
            raise UsageError(f"{item} is no action item yet", hint="add it, or close it --dropped")
        grown, name = _seed(events, _number(item)), _next(events)
        return [
            ActionItemAdded(item=name, text=grown.text, seed=grown.event),
            ActionItemClosed(item=name, outcome=outcome, reason=reason),
        ]

    return _decide(store, incident, what, said)


def due_day(written: str, now: datetime) -> str:
    """Return the day that a person wrote: `2026-12-01`, or `14d` from now; nothing stays nothing.

    Raises UsageError for anything else.
    """
    if not written:
        return ""
    try:
        if written[:1].isdigit() and written[-1:].isalpha():
            return f"{now + timedelta(seconds=parse_duration(written)):%Y-%m-%d}"
        return f"{datetime.strptime(written, '%Y-%m-%d'):%Y-%m-%d}"  # noqa: DTZ007  # a day has no zone
    except (ValueError, InvalidInputError, OverflowError) as cause:
        raise UsageError(
            f"`{written}` is no day", hint="write 2026-12-01, or how long there is: 14d"
        ) from cause


def _address(written: str) -> str:
    if not written:
        return ""
    try:
        found = urlsplit(written)
        good = found.scheme in {"http", "https"} and bool(found.hostname)
    except ValueError:
        good = False
    if not good or written.split() != [written]:
        raise UsageError(f"`{written}` is no address of a tracker", hint="it starts with https://")
    return written


def _decide(
    store: Timeline, incident: str, what: Callable[[Sequence[Event]], list[Body]], said: Said
) -> Event:
    """Append what follows from the events, and from no others: somebody may write beside us."""
    stream = incident_stream(incident)
    for _ in range(_TRIES):
        events = store.read(stream)
        the_incident(events, incident)
        drafts = [
            draft(stream, one, said.at, incident=incident, source="person", actor=said.by)
            for one in what(events)
        ]
        try:
            return store.append(drafts, {stream: events[-1].seq})[-1]
        except ConflictError:
            continue
    raise ConflictError(f"{stream} is written by others all the time", hint="try again")


def _next(events: Sequence[Event]) -> str:
    return f"A{sum(one.kind == 'action_item_added' for one in events) + 1}"


def _open(events: Sequence[Event], name: str) -> ActionItem:
    items = fold_items(events)
    found = next((one for one in items if name in {one.item, one.id}), None)
    if found is None:
        names = ", ".join(one.item for one in items) or "none"
        raise UsageError(f"there is no action item `{name}`", hint=f"there are: {names}")
    if found.status != "open":
        raise UsageError(f"{found.item} is {found.status} already", hint="add another one")
    return found


def _seed(events: Sequence[Event], seq: int) -> Seed:
    known = {one.seq: one for one in seeds(events)}
    if seq not in known:
        names = ", ".join(f"#{one}" for one in known) or "none"
        raise UsageError(f"#{seq} seeds no action item", hint=f"there are: {names}")
    return known[seq]


def _number(written: str) -> int:
    try:
        return int(written.removeprefix("#"))
    except ValueError as cause:
        raise UsageError(f"`{written}` is no event's number", hint="such as #17") from cause
