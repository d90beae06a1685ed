"""Whether a value fits an input: the one rule of lint, of runs, and of answers to questions."""

from __future__ import annotations

import re

from mlrespond.errors import InvalidInputError
from mlrespond.model.evaluate import shown
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, number
from mlrespond.model.spec import InputSpec


def misfit(spec: InputSpec, value: Json) -> str:
    """Return why a value does not fit an input, or nothing."""
    match spec.type:
        case "number":
            return _number(spec, value)
        case "bool":
            return "" if isinstance(value, bool) else f"`{shown(value)}` is neither true nor false"
        case "choice":
            good = value in spec.choices
            return "" if good else f"`{shown(value)}` is none of {', '.join(spec.choices)}"
        case "duration":
            return _duration(value)
        case "string" | "version":
            return _text(spec, value)


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the regular expression; None for what is none."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def _number(spec: InputSpec, value: Json) -> str:
    found = number(value)
    if found is None:
        return f"`{shown(value)}` is no number"
    if spec.min is not None and found < spec.min:
        return f"{shown(value)} is less than {spec.min:g}"
    if spec.max is not None and found > spec.max:
        return f"{shown(value)} is more than {spec.max:g}"
    return ""


def _duration(value: Json) -> str:
    try:
        parse_duration(value if isinstance(value, str) else shown(value))
    except InvalidInputError as error:
        return error.message
    return ""


def _text(spec: InputSpec, value: Json) -> str:
    if not isinstance(value, str):
        return f"`{shown(value)}` is no text"
    pattern = compiled(spec.pattern) if spec.pattern else None  # lint tells one that is none
    if pattern is not None and not pattern.fullmatch(value):
        return f"`{value}` does not match {spec.pattern}"
    return ""
