"""What generated texts are judged by: their length, and the schema that they should fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.usecases.plain import ONSET
from tests.verbs.logged import AFTER, BEFORE, logging, served
from tests.verbs.seen import done

from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, items, record

TEXT: Json = {
    "column": "answer",
    "json": True,
    "schema": {
        "type": "object",
        "required": ["order"],
        "properties": {"order": {"type": "integer"}},
    },
}
OBJECTIVES: dict[str, Json] = {
    "length": {"kind": "length", "unit": "characters", "tells": "upstream_changed"},
    "fits": {"kind": "ratio", "from": "predictions", "bad": "text.schema_violation", "max": 0.02},
}
BODY: Json = {"against": "before_incident", "metrics": "all", "since": iso(ONSET)}


def rows(*, longer: float = 1.0, off: float = 0.0) -> Iterator[Record]:
    chance = Random(3)  # noqa: S311  # test data
    for at in range(BEFORE + AFTER):
        late = at >= BEFORE
        note = "x" * round(chance.uniform(20, 200) * (longer if late else 1))
        order: Json = "none" if late and chance.random() < off else at
        yield {"answer": json.dumps({"order": order, "note": note})}


@pytest.mark.parametrize(
    ("shows", "verdicts"),
    [
        ({}, {"length": "pass", "fits": "pass"}),
        ({"longer": 2.0}, {"length": "fail", "fits": "pass"}),
        ({"longer": 0.4}, {"length": "fail", "fits": "pass"}),
        ({"off": 0.2}, {"length": "pass", "fits": "fail"}),
    ],
)
def test_texts_are_judged_by_length_and_schema(
    tmp_path: Path, shows: dict[str, float], verdicts: dict[str, str]
) -> None:
    ctx, _ = logging(tmp_path, served(rows(**shows)), {"text": TEXT}, OBJECTIVES)

    found = done(ctx, "compare", BODY)

    metrics = record(found.yields["metrics"])
    assert {name: record(one)["verdict"] for name, one in metrics.items()} == verdicts


def test_a_drift_of_length_shows_the_sign_that_is_told(tmp_path: Path) -> None:
    only = {"length": OBJECTIVES["length"]}
    ctx, _ = logging(tmp_path, served(rows(longer=2.0)), {"text": TEXT}, only)

    found = done(ctx, "diagnose", {"checks": ["objectives"]})

    told = [record(one) for one in items(found.yields["findings"])]
    assert [one["verdict"] for one in told if one.get("sign") == "upstream_changed"] == ["fail"]


def test_an_output_that_is_missing_violates_a_schema_and_has_no_length(tmp_path: Path) -> None:
    lines = ({"answer": None} if at % 4 == 0 else one for at, one in enumerate(rows()))
    ctx, _ = logging(tmp_path, served(lines), {"text": TEXT}, OBJECTIVES)

    found = done(ctx, "compare", BODY)

    told = record(record(found.yields["metrics"])["fits"])
    assert told["current"] == pytest.approx(0.25, abs=0.02)
    assert told["verdict"] == "fail"
