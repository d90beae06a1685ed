"""Failure modes as they are written in `modes.yaml`, the product's own and a team's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlrespond.model.authored import STEP_ID, Authored, no_items
from mlrespond.model.mode import Mode, Move, Way

Sign = Annotated[str, Field(pattern=STEP_ID)]


class AuthoredWay(Authored):
    """One way in which a mode shows."""

    every: list[Sign] = Field(default_factory=no_items, description="Signs that must all show")
    any_of: list[Sign] = Field(
        default_factory=no_items, description="Signs of which at least one must show"
    )
    none_of: list[Sign] = Field(
        default_factory=no_items,
        description="Signs that rule it out; where the move changes something, each must be known "
        "not to show",
    )
    unless: list[Sign] = Field(
        default_factory=no_items,
        description="Signs that rule it out when they show, and need not be known; only for what "
        "would lead to another move that changes something",
    )

    def value(self) -> Way:
        """Return it as a value."""
        return Way(
            every=tuple(self.every),
            any_of=tuple(self.any_of),
            none_of=tuple(self.none_of),
            unless=tuple(self.unless),
        )


class AuthoredMode(Authored):
    """A failure mode: how it shows, and the right first move."""

    title: str = Field(description="What it is, in a few words")
    move: Move = Field(description="The right first move; `wait` and `escalate` change nothing")
    ways: list[AuthoredWay] = Field(
        description="It is likely when one of these holds", min_length=1
    )
    because: str = Field(default="", description="Why this is the right first move")
    tempting: str = Field(default="", description="The move that tempts, and why it is wrong")
    before: str | None = Field(
        default=None,
        description="The mode that it is thought of before; default: before the last one",
    )

    def value(self, name: str) -> Mode:
        """Return it as a value."""
        return Mode(
            name=name,
            title=self.title,
            move=self.move,
            ways=tuple(way.value() for way in self.ways),
            because=self.because,
            tempting=self.tempting,
            before=self.before,
        )
