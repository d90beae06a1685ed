"""`mlir profile` and `compare` of amounts that predictions log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.shop import SERVICE, Shop

from mlrespond.model.instant import iso
from mlrespond.model.json import Json

LOG: dict[str, Json] = {"kind": "files", "path": "logs/*.jsonl", "amounts": ["cost"]}


def lines() -> Iterator[str]:
    """Yield a request every 3 seconds of the last two hours, ten cents each, lately thirty."""
    now = datetime.now(UTC)
    for ago in range(2400, 0, -1):
        cost = 0.3 if ago <= 150 else 0.1
        at = iso(now - timedelta(seconds=3 * ago))
        yield json.dumps({"served_at": at, "model_version": "7", "cost": cost if ago % 9 else None})


@pytest.fixture
def dear(shop: Shop) -> Shop:
    objective: Json = {"kind": "cost", "column": "cost", "unit": "EUR", "max": 0.2}
    shop.settings(predictions=LOG, objectives={"spend": objective})
    shop.write("logs/a.jsonl", "".join(f"{line}\n" for line in lines()))
    return shop


def test_a_profile_tells_where_quantiles_lie(
    dear: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dear.mlir("profile", "--since", "3h ago") == 0

    told = capsys.readouterr().out
    assert "cost: 2,134 amounts, p50 0.09827..0.1003, p95 0.2952..0.3012" in told
    assert "11.1% have none" in told


def test_a_profile_is_kept_and_costs_are_compared_with_it(
    dear: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    dear.mlir("profile", "--since", "3h ago", "--until", "30m ago", "--keep", "cheap")
    capsys.readouterr()

    code = dear.mlir("compare", SERVICE, "--against", "profile:cheap", "--since", "7m ago")

    told = capsys.readouterr().out
    assert code == 1
    assert "spend 0.2982 EUR on average of " in told


def test_the_document_has_the_buckets(dear: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    dear.mlir("profile", "--since", "3h ago", "--json")

    (told,) = json.loads(capsys.readouterr().out)["profile"]["amounts"]
    assert (told["name"], told["missing"]) == ("cost", 266)
    assert len({bucket for part in told["slices"] for bucket, _ in part["counts"]}) == 2
