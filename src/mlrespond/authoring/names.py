"""Checking expressions before anything runs: every name must be yielded by somebody.

Types are words, closed sets of texts, or records (model/shape.YieldType).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.model import expression_node as ex
from mlrespond.model.evaluate import placeholders, shown
from mlrespond.model.expression import parse
from mlrespond.model.expression_token import ExpressionError
from mlrespond.model.json import Json
from mlrespond.model.shape import YieldType

Report: TypeAlias = Callable[[int, str, str, str], None]
LATER = "later"  # the type of a step that has not run yet
_TEXTS = frozenset({"text", "version"})
_ORDERED = frozenset({"number", "time", "any"})


def check_expression(text: str, names: Mapping[str, YieldType], report: Report) -> None:
    """Note (column, code, message, hint) of every mistake in a bare expression."""
    try:
        node = parse(text)
    except ExpressionError as error:
        report(error.column, "expression", error.message, error.hint)
        return
    _Checker(names, report).type_of(node)


def check_template(text: str, names: Mapping[str, YieldType], report: Report) -> None:
    """Note every mistake in the expressions of a template."""
    try:
        marks = placeholders(text)
    except ExpressionError as error:
        report(error.column, "template", error.message, error.hint)
        return
    for start, inner in marks:
        check_expression(inner, names, _moved(report, start))


def _moved(report: Report, start: int) -> Report:
    return lambda column, code, message, hint: report(column + start, code, message, hint)


class _Checker:
    """Infers types bottom-up, noting what cannot be."""

    def __init__(self, names: Mapping[str, YieldType], report: Report) -> None:
        self._names = names
        self._report = report

    def type_of(self, node: ex.Node) -> YieldType:
        match node:
            case ex.Constant(value):
                return _literal_type(value)
            case ex.Items(nodes):
                for one in nodes:
                    self.type_of(one)
                return "list"
            case ex.Name(name, column):
                return self._name(name, column)
            case ex.Attribute(of, name, column):
                return self._attribute(self.type_of(of), of, name, column)
            case ex.Compare():
                return self._compare(node)
            case ex.IsNone(of) | ex.Not(of):
                self.type_of(of)
                return "bool"
            case ex.Logic(_, left, right):
                self.type_of(left)
                self.type_of(right)
                return "bool"
            case ex.Arithmetic(_, left, right):
                found = self.type_of(left)
                self.type_of(right)
                return found
            case ex.Negative(of):
                return self.type_of(of)
            case ex.Filter(of, name, arguments):
                return self._filtered(of, name, arguments)
            case _:
                assert_never(node)

    def _name(self, name: str, column: int) -> YieldType:
        if name in self._names:
            return self._names[name]
        self._report(
            column, "unknown-name", f"`{name}` is not known", suggestion(name, self._names)
        )
        return "any"

    def _attribute(self, of: YieldType, node: ex.Node, name: str, column: int) -> YieldType:
        if of in ("any", "list"):
            return "any"
        if not isinstance(of, Mapping):
            self._report(column, "no-fields", f"`{spelled(node)}` has no fields", "")
            return "any"
        if name in of:
            return self._now(of[name], name, column)
        if "*" in of:
            return of["*"]
        known = [field for field, found in of.items() if found != LATER]
        self._report(
            column, "unknown-field", f"`{spelled(node)}` has no `{name}`", suggestion(name, known)
        )
        return "any"

    def _now(self, found: YieldType, name: str, column: int) -> YieldType:
        if found != LATER:
            return found
        self._report(column, "later-step", f"`{name}` comes later; it has not run yet", "")
        return "any"

    def _compare(self, node: ex.Compare) -> YieldType:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if node.operator in {"==", "!="}:
            self._equality(node, left, right)
        elif node.operator in {"in", "not in"}:
            self._membership(node, left)
        else:
            for side, found in ((node.left, left), (node.right, right)):
                self._ordering(side, found)
        return "bool"

    def _equality(self, node: ex.Compare, left: YieldType, right: YieldType) -> None:
        for side, other in ((node.left, right), (node.right, left)):
            if isinstance(side, ex.Constant):
                self._possible(side, other)

    def _membership(self, node: ex.Compare, left: YieldType) -> None:
        if isinstance(node.right, ex.Items):
            for one in node.right.items:
                if isinstance(one, ex.Constant):
                    self._possible(one, left)

    def _possible(self, literal: ex.Constant, other: YieldType) -> None:
        """Note a literal that a value of the other side's type can never equal."""
        if literal.value is None:
            self._report(literal.column, "null-compare", "nothing equals none", "write `is none`")
        elif isinstance(other, tuple) and literal.value not in other:
            hint = suggestion(shown(literal.value), other)
            self._report(
                literal.column, "never-equal", f"it is never `{shown(literal.value)}`", hint
            )
        elif _clash(literal.value, other):
            self._report(
                literal.column,
                "never-equal",
                f"`{shown(literal.value)}` is no {_word(other)}",
                _quote_hint(other),
            )

    def _ordering(self, node: ex.Node, found: YieldType) -> None:
        if isinstance(found, str) and found in _ORDERED:
            return
        message = f"a {_word(found)} has no order"
        self._report(node.column, "not-ordered", message, "compare with `==` or `in`")

    def _filtered(self, of: ex.Node, name: str, arguments: tuple[ex.Node, ...]) -> YieldType:
        found = self.type_of(of)
        for one in arguments:
            self.type_of(one)
        if name in {"length", "int", "float", "round", "abs"}:
            return "number"
        if name in {"upper", "lower", "trim", "join"}:
            return "text"
        return found if name in {"default", "sort"} else "any"


def _literal_type(value: Json) -> YieldType:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "any"


def _clash(value: Json, other: YieldType) -> bool:
    if not isinstance(other, str) or other == "any":
        return isinstance(other, Mapping)
    expected = _literal_type(value)
    return other not in _TEXTS | {"time"} if expected == "text" else expected != other


def _word(found: YieldType) -> str:
    if isinstance(found, str):
        return found
    return "record" if isinstance(found, Mapping) else "text"


def _quote_hint(other: YieldType) -> str:
    return "put it in quotes" if other in ("text", "version") else ""


def spelled(node: ex.Node) -> str:
    """Return a name or attribute as it was written."""
    if isinstance(node, ex.Attribute):
        return f"{spelled(node.of)}.{node.name}"
    return node.name if isinstance(node, ex.Name) else "it"
