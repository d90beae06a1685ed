"""Requests of the Open Inference Protocol."""

from __future__ import annotations

import json

import pytest

from mlrespond.errors import InvalidInputError
from mlrespond.lab.model import Scored
from mlrespond.lab.tensor import PROBE, read_request, reply, request
from mlrespond.model.json import Json, Record, items, record


def body(**changed: Json) -> bytes:
    """Return a request for one row with some tensors changed or, if None, left out."""
    asked = record(request("r", [PROBE], ["c1"]))
    tensors: list[Record] = []
    for one in map(record, items(asked["inputs"])):
        name = str(one["name"])
        if name not in changed:
            tensors.append(one)
        elif changed[name] is not None:
            tensors.append({**one, **record(changed[name])})
    return json.dumps({**asked, "inputs": tensors}).encode()


def test_a_request_is_read_as_it_was_written() -> None:
    rows = [PROBE, {**PROBE, "amount": None, "country": None}]

    asked = read_request(json.dumps(request("abc", rows, ["c1", "c2"])).encode())

    assert asked.id == "abc"
    assert list(asked.rows) == rows
    assert asked.customers == ("c1", "c2")
    assert [asked.row_id(0), asked.row_id(1)] == ["abc:0", "abc:1"]


def test_the_id_of_a_single_row_is_the_request_s() -> None:
    assert read_request(body()).row_id(0) == "r"


def test_a_request_without_customers_is_a_probe() -> None:
    assert read_request(body(customer_id=None)).customers == (None,)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "missing inputs"),
        (b'{"inputs": [{"name": "amount", "shape": [1], "data": [NaN]}]}', "not JSON"),
        (body(amount=None), "missing inputs: amount"),
        (body(amount={"name": "sum"}), "no input `sum`"),
        (body(amount={"shape": [2]}), "shape"),
        (body(amount={"shape": [1, 2]}), "shape"),
        (body(amount={"shape": [0], "data": []}), "no rows"),
        (body(amount={"shape": [2], "data": [1, 2]}), "different numbers of rows"),
        (body(amount={"data": ["much"]}), "holds 'much'"),
        (body(hour={"data": [True]}), "holds True"),
        (body(country={"data": [3]}), "holds 3"),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_wrong(sent: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_request(sent)


def test_a_reply_names_the_version_and_keeps_nulls() -> None:
    told = record(reply("m", "3", "r", [Scored(0.5, "block"), Scored(None, "allow")]))

    assert (told["model_name"], told["model_version"], told["id"]) == ("m", "3", "r")
    p, decision = (record(one) for one in items(told["outputs"]))
    assert (p["name"], p["shape"], p["datatype"], p["data"]) == ("p", [2], "FP64", [0.5, None])
    assert (decision["name"], decision["datatype"]) == ("decision", "BYTES")
    assert decision["data"] == ["block", "allow"]
