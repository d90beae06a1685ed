"""Small JSON files that a reader sees whole or not at all."""

from __future__ import annotations

from pathlib import Path

from mlrespond.adapters.durable import replace_file
from mlrespond.adapters.strict_json import parse
from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model.json import Json, dump


def write_json(path: Path, value: Json) -> None:
    """Replace the file by the value's JSON."""
    replace_file(path, f"{dump(value)}\n".encode())


def read_json(path: Path) -> Json:
    """Return what the file holds, or None if there is no such file.

    Raises InvalidInputError if it is not JSON.
    """
    try:
        return parse_json(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def parse_json(content: bytes, what: str) -> Json:
    """Return the JSON value of some bytes; InvalidInputError names `what` if it is none."""
    try:
        return parse(content, what)
    except BadReplyError as cause:
        raise InvalidInputError(cause.message) from cause
