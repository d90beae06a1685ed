"""A failure mode as a rule over signs, as values; `modes.yaml` is where they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Move = Literal[
    "rollback",
    "activate",
    "switch",
    "restart",
    "retrain",
    "hold",
    "escalate",
    "wait",
]
MOVES: tuple[Move, ...] = get_args(Move)
MUTATING: frozenset[Move] = frozenset({"rollback", "activate", "switch", "restart", "retrain"})
"""A hold is not among them: it changes nothing that is served, and ends by itself."""
WAITING: frozenset[Move] = frozenset({"wait", "escalate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which a mode shows: `every` sign, at least one of `any_of`, none of `none_of`.

    `unless` signs rule it out when they show, and need not be known.
    """

    every: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def signs(self) -> tuple[str, ...]:
        """Return every sign that it speaks of."""
        return (*self.every, *self.any_of, *self.none_of, *self.unless)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A failure mode: it is likely when one of its ways holds; order among modes is rank."""

    name: str
    title: str
    move: Move
    ways: tuple[Way, ...]
    because: str = ""
    tempting: str = ""
    before: str | None = None

    @property
    def mutates(self) -> bool:
        """Return whether its first move changes something that is served."""
        return self.move in MUTATING

    @property
    def waits(self) -> bool:
        """Return whether its first move is to wait or to page."""
        return self.move in WAITING


def extended(shipped: tuple[Mode, ...], own: tuple[Mode, ...]) -> tuple[Mode, ...]:
    """Return a table with a team's modes in it.

    One of the same name takes that mode's place. A new one goes before the mode that its `before`
    names, and else before the last, so that a retrain stays the last thing to think of.
    """
    table = list(shipped)
    for mode in own:
        names = [one.name for one in table]
        if mode.name in names:
            table[names.index(mode.name)] = mode
        elif mode.before in names:
            table.insert(names.index(mode.before), mode)
        else:
            table.insert(max(0, len(table) - 1), mode)
    return tuple(table)
