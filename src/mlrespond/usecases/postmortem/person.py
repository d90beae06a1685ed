"""Who did what: roles read from what people did, for the document and for hiding their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.model.event import Event
from mlrespond.model.json import record, text

_DECIDED = frozenset({"question_answered", "answer_refused"})
_LED = frozenset(
    {"incident_opened", "severity_set", "incident_mitigated", "incident_resolved", "run_requested"}
)
_ROLES = ("commander", "approver", "responder", "scribe")
_LONGEST_WORD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """A person: the roles that their acts show, when they first and last did something."""

    handle: str
    roles: tuple[str, ...]
    assurance: str
    first_at: datetime
    last_at: datetime
    acts: int
    seq: int


def responders(events: Sequence[Event]) -> tuple[Responder, ...]:
    """Return everybody who did something by hand, in order of appearance."""
    acts: dict[str, list[Event]] = {}
    for event in events:
        if event.source == "person":
            acts.setdefault(event.actor.handle, []).append(event)
    led = _commanders(events)
    return tuple(_responder(handle, mine, led) for handle, mine in acts.items())


def _commanders(events: Sequence[Event]) -> frozenset[str]:
    """Return who leads by what playbooks say."""
    told = (text(one.data.get("commander")) for one in events if one.kind == "playbook_matched")
    return frozenset(one for one in told if one)


def _responder(handle: str, acts: Sequence[Event], led: frozenset[str]) -> Responder:
    kinds = {event.kind for event in acts}
    shown = {
        "commander": handle in led,
        "approver": bool(kinds & _DECIDED),
        "responder": bool(kinds & _LED) or bool(kinds - _DECIDED - {"note_added", "event_pinned"}),
        "scribe": "note_added" in kinds,
    }
    times = [event.occurred_at for event in acts]
    return Responder(
        handle=handle,
        roles=tuple(role for role in _ROLES if shown[role]),
        assurance=acts[-1].actor.assurance,
        first_at=min(times),
        last_at=max(times),
        acts=len(acts),
        seq=acts[0].seq,
    )


def pseudonyms(events: Sequence[Event]) -> Mapping[str, str]:
    """Return what stands for each person instead of the name: a role, numbered where shared."""
    known = responders(events)
    first = [(one.handle, one.roles[0] if one.roles else "person") for one in known]
    first += [(name, "person") for name in _mentioned(events, {one.handle for one in known})]
    counts: dict[str, int] = {}
    found: dict[str, str] = {}
    for handle, role in first:
        counts[role] = counts.get(role, 0) + 1
        alone = sum(one == role for _, one in first) == 1
        found[handle] = role if alone else f"{role} {counts[role]}"
    return found


def _mentioned(events: Sequence[Event], known: set[str]) -> Iterator[str]:
    """Yield people who did nothing by hand, but are named by records: a pager's, a playbook's."""
    seen = set(known)
    for event in events:
        people = record(event.data.get("people"))
        names = [text(event.data.get("commander")), *(str(one) for one in people)]
        if event.source == "webhook":
            names.append(event.actor.handle)
        for name in names:
            if name and name not in seen:
                seen.add(name)
                yield name


def hide(said: str, names: Mapping[str, str]) -> str:
    """Return a text in which no known person is named; `root cause` names nobody."""
    for name in sorted(names, key=lambda one: (-len(one), one)):
        if name and len(name) <= _LONGEST_WORD:
            pattern = rf"(?<![\w.-])@?{re.escape(name)}(?![\w-])(?!\s+causes?\b)"
            said = re.sub(pattern, names[name], said)
    return said
