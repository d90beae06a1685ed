"""Predictions in a table: the contract, in DuckDB and in a PostgreSQL that is really started."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import psycopg
import pytest
from pydantic import ValidationError
from tests.adapters.postgres import started
from tests.adapters.tables import COLUMNS, LABELS_TABLE, created, filled

from mlrespond.adapters.files import Config as FilesConfig
from mlrespond.adapters.files import build as build_files
from mlrespond.adapters.site import Site
from mlrespond.adapters.warehouse import Config, Warehouse, build
from mlrespond.adapters.warehouse_error import driver_errors
from mlrespond.errors import NotThereError, PortError, UnreachableError, UnsupportedError
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureProfile, Profile
from mlrespond.ports.service import Predictions
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import (
    CONFIG,
    LABELS,
    NOW,
    WINDOW,
    Log,
    PredictionsContract,
    Record,
    row,
)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def opened(site: Site, url: str, table: str = "predictions") -> Predictions:
    written = {
        **CONFIG,
        "kind": "warehouse",
        "url": url,
        "table": table,
        "labels": {**LABELS, "path": LABELS_TABLE},
    }
    return build(Config.model_validate(written), site)


class InTable(PredictionsContract):
    """A column has one type there, so the suite's mixed one comes as texts: none is a number."""

    def test_a_value_of_another_type_is_mismatched(self, log: Log) -> None:
        profile = log([row(1, amount="a lot"), row(2, amount="more")], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.mismatched, feature.median) == (2, 2, None)


class TestDuckDb(InTable):
    @pytest.fixture
    def log(self, site: Site) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> Predictions:
            with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
                for statement, values in filled(rows, labels, "?"):
                    file.execute(statement, values)
            return opened(site, "duckdb://logs.duckdb")

        return make


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("postgres")) as url:
        yield url


class TestPostgres(InTable):
    @pytest.fixture
    def log(self, site: Site, server: str) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> Predictions:
            with psycopg.connect(server, autocommit=True) as file:
                for statement, values in filled(rows, labels, "%s"):
                    file.execute(statement.encode(), values)
            return opened(site, server)

        return make


def lines(site: Site, rows: Sequence[Record]) -> Predictions:
    (site.folder / "logs").mkdir(exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in rows)
    (site.folder / "logs" / "a.jsonl").write_text(text)
    written = {**CONFIG, "kind": "files", "path": "logs/*.jsonl"}
    return build_files(FilesConfig.model_validate(written), site)


def many() -> list[Record]:
    """Return rows with ties, nulls, entities that come again, and flags."""
    return [
        row(
            n,
            (n * 7919 % 60_000) / 100,
            amount=None if n % 11 == 0 else float(n * 31 % 97) / 7,
            country=("DE", "FR", "PT", None)[n % 13 % 4],
            p=(n % 50) / 50,
            ok=n % 9 != 0,
            customer_id=f"c{n % 40}",
            model_version="6" if n % 3 else "7",
        )
        for n in range(500)
    ]


def rounded(one: FeatureProfile) -> FeatureProfile:
    quartiles = (one.low_quartile, one.median, one.high_quartile)
    low, median, high = (None if at is None else round(at, 9) for at in quartiles)
    return replace(one, low_quartile=low, median=median, high_quartile=high)


def alike(one: Profile, other: Profile) -> None:
    assert (one.n, one.newest, one.by_version) == (other.n, other.newest, other.by_version)
    assert (one.flags, one.unreadable) == (other.flags, other.unreadable)
    assert (one.over_time, one.by_entity) == (other.over_time, other.by_entity)
    for left, right in zip(one.features, other.features, strict=True):
        assert rounded(left) == rounded(right)
    assert one.score is not None
    assert other.score is not None
    assert rounded(one.score) == rounded(other.score)


def test_every_engine_counts_what_files_do(site: Site, server: str) -> None:
    rows = many()
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        for statement, values in filled(rows, [], "?"):
            file.execute(statement, values)
    with psycopg.connect(server, autocommit=True) as session:
        for statement, values in filled(rows, [], "%s"):
            session.execute(statement.encode(), values)

    files = lines(site, rows)
    told = files.profile(WINDOW)

    for log in (opened(site, "duckdb://logs.duckdb"), opened(site, server)):
        alike(log.profile(WINDOW), told)
        alike(log.profile(WINDOW, "7", told.edges), files.profile(WINDOW, "7", told.edges))


def test_times_may_be_times_if_they_have_a_zone(site: Site) -> None:
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        file.execute("CREATE TABLE zoned AS SELECT $1::TIMESTAMPTZ AS served_at", [WINDOW.since])
        file.execute("CREATE TABLE bare AS SELECT $1::TIMESTAMP AS served_at", ["2026-11-22 10:05"])

    found = [
        opened(site, "duckdb://logs.duckdb", name).profile(WINDOW) for name in ("zoned", "bare")
    ]

    assert [(one.n, one.unreadable) for one in found] == [(1, 0), (0, 1)]


def test_a_table_may_stand_in_a_schema(site: Site) -> None:
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        file.execute("CREATE SCHEMA ours")
        file.execute(
            "CREATE TABLE ours.served AS SELECT $1::TIMESTAMPTZ AS served_at", [WINDOW.since]
        )

    assert opened(site, "duckdb://logs.duckdb", "ours.served").profile(WINDOW).n == 1


def test_what_is_not_there_is_told(site: Site) -> None:
    with pytest.raises(NotThereError, match="there is no file"):
        opened(site, "duckdb://gone.duckdb").profile(WINDOW)
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        file.execute(created("other", COLUMNS))
    with pytest.raises(NotThereError, match="no table predictions"):
        opened(site, "duckdb://logs.duckdb").profile(WINDOW)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ana@db/logs?sslmode=require&password=correct-horse",
        "postgres://db/logs?user=ana&PassWord=correct-horse",
        "postgres://db/logs?pass%77ord=correct-horse",
        "duckdb://md:logs?motherduck_token=correct-horse",
        "trino://ana@db/logs?client_secret=correct-horse",
        "snowflake://ana@db/logs?private_key=correct-horse",
        "duckdb://logs.duckdb?a=b;s3_secret_access_key=correct-horse",
    ],
)
def test_a_password_in_a_query_stands_elsewhere(url: str) -> None:
    with pytest.raises(ValidationError, match="write env:NAME or file:PATH"):
        Config.model_validate({**CONFIG, "kind": "warehouse", "url": url, "table": "t"})


@pytest.mark.parametrize(
    "url",
    ["postgres://db/logs?sslmode=verify-full&sslkey=ana.key", "trino://db/logs?tokens", "env:X"],
)
def test_what_is_no_secret_may_stand_in_a_query(url: str) -> None:
    written = {**CONFIG, "kind": "warehouse", "url": url, "table": "t"}

    assert Config.model_validate(written).url == url


def test_a_server_that_does_not_answer_is_told_without_its_password(site: Site) -> None:
    (site.folder / "address").write_text("postgres://ana:correct-horse@127.0.0.1:1/logs")

    with pytest.raises(UnreachableError) as caught:
        opened(site, "file:address").profile(WINDOW)

    assert "correct-horse" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named(site: Site) -> None:
    with pytest.raises(UnsupportedError, match="driver of trino:// is not installed"):
        opened(site, "trino://ana@127.0.0.1:1/logs").profile(WINDOW)


def test_an_address_that_nothing_connects_to_is_an_error_of_ours(site: Site) -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        opened(site, "nothing://db/logs").profile(WINDOW)


def test_the_errors_of_every_driver_that_was_imported_are_known() -> None:
    import ibis
    import psycopg
    import pyarrow as pa

    errors = driver_errors()

    raised = [duckdb.IOException, psycopg.OperationalError, pa.ArrowInvalid, ConnectionError]
    raised += [ibis.IbisError, ibis.common.exceptions.TableNotFound]
    assert all(issubclass(one, errors) for one in raised)
    assert not issubclass(ZeroDivisionError, errors)
    assert not issubclass(TypeError, errors)


def test_only_the_drivers_errors_are_told_as_the_warehouses(site: Site) -> None:
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        file.execute("CREATE TABLE predictions AS SELECT 1 AS amount")
    written = {**CONFIG, "kind": "warehouse", "url": "duckdb://logs.duckdb", "table": "predictions"}
    log = Warehouse(Config.model_validate(written), site)

    with pytest.raises(ZeroDivisionError), log._connected():
        raise ZeroDivisionError


def test_a_column_that_cannot_be_counted_is_an_error_of_ours(site: Site) -> None:
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        file.execute("CREATE TABLE predictions AS SELECT '2026-11-22T99:00:00Z' AS served_at")

    with pytest.raises(PortError, match="the warehouse cannot count"):
        opened(site, "duckdb://logs.duckdb").profile(WINDOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "postgres://ana:secret@host/logs"},
        {"table": None},
        {"path": "logs/*.jsonl", "glob": True},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, Json]) -> None:
    written = {"kind": "warehouse", "url": "duckdb://a", "table": "t", **wrong}

    with pytest.raises(ValidationError):
        Config.model_validate(written)
