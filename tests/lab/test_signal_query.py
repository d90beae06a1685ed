"""The queries of simulated metrics."""

from __future__ import annotations

import pytest

from mlrespond.errors import RejectedError
from mlrespond.lab.signal_query import parse
from mlrespond.lab.signal_served import Server

REPLICAS = ("eu-1", "us-1")
SERVERS = [Server(name, version) for name in REPLICAS for version in ("1", "2", "22")]


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ("errors|2|eu-1|30s", {("eu-1", "2")}),
        ("requests|.*|us-1|5m", {("us-1", "1"), ("us-1", "2"), ("us-1", "22")}),
        ("latency|1|.*|1h", {("eu-1", "1"), ("us-1", "1")}),
        ("errors|(1|2)|(eu-1|us-1)|30s", {(name, v) for name in REPLICAS for v in "12"}),
        ("errors|1|2|eu-1|us-1|30s", {(name, v) for name in REPLICAS for v in "12"}),
        ("errors|1|2|.*|30s", {(name, v) for name in REPLICAS for v in "12"}),
        ("errors|7|.*|30s", set()),
    ],
)
def test_regular_expressions_select(query: str, selected: set[tuple[str, str]]) -> None:
    asked = parse(query, REPLICAS)

    assert {(one.replica, one.version) for one in SERVERS if asked.selects(one)} == selected


def test_windows_are_durations() -> None:
    assert parse("errors|.*|.*|90s", REPLICAS).window_s == 90


def test_a_fallback_has_no_metrics() -> None:
    assert not parse("errors|.*|.*|30s", REPLICAS).selects(Server("", "rules-v1"))


@pytest.mark.parametrize(
    "query", ["", "errors", "cpu|.*|.*|30s", "errors|.*|30s", "errors|(|.*|30s", "errors|.*|.*|x"]
)
def test_anything_else_is_refused(query: str) -> None:
    with pytest.raises(RejectedError, match="no query"):
        parse(query, REPLICAS)
