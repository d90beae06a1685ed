"""Logs counted by polars: Parquet, CSV and JSON lines give the counts that the base form gives."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import polars as pl
import pytest

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import NotThereError, PortError
from mlrespond.ports.service import Predictions, ServedLog
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import (
    CONFIG,
    LABELS,
    NOW,
    START,
    WINDOW,
    Log,
    PredictionsContract,
    Record,
    row,
)
from mlrespond.testing.contract.served_log import ServedLogContract


class FullLog(Predictions, ServedLog, Protocol):
    """What is under test."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def opened(site: Site, ending: str, engine: str = "polars") -> FullLog:
    written = {
        **CONFIG,
        "kind": "files",
        "engine": engine,
        "path": f"logs/*.{ending}",
        "labels": {**LABELS, "path": f"labels/*.{ending}"},
    }
    built = build(Config.model_validate(written), site)
    assert isinstance(built, ServedLog)
    return built


def lines(path: Path, rows: Sequence[Record]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))


def table(path: Path, rows: Sequence[Record]) -> None:
    path.parent.mkdir(exist_ok=True)
    names = list(dict.fromkeys(name for one in rows for name in one))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for one in rows:
            texts = {name: _text(value) for name, value in one.items()}
            writer.writerow(texts)


def _text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def parquet(path: Path, rows: Sequence[Record]) -> None:
    path.parent.mkdir(exist_ok=True)
    pl.DataFrame(list(rows), strict=False, infer_schema_length=None).write_parquet(path)


class TestJsonLines(PredictionsContract, ServedLogContract):
    @pytest.fixture
    def log(self, site: Site) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            lines(site.folder / "logs" / "a.jsonl", rows)
            if labels:
                lines(site.folder / "labels" / "a.jsonl", labels)
            return opened(site, "jsonl")

        return make


class TestCsv(PredictionsContract, ServedLogContract):
    @pytest.fixture
    def log(self, site: Site) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            table(site.folder / "logs" / "a.csv", rows)
            if labels:
                table(site.folder / "labels" / "a.csv", labels)
            return opened(site, "csv")

        return make


class TestParquet(PredictionsContract, ServedLogContract):
    """A column has one type there, so the suite's mixed one comes as texts: none is a number."""

    @pytest.fixture
    def log(self, site: Site) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            parquet(site.folder / "logs" / "a.parquet", rows)
            if labels:
                parquet(site.folder / "labels" / "a.parquet", labels)
            return opened(site, "parquet", engine="auto")

        return make

    def test_a_value_of_another_type_is_mismatched(self, log: Log) -> None:
        profile = log([row(1, amount="a lot"), row(2, amount="more")], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.mismatched, feature.median) == (2, 2, None)


@pytest.mark.parametrize(("zone", "n", "unreadable"), [("UTC", 2, 0), (None, 0, 2)])
def test_times_of_parquet_may_be_times_if_they_have_a_zone(
    site: Site, zone: str | None, n: int, unreadable: int
) -> None:
    (site.folder / "logs").mkdir()
    times = [START + timedelta(seconds=at) for at in (0, 1)]
    frame = pl.DataFrame({"served_at": times, "model_version": [6, 6]})
    written = frame.with_columns(pl.col("served_at").dt.replace_time_zone(zone))
    written.write_parquet(site.folder / "logs" / "a.parquet")

    profile = opened(site, "parquet").profile(WINDOW)

    assert (profile.n, profile.unreadable) == (n, unreadable)
    assert profile.by_version == ({"6": 2} if n else {})


def test_both_ways_of_reading_count_the_same(site: Site) -> None:
    chance = random.Random(7)  # noqa: S311  # test data
    rows = [_random_row(chance, number) for number in range(400)]
    lines(site.folder / "logs" / "a.jsonl", rows)

    polars, base = (opened(site, "jsonl", engine).profile(WINDOW) for engine in ("polars", "auto"))

    assert polars.n == base.n > 200
    assert (polars.newest, polars.by_version) == (base.newest, base.by_version)
    assert polars.flags == base.flags
    for one, other in zip(polars.features, base.features, strict=True):
        assert one == other


def _random_row(chance: random.Random, number: int) -> Record:
    return row(
        number,
        chance.uniform(-100, 700),
        amount=chance.choice([None, -1.0, 5.5, 7.0, 500.0, "much"]),
        country=chance.choice([None, "DE", "FR", "PL", 7]),
        model_version=chance.choice(["6", "7"]),
        ok=chance.choice([True, False, None]),
    )


def test_lines_that_are_no_records_are_counted_not_fatal(site: Site) -> None:
    lines(site.folder / "logs" / "a.jsonl", [row(1), row(2)])
    with (site.folder / "logs" / "a.jsonl").open("a") as file:
        file.write('not json\n[]\n\n{"torn": ')

    profile = opened(site, "jsonl").profile(WINDOW)

    assert (profile.n, profile.unreadable) == (2, 3)


def test_a_log_that_is_not_there_is_said(site: Site) -> None:
    with pytest.raises(NotThereError, match="no file matches"):
        opened(site, "parquet").profile(WINDOW)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_what_is_no_parquet_is_a_typed_error(site: Site, content: bytes) -> None:
    (site.folder / "logs").mkdir()
    (site.folder / "logs" / "a.parquet").write_bytes(content)

    with pytest.raises(PortError):
        opened(site, "parquet").profile(WINDOW)


def test_a_feature_that_no_file_has_is_null_everywhere(site: Site) -> None:
    rows = [{name: value for name, value in row(1).items() if name != "amount"}]
    parquet(site.folder / "logs" / "a.parquet", rows)

    feature = opened(site, "parquet").profile(WINDOW).feature("amount")

    assert feature is not None
    assert (feature.n, feature.nulls) == (1, 1)
