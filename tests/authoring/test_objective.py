"""Keys of objectives that go together, and the columns that they name."""

from __future__ import annotations

import pytest
from tests.authoring.test_project import of_service

PREDICTIONS = "predictions: {kind: files, amounts: [cost, tokens]}\n"


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ("{kind: cost, column: cost}", ""),
        ("{kind: cost, column: cost, quantile: 0.99, max: 3, margin: 0.01, unit: EUR}", ""),
        ("{kind: cost, column: cost, margin: 1.5}", ""),
        ("{kind: latency, column: cost, unit: ms, max: 300ms}", ""),
        ("{kind: cost}", "missing-key `column` is missing"),
        ("{kind: cost, column: token}", "unknown-name no amount `token` in `predictions.amounts`"),
        (
            "{kind: cost, column: cost, quantile: 0.9, margin: 1.5}",
            "invalid-value with a `quantile` the margin is a share of requests, below 1",
        ),
        ("{kind: cost, column: cost, quantile: 1.0}", "invalid-value less than 1 is wanted"),
        ("{kind: cost, column: cost, max: -1}", "invalid-value at least 0 is wanted"),
        ("{kind: cost, column: cost, tells: 'no sign'}", "invalid-value"),
        (
            "{kind: latency}",
            "missing-key a latency needs a `histogram` or a `column`, one of them",
        ),
        (
            "{kind: latency, column: cost, histogram: h}",
            "missing-key a latency needs a `histogram` or a `column`, one of them",
        ),
        ("{kind: latency, column: took}", "unknown-name no amount `took`"),
        ("{kind: length, column: tokens, unit: tokens, margin: 0.1}", ""),
        ("{kind: judge}", "missing-key a judge's verdicts need `predictions.judge`"),
        ("{kind: length}", "unknown-name no amount `text.length` in `predictions.amounts`"),
        ("{kind: length, column: tokens, margin: 0.5}", "invalid-value less than 0.5 is wanted"),
    ],
)
def test_objectives_on_amounts(objective: str, said: str) -> None:
    told = of_service(f"{PREDICTIONS}objectives: {{one: {objective}}}\n")

    assert said in told
    assert bool(said) == bool(told.strip())


def test_a_column_is_suggested() -> None:
    told = of_service(f"{PREDICTIONS}objectives: {{one: {{kind: cost, column: token}}}}\n")

    assert "help: did you mean `tokens`?" in told


def test_without_amounts_the_way_to_them_is_told() -> None:
    told = of_service("objectives: {one: {kind: cost, column: cost}}\n")

    assert "help: add the column to `predictions.amounts`" in told
