"""Traces: what a run took, as spans that another system draws; never needed to respond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Attribute = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened at one time within a span."""

    name: str
    at: datetime
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time with a name. `key` tells it from others, and gives it its id.

    `failed` is a reason, or empty.
    """

    key: str
    name: str
    start: datetime
    end: datetime
    failed: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    moments: Sequence[Moment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A root span and its children. `parent` is a W3C traceparent, or empty."""

    root: Span
    children: Sequence[Span]
    parent: str = ""


class Tracer(Protocol):
    """Where traces go."""

    def export(self, trace: Trace) -> None:
        """Send a trace, if that can be done soon; raises nothing."""
        ...


class Untraced:
    """Nobody wants traces."""

    def export(self, trace: Trace) -> None:
        """Drop it."""
