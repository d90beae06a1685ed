"""The inputs of a runbook: what was given, completed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record, number
from mlrespond.model.spec import InputSpec


def resolve_inputs(specs: Mapping[str, InputSpec], given: Record) -> Record:
    """Return a value for every input; InvalidInputError names all that is missing or wrong."""
    mistakes = [f"there is no input `{name}`" for name in given if name not in specs]
    values: dict[str, Json] = {}
    for name, spec in specs.items():
        if name not in given and spec.required:
            mistakes.append(f"input `{name}` is missing")
            continue
        value = given.get(name, spec.default)
        wrong = mistake(spec, value) if name in given else ""
        if wrong:
            mistakes.append(f"input `{name}`: {wrong}")
        values[name] = value
    if mistakes:
        known = ", ".join(specs) or "none"
        raise InvalidInputError("; ".join(mistakes), hint=f"inputs: {known}")
    return values


def mistake(spec: InputSpec, value: Json) -> str:
    """Return what is wrong with a value, or nothing."""
    match spec.type:
        case "number":
            return _number(spec, value)
        case "bool":
            return "" if isinstance(value, bool) else f"`{value}` is neither true nor false"
        case "choice":
            known = ", ".join(spec.choices)
            return "" if value in spec.choices else f"`{value}` is none of {known}"
        case "duration":
            return _duration(value)
        case "string" | "version":
            return _text(spec, value)


def _number(spec: InputSpec, value: Json) -> str:
    found = number(value)
    if found is None:
        return f"`{value}` is no number"
    if spec.min is not None and found < spec.min:
        return f"{value} is less than {spec.min}"
    if spec.max is not None and found > spec.max:
        return f"{value} is more than {spec.max}"
    return ""


def _duration(value: Json) -> str:
    try:
        parse_duration(value if isinstance(value, str) else f"{value}")
    except InvalidInputError as error:
        return error.message
    return ""


def _text(spec: InputSpec, value: Json) -> str:
    if not isinstance(value, str):
        return f"`{value}` is no text"
    if spec.pattern and not re.fullmatch(spec.pattern, value):
        return f"`{value}` does not match {spec.pattern}"
    return ""
