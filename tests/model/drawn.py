"""Bodies of any kind, drawn by the annotations of their fields."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive, by hypothesis's rule
_SCALARS: Mapping[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: TIMES,
    object: JSON,
}


def instances(cls: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # any dataclass
    """Draw instances of a dataclass; fields with a default are sometimes left to it."""
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    required = {one.name: of(hints[one.name]) for one in fields if _is_required(one)}
    optional = {one.name: of(hints[one.name]) for one in fields if not _is_required(one)}
    return st.fixed_dictionaries(required, optional=optional).map(lambda known: cls(**known))


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def of(annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # annotations have no narrower type
    """Draw values of an annotation."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if dataclasses.is_dataclass(annotation):
        return st.deferred(lambda: instances(annotation))
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return st.none()
    if origin in {Union, types.UnionType}:
        return st.one_of([of(one) for one in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(of(args[0]), max_size=3).map(tuple)
    assert origin is not None, annotation
    assert issubclass(origin, Mapping), annotation
    return st.dictionaries(TEXT, of(args[1]), max_size=3)
