"""As much of JSON Schema (2020-12) as our schemas use, so that tests need no other package."""

from __future__ import annotations

import re

from mlrespond.model.json import Json, Record, items, record, text

KEYWORDS = frozenset(
    {
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "default",
        "type",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "items",
        "anyOf",
        "oneOf",
        "enum",
        "const",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "minProperties",
        "discriminator",
    }
)
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def fits(whole: Record, one: Record, value: Json) -> bool:
    """Return whether a value is valid by a schema that stands in a whole one."""
    reference = text(one.get("$ref"))
    if reference and not fits(whole, _definition(whole, reference), value):
        return False
    either = items(one.get("anyOf"))
    if either and not any(fits(whole, record(inner), value) for inner in either):
        return False
    exactly = items(one.get("oneOf"))
    if exactly and sum(fits(whole, record(inner), value) for inner in exactly) != 1:
        return False
    if "const" in one and value != one["const"]:
        return False
    if "enum" in one and value not in items(one["enum"]):
        return False
    return _of_type(one, value) and _bounded(one, value) and _inside(whole, one, value)


def _definition(whole: Record, reference: str) -> Record:
    return record(record(whole["$defs"])[reference.rpartition("/")[2]])


def _of_type(one: Record, value: Json) -> bool:
    if "type" not in one:
        return True
    names = [one["type"]] if isinstance(one["type"], str) else items(one["type"])
    return any(
        isinstance(value, _TYPES[str(name)]) and (name == "boolean" or not isinstance(value, bool))
        for name in names
    )


def _bounded(one: Record, value: Json) -> bool:
    if isinstance(value, str):
        return re.search(str(one.get("pattern", "")), value) is not None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (
            value >= _limit(one, "minimum", value)
            and value <= _limit(one, "maximum", value)
            and value > _limit(one, "exclusiveMinimum", value - 1)
            and value < _limit(one, "exclusiveMaximum", value + 1)
        )
    return True


def _limit(one: Record, key: str, otherwise: float) -> float:
    found = one.get(key, otherwise)
    assert isinstance(found, int | float)
    return found


def _inside(whole: Record, one: Record, value: Json) -> bool:
    if isinstance(value, list):
        inner = record(one.get("items"))
        enough = len(value) >= _limit(one, "minItems", 0)
        return enough and all(fits(whole, inner, item) for item in value)
    if isinstance(value, dict):
        return _object(whole, one, value)
    return True


def _object(whole: Record, one: Record, value: dict[str, Json]) -> bool:
    if len(value) < _limit(one, "minProperties", 0):
        return False
    if not set(items(one.get("required"))) <= set(value):
        return False
    return all(_property(whole, one, key, item) for key, item in value.items())


def _property(whole: Record, one: Record, key: str, item: Json) -> bool:
    properties, patterns = record(one.get("properties")), record(one.get("patternProperties"))
    if not fits(whole, record(one.get("propertyNames")), key):
        return False
    known = [record(inner) for name, inner in properties.items() if name == key]
    known += [record(inner) for pattern, inner in patterns.items() if re.search(pattern, key)]
    if known:
        return all(fits(whole, inner, item) for inner in known)
    other = one.get("additionalProperties", True)
    return fits(whole, record(other), item) if isinstance(other, dict) else other is True
