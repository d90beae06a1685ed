"""Objectives on amounts, from the log's lines to the verdict and the sign that a diagnosis sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import exp
from pathlib import Path
from random import Random

import pytest
from tests.usecases.plain import ONSET
from tests.verbs.logged import AFTER, BEFORE, logging, served
from tests.verbs.seen import done

from mlrespond.judgment.look import ALPHA
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, items, record
from mlrespond.usecases.recorder import Transcript
from mlrespond.usecases.rejudge import rejudged
from mlrespond.verbs.interface import StepContext

OBJECTIVES: dict[str, Json] = {
    "spend": {"kind": "cost", "column": "cost", "unit": "EUR"},
    "dearest": {"kind": "cost", "column": "cost", "quantile": 0.99},
    "took": {"kind": "latency", "column": "took", "unit": "ms", "quantile": 0.95},
}
BODY: Json = {"against": "before_incident", "metrics": "all", "since": iso(ONSET)}


def rows(times: float) -> Iterator[Record]:
    chance = Random(3)  # noqa: S311  # test data
    for at in range(BEFORE + AFTER):
        now = times if at >= BEFORE else 1.0
        yield {"cost": now * exp(chance.gauss(0, 1)), "took": 100 * now * chance.random()}


def looked(folder: Path, times: float) -> tuple[StepContext, Transcript]:
    predictions: dict[str, Json] = {"amounts": ["cost", "took"]}
    return logging(folder, served(rows(times)), predictions, OBJECTIVES)


@pytest.mark.parametrize(("times", "verdict"), [(1.0, "pass"), (2.0, "fail")])
def test_what_requests_cost_is_compared_and_judged_again_alike(
    tmp_path: Path, times: float, verdict: str
) -> None:
    ctx, transcript = looked(tmp_path, times)

    found = done(ctx, "compare", BODY)

    metrics = record(found.yields["metrics"])
    assert {name: record(one)["verdict"] for name, one in metrics.items()} == dict.fromkeys(
        OBJECTIVES, verdict
    )
    assert {name: record(one)["kind"] for name, one in metrics.items()} == {
        "spend": "mean",
        "dearest": "cost",
        "took": "latency",
    }
    kept = record(json.loads(transcript.evidence().content))
    assert {one.name: encode(one) for one in rejudged(kept, ctx.service, ALPHA)} == metrics


def test_a_dearer_service_shows_the_sign_of_a_cost_surge(tmp_path: Path) -> None:
    ctx, _ = looked(tmp_path, 2.0)

    found = done(ctx, "diagnose", {"checks": ["objectives", "latency"]})

    told = [record(one) for one in items(found.yields["findings"])]
    signs = {str(one["said"]).split(" ", 1)[0]: one["verdict"] for one in told if one.get("sign")}
    assert (signs["spend"], signs["dearest"]) == ("fail", "fail")
    assert [one["verdict"] for one in told if one["kind"] == "latency"] == ["fail"]


def test_costs_are_not_told_by_replica(tmp_path: Path) -> None:
    ctx, _ = looked(tmp_path, 2.0)
    body: Json = {**record(BODY), "against": "others", "only": {"replica": ["eu-1"]}}

    found = done(ctx, "compare", body)

    assert found.verdict == "inconclusive"
    assert "predictions do not tell which replica answered" in found.said


def test_a_column_that_nobody_logs_is_no_pass(tmp_path: Path) -> None:
    lines = ({key: value for key, value in one.items() if key != "cost"} for one in rows(1.0))
    ctx, _ = logging(tmp_path, served(lines), {"amounts": ["cost"]}, {"spend": OBJECTIVES["spend"]})

    found = done(ctx, "compare", BODY)

    assert (found.verdict, found.yields["reason"]) == ("inconclusive", "spend: no data")
