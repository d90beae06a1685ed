"""Inference requests and replies of the Open Inference Protocol v2.

See github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.

One tensor a feature, the first dimension is rows, null is a missing value. One more tensor may
name the customers; requests without it are probes: answered, but no part of the prediction log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.model import Scored
from mlrespond.lab.world import FEATURES, Row
from mlrespond.model.json import Json, Record, items, number, record, text

CUSTOMER = "customer_id"
DATATYPES: Mapping[str, str] = {
    "amount": "FP64",
    "country": "BYTES",
    "hour": "INT64",
    "prior_orders": "INT64",
    "account_age_days": "INT64",
}
PROBE: Row = {
    "amount": 25.0,
    "country": "DE",
    "hour": 14,
    "prior_orders": 12,
    "account_age_days": 900,
}
OUTPUTS: Mapping[str, str] = {"p": "FP64", "decision": "BYTES"}


@dataclass(frozen=True, slots=True)
class Inference:
    """A request: its id, its rows, and whom each row is about (None: a probe)."""

    id: str | None
    rows: tuple[Row, ...]
    customers: tuple[str | None, ...]

    def row_id(self, index: int) -> str:
        """Return the id of one row: the request's own, or `id:index` where there are several."""
        return f"{self.id}" if len(self.rows) == 1 else f"{self.id}:{index}"


def read_request(body: bytes) -> Inference:
    """Return the rows that a request asks about; InvalidInputError says what is wrong with it."""
    asked = record(parse_json(body, "the request"))
    tensors = dict(map(_tensor, items(asked.get("inputs"))))
    missing = [name for name in FEATURES if name not in tensors]
    if missing:
        raise InvalidInputError(f"missing inputs: {', '.join(missing)}")
    if len({len(data) for data in tensors.values()}) > 1:
        raise InvalidInputError("the inputs have different numbers of rows")
    count = len(tensors[FEATURES[0]])
    customers = tensors.get(CUSTOMER, [None] * count)
    rows = tuple({name: tensors[name][at] for name in FEATURES} for at in range(count))
    return Inference(text(asked.get("id")), rows, tuple(text(one) for one in customers))


def request(request_id: str | None, rows: Sequence[Row], customers: Sequence[str]) -> Json:
    """Return the body of a request; without customers it is a probe."""
    inputs = [_written(name, kind, [row[name] for row in rows]) for name, kind in DATATYPES.items()]
    if customers:
        inputs.append(_written(CUSTOMER, "BYTES", list(customers)))
    named = {} if request_id is None else {"id": request_id}
    return {**named, "inputs": inputs}


def reply(model: str, version: str, request_id: str | None, scored: Sequence[Scored]) -> Json:
    """Return the body of an answer."""
    return {
        "model_name": model,
        "model_version": version,
        "id": request_id,
        "outputs": [
            _written("p", OUTPUTS["p"], [one.p for one in scored]),
            _written("decision", OUTPUTS["decision"], [one.decision for one in scored]),
        ],
    }


def metadata(types: Mapping[str, str]) -> Json:
    """Return how the protocol describes tensors."""
    return [{"name": name, "datatype": kind, "shape": [-1]} for name, kind in types.items()]


def _written(name: str, datatype: str, data: Sequence[Json]) -> Record:
    return {"name": name, "shape": [len(data)], "datatype": datatype, "data": data}


def _tensor(what: Json) -> tuple[str, Sequence[Json]]:
    tensor = record(what)
    name, data = text(tensor.get("name")), items(tensor.get("data"))
    if name is None or (name not in DATATYPES and name != CUSTOMER):
        raise InvalidInputError(f"there is no input `{name}`")
    shape = items(tensor.get("shape"))
    if not shape or shape[0] != len(data) or any(side != 1 for side in shape[1:]):
        raise InvalidInputError(f"input `{name}` has {len(data)} values, but the shape {shape!r}")
    if not data:
        raise InvalidInputError(f"input `{name}` has no rows")
    for value in data:
        _check(name, value)
    return name, data


def _check(name: str, value: Json) -> None:
    words = name == CUSTOMER or DATATYPES[name] == "BYTES"
    right = isinstance(value, str) if words else number(value) is not None
    if value is not None and not right:
        raise InvalidInputError(f"input `{name}` holds {value!r}")
