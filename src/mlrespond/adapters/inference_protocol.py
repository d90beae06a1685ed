"""Rows as tensors of the Open Inference Protocol, and its outputs as values, one a row.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlrespond.errors import BadReplyError, RejectedError
from mlrespond.model.json import Json, Record, items, record, text

_NUMBERS = ("FP", "INT", "UINT")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a model's metadata says of an input; `wide` is a second dimension, of one value a row.

    Servers that batch by themselves want the shape [rows, 1].
    """

    datatype: str
    wide: bool = False


def declared(metadata: Json) -> dict[str, Declared]:
    """Return what a model's metadata declares of each input."""
    inputs = [record(one) for one in items(record(metadata).get("inputs"))]
    return {
        name: Declared(datatype, wide=len(items(one.get("shape"))) == 2)  # noqa: PLR2004  # see there
        for one in inputs
        if (name := text(one.get("name"))) and (datatype := text(one.get("datatype")))
    }


def tensors(rows: Sequence[Record], known: Mapping[str, Declared]) -> list[Json]:
    """Return one tensor a feature, its first dimension the rows; a missing value is null."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [_tensor(name, [row.get(name) for row in rows], known.get(name)) for name in names]


def without_nulls(row: Record) -> Record:
    """Return a row without its missing values, for servers whose tensors hold no null."""
    finite = {
        name: value
        for name, value in row.items()
        if not isinstance(value, float) or math.isfinite(value)
    }
    return {name: value for name, value in finite.items() if value is not None}


def _tensor(name: str, values: list[Json], known: Declared | None) -> Json:
    data = [None if isinstance(one, float) and not math.isfinite(one) else one for one in values]
    return {
        "name": name,
        "shape": [len(data), 1] if known and known.wide else [len(data)],
        "datatype": _datatype(name, data, known.datatype if known else None),
        "data": data,
    }


def _datatype(name: str, data: list[Json], asked: str | None) -> str:
    types = {type(one) for one in data if one is not None}
    if types <= {int, float}:
        wholly = types == {int}
        if asked and asked.startswith(_NUMBERS if wholly or not types else "FP"):
            return asked
        return "INT64" if wholly else "FP64"
    known = {frozenset({bool}): "BOOL", frozenset({str}): "BYTES"}.get(frozenset(types))
    if known is None:
        kinds = ", ".join(sorted(one.__name__ for one in types))
        raise RejectedError(f"`{name}` holds values that no tensor can hold together: {kinds}")
    return known


def outputs(reply: Json, wanted: str, count: int, what: str) -> tuple[Json, ...]:
    """Return one value a row: of the output that is wanted, or of the first one."""
    found = [record(one) for one in items(record(reply).get("outputs"))]
    named = [one for one in found if one.get("name") == wanted] or found
    if not named:
        raise BadReplyError(f"{what}: the reply has no outputs")
    data = items(named[0].get("data"))
    if len(data) == count:
        return tuple(_single(one) for one in data)
    if count and data and len(data) % count == 0 and _flat(named[0], count):
        width = len(data) // count
        return tuple(list(data[start : start + width]) for start in range(0, len(data), width))
    raise BadReplyError(f"{what}: {len(data)} outputs for {count} rows")


def _single(value: Json) -> Json:
    inner = items(value)
    return inner[0] if len(inner) == 1 else value


def _flat(output: Record, count: int) -> bool:
    """Tell a flattened tensor of several values a row from a reply with rows too many."""
    shape = items(output.get("shape"))
    return len(shape) > 1 and shape[0] == count


def version(reply: Json, asked: str | None, what: str) -> str | None:
    """Return which version answered, if the reply says so; another than asked for is an error."""
    answered = text(record(reply).get("model_version")) or None
    if asked is not None and answered is not None and answered != asked:
        raise BadReplyError(f"{what}: version {answered} answered where {asked} was asked for")
    return answered
