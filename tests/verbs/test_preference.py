"""Verdicts of a judge, from the log's lines to a comparison and a diagnosis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.usecases.plain import ONSET
from tests.verbs.logged import AFTER, BEFORE, logging, served
from tests.verbs.seen import done

from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, items, record

JUDGE: Json = {"column": "preferred", "win": ["new"], "loss": ["old"], "tie": ["same", "both bad"]}
BODY: Json = {"against": "before_incident", "metrics": "all", "since": iso(ONSET)}


def rows(lost: float, words: tuple[str, str, str] = ("new", "same", "old")) -> Iterator[Record]:
    """Yield answers of which every third is judged; a fifth of those are ties."""
    chance = Random(3)  # noqa: S311  # test data
    new, same, old = words
    for at in range(BEFORE + AFTER):
        won = new if chance.random() >= lost else old
        told: Json = same if chance.random() < 0.2 else won
        yield {"preferred": told if at % 3 == 0 else None}


def objectives(**more: Json) -> dict[str, Json]:
    return {"preferred": {"kind": "judge", "tells": "upstream_changed", **more}}


@pytest.mark.parametrize(
    ("lost", "calibrated", "verdict"),
    [(0.45, True, "pass"), (0.65, True, "fail"), (0.65, False, "inconclusive")],
)
def test_a_judge_fails_a_worse_service_if_it_is_calibrated(
    tmp_path: Path,
    lost: float,
    calibrated: bool,  # noqa: FBT001  # a parameter of the test
    verdict: str,
) -> None:
    wanted = objectives(calibrated=calibrated)
    ctx, _ = logging(tmp_path, served(rows(lost)), {"judge": JUDGE}, wanted)

    found = done(ctx, "compare", BODY)

    told = record(record(found.yields["metrics"])["preferred"])
    assert (told["verdict"], told["kind"], told["estimated"]) == (verdict, "judge", not calibrated)
    assert told["n"] == AFTER / 3


def test_a_diagnosis_sees_the_sign(tmp_path: Path) -> None:
    wanted = objectives(calibrated=True)
    ctx, _ = logging(tmp_path, served(rows(0.65)), {"judge": JUDGE}, wanted)

    found = done(ctx, "diagnose", {"checks": ["objectives"]})

    told = [record(one) for one in items(found.yields["findings"])]
    assert [one["verdict"] for one in told if one.get("sign") == "upstream_changed"] == ["fail"]


def test_words_that_nobody_explained_are_no_verdicts(tmp_path: Path) -> None:
    lines = rows(0.65, ("A", "same", "B"))
    ctx, _ = logging(tmp_path, served(lines), {"judge": JUDGE}, objectives(calibrated=True))

    found = done(ctx, "compare", BODY)

    assert found.verdict == "inconclusive"
    assert "verdicts cannot be read" in found.said


def test_without_verdicts_nothing_is_judged(tmp_path: Path) -> None:
    ctx, _ = logging(tmp_path, served({} for _ in range(12_000)), {"judge": JUDGE}, objectives())

    found = done(ctx, "compare", BODY)

    assert found.verdict == "inconclusive"
    assert "no verdicts of a judge in the predictions" in found.said
