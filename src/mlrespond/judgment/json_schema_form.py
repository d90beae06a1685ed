"""Whether a JSON Schema is understood, all its parts, before any value is held against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from mlrespond.judgment.json_schema import KEYWORDS, TYPES, UnknownKeywordError, as_number, referred
from mlrespond.model.json import Json, Record, items, record

DEEPEST: Final = 60
"""So many parts of a schema may stand in one another, or lead to one another for one value."""

_PART: Final = frozenset(
    {"additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"}
)
_LISTED: Final = frozenset({"prefixItems", "allOf", "anyOf", "oneOf"})
_NAMED: Final = frozenset({"properties", "patternProperties", "$defs"})
_SAME_VALUE: Final = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref"})
_NUMBERS: Final = frozenset(
    {
        *("minProperties", "maxProperties", "minItems", "maxItems", "minLength", "maxLength"),
        *("minContains", "maxContains", "minimum", "maximum", "multipleOf"),
        *("exclusiveMinimum", "exclusiveMaximum"),
    }
)


def understood(schema: Json) -> str:
    """Return what is not understood of a schema, or nothing; it is the whole schema, not a part."""
    try:
        _walk(schema, record(schema), 0, set())
    except UnknownKeywordError as error:
        return str(error)
    return ""


def _walk(part: Json, root: Record, depth: int, ended: set[int]) -> None:
    """Look at a part and at all that stand in it; `ended` are those that are known to end."""
    if isinstance(part, bool):
        return
    if not isinstance(part, Mapping):
        raise UnknownKeywordError("a schema is an object, true or false")
    if depth > DEEPEST:
        raise UnknownKeywordError(f"more than {DEEPEST} schemas stand in one another")
    for key, wanted in part.items():
        _keyword(key, wanted, root)
        for inner in _within(key, wanted):
            _walk(inner, root, depth + 1, ended)
    _end(part, root, (), ended)


def _keyword(key: str, wanted: Json, root: Record) -> None:
    if key not in KEYWORDS:
        raise UnknownKeywordError(f"the keyword `{key}` is not understood")
    if key in _NUMBERS:
        as_number(wanted)
    if key in _NAMED and not isinstance(wanted, Mapping):
        raise UnknownKeywordError(f"`{key}` is an object of schemas by name")
    if key in {*_LISTED, "enum", "required"} and not isinstance(wanted, list | tuple):
        raise UnknownKeywordError(f"`{key}` is a list")
    match key:
        case "type":
            _types(wanted)
        case "pattern":
            _pattern(wanted)
        case "patternProperties":
            for one in record(wanted):
                _pattern(one)
        case "$ref":
            referred(wanted, root)


def _types(wanted: Json) -> None:
    names = items(wanted) if isinstance(wanted, list | tuple) else [wanted]
    unknown = [one for one in names if not isinstance(one, str) or one not in TYPES]
    if unknown:
        raise UnknownKeywordError(f"there is no type `{unknown[0]}`")


def _pattern(wanted: Json) -> None:
    if not isinstance(wanted, str):
        raise UnknownKeywordError(f"`{wanted}` is no pattern")
    try:
        re.compile(wanted)
    except (re.error, RecursionError, OverflowError) as cause:
        raise UnknownKeywordError(f"`{wanted}` is no pattern: {cause}") from cause


def _within(key: str, wanted: Json) -> Iterator[Json]:
    if key in _PART:
        yield wanted
    elif key in _LISTED:
        yield from items(wanted)
    elif key in _NAMED:
        yield from record(wanted).values()


def _end(part: Json, root: Record, above: tuple[int, ...], ended: set[int]) -> None:
    """Refuse a part that asks itself about the same value, for that has no end."""
    if not isinstance(part, Mapping) or id(part) in ended:
        return
    if id(part) in above:
        raise UnknownKeywordError("a `$ref` leads back to where it stands, for the same value")
    if len(above) > DEEPEST:
        raise UnknownKeywordError(f"more than {DEEPEST} schemas lead to one another")
    for key, wanted in part.items():
        asked = [referred(wanted, root)] if key == "$ref" else list(_within(key, wanted))
        for inner in asked if key in _SAME_VALUE else ():
            _end(inner, root, (*above, id(part)), ended)
    ended.add(id(part))
