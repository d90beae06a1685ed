"""Evaluating expressions with three truth values, and filling templates once.

Null (a step that did not run, a label that is not there) is false in equality and `in`; ordering
it is inconclusive (Kleene's strong logic, Introduction to Metamathematics §64).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, assert_never

from mlrespond.errors import InvalidInputError
from mlrespond.model import expression_node as ex
from mlrespond.model.expression import parse
from mlrespond.model.expression_token import ExpressionError
from mlrespond.model.json import Json, Record, dump, items, number, record


class Inconclusive:
    """The third truth value."""

    def __repr__(self) -> str:
        return "inconclusive"


INCONCLUSIVE: Final = Inconclusive()
Value: TypeAlias = Json | Inconclusive
Truth: TypeAlias = bool | Inconclusive

MAX_TEMPLATE = 65_536
MAX_MARKS = 100


def evaluate(node: ex.Node, names: Record) -> Value:
    """Return the value of an expression; unknown names and fields are null."""
    match node:
        case ex.Constant(value):
            return value
        case ex.Items(nodes):
            return _list([evaluate(one, names) for one in nodes])
        case ex.Name(name):
            return names.get(name)
        case ex.Attribute(of, name):
            return record(_known(evaluate(of, names))).get(name)
        case ex.Compare(operator, left, right):
            return _compare(operator, evaluate(left, names), evaluate(right, names))
        case ex.IsNone(of, negated):
            found = evaluate(of, names)
            return found if isinstance(found, Inconclusive) else (found is None) != negated
        case ex.Not(of):
            return _not(truth(evaluate(of, names)))
        case ex.Logic(operator, left, right):
            return _logic(operator, truth(evaluate(left, names)), truth(evaluate(right, names)))
        case ex.Arithmetic(operator, left, right):
            return _arithmetic(operator, evaluate(left, names), evaluate(right, names))
        case ex.Negative(of):
            return _arithmetic("-", 0, evaluate(of, names))
        case ex.Filter(of, name, arguments):
            given = [evaluate(one, names) for one in arguments]
            return _filter(name, evaluate(of, names), given)
        case _:
            assert_never(node)


def truth(value: Value) -> Truth:
    """Return whether a value counts as true: null, false, 0 and what is empty do not."""
    return value if isinstance(value, Inconclusive) else bool(value)


def holds(text: str, names: Record) -> Truth:
    """Return whether an expression is true, false or inconclusive."""
    return truth(evaluate(parse(text), names))


def placeholders(text: str) -> list[tuple[int, str]]:
    """Return (column, expression) of every `{{ }}` in a template.

    Raises ExpressionError where braces do not close, a statement or comment is tried, or where
    there is too much of it.
    """
    marks, at = list(_marks(text)), 0
    if marks and len(text) > MAX_TEMPLATE:
        raise ExpressionError(f"longer than {MAX_TEMPLATE} characters", 0)
    if len(marks) > MAX_MARKS:
        raise ExpressionError(f"more than {MAX_MARKS} templates in one text", marks[MAX_MARKS][0])
    for start, end in [*marks, (len(text), len(text))]:
        _check_plain(text[at:start], at)
        at = end + 2
    return [(start + 2, text[start + 2 : end]) for start, end in marks]


def _marks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each `{{` stands, and the `}}` that closes it."""
    at = 0
    while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start + 2)) >= 0:
        yield start, end
        at = end + 2


def _check_plain(text: str, column: int) -> None:
    for mark, hint in (("{{", ""), ("}}", "braces that are text stand apart: } }")):
        if mark in text:
            message = f"`{mark}` has no partner"
            raise ExpressionError(message, column + text.index(mark), hint=hint)
    for mark in ("{%", "{#"):
        if mark in text:
            raise ExpressionError(
                f"`{mark}` is not known here",
                column + text.index(mark),
                hint="only {{ expressions }} are",
            )


def fill(text: str, names: Record) -> Json:
    """Return a template filled in: one whole `{{ expression }}` keeps its type, else it is text.

    What comes out is never looked at again as a template.
    """
    marks = placeholders(text)
    stripped = text.strip()
    if len(marks) == 1 and stripped.startswith("{{") and stripped.endswith("}}"):
        value = evaluate(parse(marks[0][1]), names)
        return None if isinstance(value, Inconclusive) else value
    pieces, at = [], 0
    for column, inner in marks:
        pieces += [text[at : column - 2], shown(evaluate(parse(inner), names))]
        at = column + len(inner) + 2
    return "".join([*pieces, text[at:]])


def fill_all(value: Json, names: Record) -> Json:
    """Return the value with every template in it filled in."""
    if isinstance(value, str):
        return fill(value, names)
    if isinstance(value, Mapping):
        return {key: fill_all(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill_all(item, names) for item in value]
    return value


def shown(value: Value) -> str:
    """Return a value as text: `none`, `true`, `0.25`, `a, b`."""
    if isinstance(value, Inconclusive):
        return "inconclusive"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return dump(value)
    return ", ".join(shown(one) for one in value) if isinstance(value, list | tuple) else f"{value}"


def _known(value: Value) -> Json:
    return None if isinstance(value, Inconclusive) else value


def _list(values: list[Value]) -> Value:
    if any(value is INCONCLUSIVE for value in values):
        return INCONCLUSIVE
    return [_known(value) for value in values]


def _not(value: Truth) -> Truth:
    return value if isinstance(value, Inconclusive) else not value


def _logic(operator: str, left: Truth, right: Truth) -> Truth:
    decisive = operator == "or"
    if left is decisive or right is decisive:
        return decisive
    if isinstance(left, Inconclusive) or isinstance(right, Inconclusive):
        return INCONCLUSIVE
    return not decisive


def _compare(operator: ex.Comparison, left: Value, right: Value) -> Truth:
    if isinstance(left, Inconclusive) or isinstance(right, Inconclusive):
        return INCONCLUSIVE
    match operator:
        case "==":
            return _equal(left, right)
        case "!=":
            return not _equal(left, right)
        case "in":
            return _contains(left, right)
        case "not in":
            return _not(_contains(left, right))
        case _:
            return _ordered(operator, left, right)


def _equal(left: Json, right: Json) -> bool:
    if left is None or right is None or isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


def _contains(left: Json, right: Json) -> Truth:
    if left is None or right is None:
        return False
    if isinstance(right, str):
        return left in right if isinstance(left, str) else False
    if isinstance(right, Mapping):
        return left in right if isinstance(left, str) else False
    if isinstance(right, list | tuple):
        return any(_equal(left, one) for one in right)
    return INCONCLUSIVE


_ORDER: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": lambda left, right: left < right,  # type: ignore[operator]  # both of one sort
    "<=": lambda left, right: left <= right,  # type: ignore[operator]  # both of one sort
    ">": lambda left, right: left > right,  # type: ignore[operator]  # both of one sort
    ">=": lambda left, right: left >= right,  # type: ignore[operator]  # both of one sort
}


def _ordered(operator: str, left: Json, right: Json) -> Truth:
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[operator](left, right)
    first, second = number(left), number(right)
    if first is None or second is None:
        return INCONCLUSIVE
    return _ORDER[operator](first, second)


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, Inconclusive) or isinstance(right, Inconclusive):
        return INCONCLUSIVE
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if operator == "+" and isinstance(left, list) and isinstance(right, list):
        return [*left, *right]
    if _whole(left) and _whole(right):
        return left + right if operator == "+" else left - right  # type: ignore[operator]  # both are int
    first, second = number(left), number(right)
    if first is None or second is None:
        return None
    return number(first + second if operator == "+" else first - second)


def _whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _filter(name: str, value: Value, arguments: list[Value]) -> Value:
    if isinstance(value, Inconclusive) or any(one is INCONCLUSIVE for one in arguments):
        return INCONCLUSIVE
    known = [_known(one) for one in arguments]
    if value is None:
        return known[0] if name == "default" and known else None
    try:
        return _FILTERS[name](value, known)
    except (TypeError, ValueError, IndexError, OverflowError) as cause:
        raise InvalidInputError(f"`{name}` cannot be used on {shown(value)}") from cause


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Json) -> float:
    found = number(float(value) if isinstance(value, str) else value)
    if found is None:
        raise TypeError
    return found


def _length(value: Json) -> int:
    if not isinstance(value, str | Mapping | list | tuple):
        raise TypeError
    return len(value)


def _round(value: Json, arguments: list[Json]) -> Json:
    places = arguments[0] if arguments else 0
    if not isinstance(places, int):
        raise TypeError
    return round(_number(value), places)


def _join(value: Json, arguments: list[Json]) -> str:
    return (_text(arguments[0]) if arguments else "").join(shown(one) for one in items(value))


_FILTERS: dict[str, Callable[[Json, list[Json]], Json]] = {
    "abs": lambda value, _: abs(_number(value)),
    "default": lambda value, _: value,
    "first": lambda value, _: next(iter(items(value)), None),
    "float": lambda value, _: _number(value),
    "int": lambda value, _: int(_number(value)),
    "join": _join,
    "last": lambda value, _: next(reversed(items(value)), None),
    "length": lambda value, _: _length(value),
    "lower": lambda value, _: _text(value).lower(),
    "round": _round,
    "sort": lambda value, _: sorted(items(value), key=shown),
    "trim": lambda value, _: _text(value).strip(),
    "upper": lambda value, _: _text(value).upper(),
}
