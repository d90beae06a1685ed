"""A plan: an ordered list of absolute actions, each with what was there before."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mlrespond.model.codec import encode
from mlrespond.model.json import Json, dump
from mlrespond.model.word import Settle, Where

PlanMode = Literal["every", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How an action is proven: read until the target was seen so many times in a row."""

    within_s: float = 120.0
    every_s: float = 5.0
    consecutive: int = 3


NOTHING_TO_PROVE = Verification(within_s=0.0, every_s=0.0, consecutive=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One absolute change: `after` is the state to reach, whatever is there now.

    `settle` says what may be done when a crash left an intent without a result (DESIGN §5).
    `lease` names the resource that must be held while acting; `undo` marks one that takes back.
    """

    kind: str
    target: str
    summary: str
    before: Json = None
    after: Json = None
    settle: Settle = "readable"
    undoable: bool = True
    lease: str | None = None
    verify: Verification | None = None
    detail: Json = None
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A candidate that was looked at and not taken, with the reason."""

    candidate: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change step will do: `every` action is to be proven, or the `first` one is enough.

    `asks` marks a plan that a person must approve in the moment, whatever leave was given before.
    """

    actions: tuple[Action, ...]
    mode: PlanMode = "every"
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    yields: Mapping[str, Json] = field(default_factory=dict)
    asks: bool = False

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the plan: what an approval is bound to."""
        return hashlib.sha256(dump(encode(self)).encode()).hexdigest()

    @property
    def leases(self) -> tuple[str, ...]:
        """Return the resources to hold, in the one order that everybody takes them in."""
        return tuple(sorted({action.lease for action in self.actions if action.lease}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where the world stands in relation to an action."""

    where: Where
    seen: Json = None
    detail: str = ""
    yields: Mapping[str, Json] = field(default_factory=dict)


def reversed_plan(done: tuple[Action, ...], note: str, bad: Container[str] = ()) -> Plan:
    """Return the plan that takes actions back, last first; what cannot be undone is left out.

    One that restores a version that was judged `bad` always asks (DESIGN §5).
    """
    actions = tuple(
        replace(
            action,
            summary=f"undo: {action.summary}",
            before=action.after,
            after=action.before,
            undo=not action.undo,
        )
        for action in reversed(done)
        if action.undoable
    )
    restored = [action.after for action in actions if isinstance(action.after, str)]
    return Plan(actions=actions, notes=(note,), asks=any(one in bad for one in restored))
