"""The kinds of event: from the closed set."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from docs.generate.markdown import anchor, code, codes, sentence, table

from mlrespond.model import (
    action_item_kind,
    blast_kind,
    handover_kind,
    incident_kind,
    lease_kind,
    metrics_kind,
    run_kind,
    service_kind,
)
from mlrespond.model.codec import encode
from mlrespond.model.json import dump
from mlrespond.model.kind import Body
from mlrespond.model.kinds import KINDS
from mlrespond.model.meaning import meaning

_PARTS = (
    ("Of an incident", incident_kind.__name__),
    ("Of an incident's blast radius", blast_kind.__name__),
    ("Of an action item", action_item_kind.__name__),
    ("Of a handover", handover_kind.__name__),
    ("Of a run", run_kind.__name__),
    ("Of a service", service_kind.__name__),
    ("Of a lease", lease_kind.__name__),
    ("Of the metrics", metrics_kind.__name__),
)
_PLAIN: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "time",
}


def index() -> Iterator[str]:
    """Yield the table of kinds, by what they are about."""
    for title, module in _PARTS:
        rows = [
            (f"[`{name}`](#{anchor(name)})", cls.layer, _about(cls))
            for name, cls in KINDS.items()
            if cls.__module__ == module
        ]
        yield from (f"### {title}", "")
        yield from table(("Kind", "Layer", "What it says"), rows)


def page() -> Iterator[str]:
    """Yield a section for each kind, with the fields of its data."""
    for name, cls in KINDS.items():
        yield from (f"### {name}", "", _about(cls), "")
        yield from table(("Field", "Type", "Default", "What it is"), _rows(cls))


def _about(cls: type[Body]) -> str:
    return sentence(" ".join((cls.__doc__ or "").split()))


def _rows(cls: type[Body]) -> Iterator[tuple[str, str, str, str]]:
    hints = get_type_hints(cls)
    for field in dataclasses.fields(cls):
        what = meaning(cls.kind, field.name)
        yield code(field.name), _type(hints[field.name]), _default(field), what


def _default(field: dataclasses.Field[object]) -> str:
    if field.default is not dataclasses.MISSING:
        return "" if field.default in (None, "", ()) else code(dump(encode(field.default)))
    return "" if field.default_factory is not dataclasses.MISSING else "**required**"


def _type(annotation: Any) -> str:  # noqa: ANN401  # annotations have no narrower type
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return codes([str(one) for one in args])
    if origin in {Union, UnionType}:
        known = [one for one in args if one is not NoneType]
        return _type(known[0]) if len(known) == 1 else _either(known)
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if dataclasses.is_dataclass(annotation):
        return f"record: {_fields(annotation)}"
    return "record" if origin is not None else "JSON"


def _either(args: list[Any]) -> str:
    literals = [str(one) for arg in args for one in get_args(arg) if get_origin(arg) is Literal]
    return codes(literals) if literals else "JSON"


def _fields(cls: Any) -> str:  # noqa: ANN401  # any dataclass
    return codes([field.name for field in dataclasses.fields(cls)])
