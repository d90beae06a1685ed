"""The kinds of event: each a frozen dataclass, named in the past tense, with its line for people.

The set is closed. New fields have defaults; a new meaning is a new kind (HOUSE 23).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from mlrespond.errors import RefusedAppendError

Layer = Literal["routine", "curated", "milestone"]
B = TypeVar("B", bound="Body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What an event says. `layer` decides whether people see it unasked."""

    kind: ClassVar[str] = ""
    layer: ClassVar[Layer] = "routine"
    schema: ClassVar[int] = 1

    def line(self) -> str:
        """Return the summary: one line for a person."""
        return self.kind.replace("_", " ")


_KINDS: dict[str, type[Body]] = {}


def kind(name: str, layer: Layer = "routine") -> Callable[[type[B]], type[B]]:
    """Enter a body into the closed set under its name."""

    def enter(cls: type[B]) -> type[B]:
        cls.kind = name
        cls.layer = layer
        _KINDS[name] = cls
        return cls

    return enter


def body_class(name: str) -> type[Body]:
    """Return the class of a kind; RefusedAppendError where the kind is none of ours."""
    known = _KINDS.get(name)
    if known is not None:
        return known
    from mlrespond.model import kinds  # reading a timeline starts without them

    try:
        return kinds.KINDS[name]
    except KeyError as cause:
        raise RefusedAppendError(f"`{name}` is no kind of event") from cause


def all_kinds() -> dict[str, type[Body]]:
    """Return every kind by name."""
    return dict(sorted(_KINDS.items()))
