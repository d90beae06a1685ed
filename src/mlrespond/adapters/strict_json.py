"""JSON from outside, read strictly: NaN and infinities are no JSON (RFC 8259 §6)."""

from __future__ import annotations

from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model import json
from mlrespond.model.json import Json
from mlrespond.model.text import one_line


def parse(content: bytes | str, source: str) -> Json:
    """Return the value of a JSON text; BadReplyError that names its source if it is none."""
    try:
        return json.parse(content)
    except InvalidInputError as cause:
        raise BadReplyError(f"{source}: {one_line(cause.message, 130)}") from cause
