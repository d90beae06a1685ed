"""Whether a JSON value fits a schema: the keywords of JSON Schema 2020-12 that say what is valid.

Written by hand, for judgment imports nothing. A keyword that is not known is refused, never passed
over: half a check would pass what it should not. Source: json-schema.org/draft/2020-12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite

from mlrespond.model.json import Json, Record, items, record

_SAID = frozenset({"title", "description", "$schema", "$id", "$comment", "examples", "default"})


class UnknownKeywordError(ValueError):
    """A schema says what is not understood here."""


def fits(value: Json, schema: Json, root: Record | None = None) -> bool:
    """Return whether a value is valid; UnknownKeywordError for what is met and not understood.

    `$ref` may name a part of the same schema; `format` is not among what is checked. A schema from
    outside is asked of `understood` first, for only what a value comes to is met here.
    """
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        raise UnknownKeywordError("a schema is an object, true or false")
    top = root if root is not None else schema
    return all(_keyword(key, value, schema, top) for key in schema if key not in _SAID)


def _keyword(key: str, value: Json, schema: Record, root: Record) -> bool:
    check = _CHECKS.get(key)
    if check is None:
        raise UnknownKeywordError(f"the keyword `{key}` is not understood")
    return check(value, schema[key], schema, root)


def _is_number(one: Json) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool)


TYPES: Mapping[str, Callable[[Json], bool]] = {
    "null": lambda one: one is None,
    "boolean": lambda one: isinstance(one, bool),
    "object": lambda one: isinstance(one, Mapping),
    "array": lambda one: isinstance(one, list | tuple),
    "string": lambda one: isinstance(one, str),
    "number": _is_number,
    "integer": lambda one: (
        _is_number(one) and (isinstance(one, int) or (isinstance(one, float) and one.is_integer()))
    ),
}


def _same(one: Json, other: Json) -> bool:
    """Return whether two values are equal as JSON: 1 is 1.0, and true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _type(value: Json, wanted: Json, _: Record, __: Record) -> bool:
    names = [wanted] if isinstance(wanted, str) else items(wanted)
    unknown = [one for one in names if one not in TYPES]
    if unknown:
        raise UnknownKeywordError(f"there is no type `{unknown[0]}`")
    return any(TYPES[str(one)](value) for one in names)


def _properties(value: Json, wanted: Json, _: Record, root: Record) -> bool:
    own = record(value)
    return all(fits(own[key], part, root) for key, part in record(wanted).items() if key in own)


def _additional(value: Json, wanted: Json, schema: Record, root: Record) -> bool:
    known = record(schema.get("properties"))
    patterns = record(schema.get("patternProperties"))
    return all(
        fits(one, wanted, root)
        for key, one in record(value).items()
        if key not in known and not any(re.search(pattern, key) for pattern in patterns)
    )


def _patterned(value: Json, wanted: Json, _: Record, root: Record) -> bool:
    return all(
        fits(one, part, root)
        for key, one in record(value).items()
        for pattern, part in record(wanted).items()
        if re.search(pattern, key)
    )


def _items(value: Json, wanted: Json, schema: Record, root: Record) -> bool:
    rest = _listed(value)[len(items(schema.get("prefixItems"))) :]
    return all(fits(one, wanted, root) for one in rest)


def _prefix(value: Json, wanted: Json, _: Record, root: Record) -> bool:
    pairs = zip(_listed(value), items(wanted), strict=False)
    return all(fits(one, part, root) for one, part in pairs)


def _contains(value: Json, wanted: Json, schema: Record, root: Record) -> bool:
    if not isinstance(value, list | tuple):
        return True
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    found = sum(fits(one, wanted, root) for one in value)
    return found >= as_number(least) and (most is None or found <= as_number(most))


def _ref(value: Json, wanted: Json, _: Record, root: Record) -> bool:
    return fits(value, referred(wanted, root), root)


def referred(wanted: Json, root: Record) -> Json:
    """Return the part of a schema that a `$ref` names; UnknownKeywordError where there is none."""
    where = str(wanted)
    if where != "#" and not where.startswith("#/"):
        raise UnknownKeywordError(f"`$ref: {where}` is no part of the same schema")
    part: Json = root
    for name in where.split("/")[1:]:
        part = record(part).get(name.replace("~1", "/").replace("~0", "~"))
    if part is None:
        raise UnknownKeywordError(f"`$ref: {where}` leads nowhere")
    return part


def _conditional(value: Json, wanted: Json, schema: Record, root: Record) -> bool:
    branch = schema.get("then" if fits(value, wanted, root) else "else", True)
    return fits(value, branch, root)


def _required(value: Json, wanted: Json, _: Record, __: Record) -> bool:
    return not isinstance(value, Mapping) or all(one in value for one in items(wanted))


def _unique(value: Json, wanted: Json, _: Record, __: Record) -> bool:
    found = _listed(value)
    return wanted is not True or not any(
        _same(one, other) for at, one in enumerate(found) for other in found[:at]
    )


def _listed(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []


def as_number(value: Json) -> float:
    """Return a bound as a schema states it; UnknownKeywordError for what is no finite number."""
    if not _is_number(value):
        raise UnknownKeywordError(f"`{value}` is no number")
    if isinstance(value, float) and not isfinite(value):
        raise UnknownKeywordError(f"`{value}` is no finite number")
    return value  # type: ignore[return-value]  # a number


def _of_number(holds: Callable[[float, float], bool]) -> _Check:
    def check(value: Json, wanted: Json, _: Record, __: Record) -> bool:
        bound = as_number(wanted)
        return not _is_number(value) or holds(value, bound)  # type: ignore[arg-type]  # a number

    return check


def _divides(one: float, step: float) -> bool:
    """Return whether a number is a multiple, as both are written: 0.3 is one of 0.1."""
    return step > 0 and (Fraction(str(one)) / Fraction(str(step))).denominator == 1


def _of_size(kind: tuple[type, ...], *, most: bool) -> _Check:
    def check(value: Json, wanted: Json, _: Record, __: Record) -> bool:
        bound = as_number(wanted)
        if not isinstance(value, kind):
            return True
        size = len(value)  # type: ignore[arg-type]  # a text, a list or an object
        return size <= bound if most else size >= bound

    return check


_Check = Callable[[Json, Json, Record, Record], bool]
_NOTHING: _Check = lambda *_: True  # noqa: E731  # what another keyword reads
_CHECKS: Mapping[str, _Check] = {
    "type": _type,
    "enum": lambda value, wanted, _, __: any(_same(value, one) for one in items(wanted)),
    "const": lambda value, wanted, _, __: _same(value, wanted),
    "properties": _properties,
    "patternProperties": _patterned,
    "additionalProperties": _additional,
    "propertyNames": lambda value, wanted, _, root: all(
        fits(key, wanted, root) for key in record(value)
    ),
    "required": _required,
    "minProperties": _of_size((dict,), most=False),
    "maxProperties": _of_size((dict,), most=True),
    "items": _items,
    "prefixItems": _prefix,
    "contains": _contains,
    "minContains": _NOTHING,
    "maxContains": _NOTHING,
    "minItems": _of_size((list, tuple), most=False),
    "maxItems": _of_size((list, tuple), most=True),
    "uniqueItems": _unique,
    "minLength": _of_size((str,), most=False),
    "maxLength": _of_size((str,), most=True),
    "pattern": lambda value, wanted, _, __: (
        not isinstance(value, str) or re.search(str(wanted), value) is not None
    ),
    "minimum": _of_number(lambda one, bound: one >= bound),
    "maximum": _of_number(lambda one, bound: one <= bound),
    "exclusiveMinimum": _of_number(lambda one, bound: one > bound),
    "exclusiveMaximum": _of_number(lambda one, bound: one < bound),
    "multipleOf": _of_number(_divides),
    "allOf": lambda value, wanted, _, root: all(fits(value, one, root) for one in items(wanted)),
    "anyOf": lambda value, wanted, _, root: any(fits(value, one, root) for one in items(wanted)),
    "oneOf": lambda value, wanted, _, root: (
        sum(fits(value, one, root) for one in items(wanted)) == 1
    ),
    "not": lambda value, wanted, _, root: not fits(value, wanted, root),
    "if": _conditional,
    "then": _NOTHING,
    "else": _NOTHING,
    "$ref": _ref,
    "$defs": _NOTHING,
}
KEYWORDS = frozenset(_CHECKS) | _SAID
"""All that are known, those that check nothing too."""
