"""JSON as a type, and the one canonical form that hashes are taken over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from mlrespond.errors import InvalidInputError

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
else:
    Json = object  # what the codec and pydantic see: passed through as it is
Record: TypeAlias = Mapping[str, Json]

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
_EXACT = frozenset({str, int, bool, type(None)})
_HALF = re.compile(r"[\ud800-\udfff]")
_MAY_BE_HALF = re.compile(rb"\\[uU][dD][89a-fA-F]|\xed[\xa0-\xbf]")


def parse(content: bytes | str, *, nan: bool = False) -> Json:
    """Return the value of a JSON text from outside; InvalidInputError says why it is none.

    NaN, infinities and numbers beyond floats are refused (RFC 8259 §6), unless `nan` lets them
    through: many programs write them into logs. Half a surrogate pair
    has no UTF-8 (§8.2) and could be neither stored nor shown: U+FFFD takes its place.
    """
    try:
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        value: Json = (
            json.loads(content)
            if nan
            else json.loads(content, parse_constant=_refuse, parse_float=_finite)
        )
        return _whole(value) if _MAY_BE_HALF.search(raw) else value
    except (ValueError, RecursionError) as cause:
        raise InvalidInputError(f"not JSON: {cause}") from cause


def _whole(value: Json) -> Json:
    if isinstance(value, str):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {str(_whole(key)): _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, Sequence) else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(f"{text[:20]} is too large")
    return value


def dump(value: Json) -> str:
    """Return compact JSON text with sorted keys; NaN and infinities are refused."""
    try:
        return _ENCODER.encode(value)
    except ValueError as cause:
        raise InvalidInputError(f"not JSON: {cause}") from cause


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value: UTF-8, sorted keys, no spaces, no floats, no NaN.

    Keys sort by code point. A float has more than one spelling, so a header never holds one.
    """
    _refuse_floats(value)
    try:
        return dump(value).encode()
    except UnicodeEncodeError as cause:
        raise InvalidInputError("not canonical: a lone surrogate has no UTF-8") from cause


def _refuse_floats(value: Json) -> None:
    if type(value) in _EXACT:
        return
    if isinstance(value, float):
        raise InvalidInputError(f"not canonical: {value!r} is a float")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise InvalidInputError(f"not canonical: key {key!r} is no string")
        inner: Iterable[Json] = value.values()
    else:
        inner = items(value)
    for item in inner:
        if type(item) not in _EXACT:
            _refuse_floats(item)


def record(value: Json) -> Record:
    """Return the value as a record; anything else is an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Json) -> Sequence[Json]:
    """Return the value as a list; anything else is an empty one."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def text(value: Json) -> str | None:
    """Return the value if it is a string."""
    return value if isinstance(value, str) else None


def number(value: Json) -> float | None:
    """Return the value as a float if it is a finite number that a float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:  # a whole number from outside may be of any size
        return None
    return found if isfinite(found) else None
