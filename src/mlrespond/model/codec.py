"""Frozen dataclasses to JSON and back, by their annotations; unknown keys are ignored at reading.

Written here because `timeline` and `note` must start without pydantic (DESIGN §1.7).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json

T = TypeVar("T")
_Decoder = Callable[[Json], Any]
_PLAIN = frozenset({str, int, float, bool})
_FIELDS: dict[type, tuple[tuple[str, bool], ...]] = {}  # name, and whether None is the default


def encode(value: object) -> Json:
    """Return the JSON of a dataclass, container, time or scalar; defaults of None are left out."""
    cls = type(value)
    if cls in _PLAIN or value is None:
        return value  # type: ignore[return-value]  # one of these
    fields = _FIELDS.get(cls)
    if fields is None:
        return _encode_other(value)
    written: dict[str, Json] = {}
    for name, optional in fields:
        item = getattr(value, name)
        if item is not None or not optional:
            written[name] = item if type(item) in _PLAIN else encode(item)
    return written


def _encode_other(value: object) -> Json:
    if isinstance(value, str | int | float):  # a subclass, such as an enum
        return value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, Sequence | frozenset):
        return [encode(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        _FIELDS[type(value)] = tuple(
            (field.name, field.default is None) for field in dataclasses.fields(value)
        )
        return encode(value)
    raise InvalidInputError(f"cannot write a {type(value).__name__} as JSON")


def decode(cls: type[T], value: Json) -> T:
    """Return the dataclass that the JSON describes.

    Raises InvalidInputError where a field is missing or of another type.
    """
    try:
        decoded = _decoder(cls)(value)  # type: ignore[arg-type]  # classes are hashable
    except (TypeError, ValueError, AttributeError, KeyError) as cause:
        raise InvalidInputError(f"not a {cls.__name__}: {cause}") from cause
    return decoded  # type: ignore[no-any-return]  # the decoder is built from cls


def decode_as(annotation: object, value: Json) -> Json:
    """Return the value that an annotation such as `tuple[Version, ...]` describes."""
    return _decoder(annotation)(value)  # type: ignore[no-any-return]  # built from annotation


@cache
def _decoder(annotation: Any) -> _Decoder:  # noqa: ANN401  # annotations have no narrower type
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if dataclasses.is_dataclass(annotation):
        return _dataclass_decoder(annotation)
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return _optional(get_args(annotation))
    if origin is tuple:
        return _tuple(get_args(annotation))
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        return _mapping(get_args(annotation)[1])
    return _same


def _same(value: Json) -> Json:
    return value


def _time(value: Json) -> datetime:
    return parse_iso(_text(value))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _float(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _int(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _bool(value: Json) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


_SCALARS: dict[object, _Decoder] = {
    datetime: _time,
    str: _text,
    float: _float,
    int: _int,
    bool: _bool,
}


def _optional(args: tuple[object, ...]) -> _Decoder:
    inner = [_decoder(arg) for arg in args if arg is not type(None)]
    if len(inner) > 1:
        return _same  # unions of scalars travel as they are

    def read(value: Json) -> Any:  # noqa: ANN401  # as wide as the annotation
        return None if value is None else inner[0](value)

    return read


def _tuple(args: tuple[object, ...]) -> _Decoder:
    if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004  # tuple[T, ...]
        inner = _decoder(args[0])
        return lambda value: tuple(inner(item) for item in value)  # type: ignore[union-attr]  # TypeError is caught
    parts = [_decoder(arg) for arg in args]
    return lambda value: tuple(
        part(item)
        for part, item in zip(parts, value, strict=True)  # type: ignore[arg-type]  # TypeError is caught
    )


def _mapping(annotation: object) -> _Decoder:
    inner = _decoder(annotation)
    return lambda value: {key: inner(item) for key, item in value.items()}  # type: ignore[union-attr]  # AttributeError is caught


def _dataclass_decoder(cls: Any) -> _Decoder:  # noqa: ANN401  # any dataclass
    hints = get_type_hints(cls)
    readers = [(field.name, _decoder(hints[field.name])) for field in dataclasses.fields(cls)]

    def read(value: Json) -> Any:  # noqa: ANN401  # an instance of cls
        if not isinstance(value, Mapping):
            raise TypeError(f"{value!r} is no record")
        known = {name: reader(value[name]) for name, reader in readers if name in value}
        return cls(**known)

    return read
