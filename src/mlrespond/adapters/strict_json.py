"""JSON from outside, read strictly: NaN and infinities are no JSON (RFC 8259 §6)."""

from __future__ import annotations

import json
from typing import NoReturn

from mlrespond.errors import BadReplyError
from mlrespond.model.json import Json
from mlrespond.model.text import one_line


def parse(content: bytes | str, source: str) -> Json:
    """Return the value of a JSON text; BadReplyError that names its source if it is none."""
    try:
        value: Json = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as cause:
        raise BadReplyError(f"{source}: not JSON: {one_line(str(cause), 120)}") from cause
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(f"{text[:20]} is too large")
    return value
