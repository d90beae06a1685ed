"""The parts that an expression is made of; each knows the column where it stands, from 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, number, true, false or none."""

    value: str | int | float | bool | None
    column: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """One of the namespaces."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of a record."""

    of: Node
    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison."""

    operator: Comparison
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class IsNone:
    """`x is none`, or `x is not none` when negated."""

    of: Node
    negated: bool
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    of: Node
    column: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`and`, `or`."""

    operator: Literal["and", "or"]
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Addition and subtraction."""

    operator: Literal["+", "-"]
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    of: Node
    column: int


@dataclass(frozen=True, slots=True)
class Filter:
    """`x | name(arguments)`."""

    of: Node
    name: str
    arguments: tuple[Node, ...]
    column: int


Node: TypeAlias = (
    Constant
    | Items
    | Name
    | Attribute
    | Compare
    | IsNone
    | Not
    | Logic
    | Arithmetic
    | Negative
    | Filter
)
