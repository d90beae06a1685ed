"""Predictions in an object store: the counts that files give, from a server that speaks S3."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

import httpx
import polars as pl
import pytest
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import NotThereError, PortError
from mlrespond.lab.stack import moto
from mlrespond.lab.stack.server import url
from mlrespond.model.json import Json
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

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("object-store")]

Put = Callable[[str, bytes], None]


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("moto")
    with running([launched(lambda: moto.launch(tell))], home) as (server,):
        yield url(server)


@pytest.fixture
def site(site: Site) -> Site:
    return replace(site, clock=FixedClock(NOW))


@pytest.fixture
def bucket(store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a bucket of this test alone, which this process can reach."""
    for name, value in {
        "AWS_ENDPOINT_URL": store_url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "ours",
        "AWS_SECRET_ACCESS_KEY": "correct-horse-battery",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"b{uuid4().hex[:12]}"
    httpx.put(f"{store_url}/{name}").raise_for_status()
    return name


@pytest.fixture
def put(store_url: str, bucket: str) -> Put:
    def done(path: str, content: bytes) -> None:
        httpx.put(f"{store_url}/{bucket}/{path}", content=content).raise_for_status()

    return done


def opened(site: Site, bucket: str, ending: str) -> Predictions:
    written: dict[str, Json] = {
        **CONFIG,
        "kind": "files",
        "path": f"s3://{bucket}/logs/*.{ending}",
        "labels": {**LABELS, "path": f"s3://{bucket}/labels/*.{ending}"},
    }
    return build(Config.model_validate(written), site)


def lines(rows: Sequence[Record]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in rows).encode()


def table(rows: Sequence[Record]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(dict.fromkeys(name for one in rows for name in one)))
    writer.writeheader()
    for one in rows:
        texts = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in one.items()
        }
        writer.writerow(texts)
    return file.getvalue().encode()


def parquet(rows: Sequence[Record]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(list(rows), strict=False, infer_schema_length=None).write_parquet(file)
    return file.getvalue()


class InObjectStore(PredictionsContract):
    ending: str
    encode: Callable[[Sequence[Record]], bytes]

    @pytest.fixture
    def log(self, site: Site, bucket: str, put: Put) -> Log:
        def make(rows: Sequence[Record], labels: Sequence[Record]) -> Predictions:
            put(f"logs/a.{self.ending}", type(self).encode(rows))
            if labels:
                put(f"labels/a.{self.ending}", type(self).encode(labels))
            return opened(site, bucket, self.ending)

        return make


class TestJsonLines(InObjectStore):
    ending = "jsonl"
    encode = staticmethod(lines)


class TestCsv(InObjectStore):
    ending = "csv"
    encode = staticmethod(table)


class TestParquet(InObjectStore):
    """A column has one type there, so the suite's mixed one comes as texts: none is a number."""

    ending = "parquet"
    encode = staticmethod(parquet)

    def test_a_value_of_another_type_is_mismatched(self, log: Log) -> None:
        profile = log([row(1, amount="a lot"), row(2, amount="more")], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.mismatched, feature.median) == (2, 2, None)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_glob_is_all_that_it_matches(site: Site, bucket: str, put: Put, ending: str) -> None:
    encode = {"jsonl": lines, "csv": table, "parquet": parquet}[ending]
    for number in range(3):
        put(f"logs/part-{number}.{ending}", encode([row(number)]))
    put(f"other/part.{ending}", encode([row(9)]))

    assert opened(site, bucket, ending).profile(WINDOW).n == 3


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_log_that_is_not_there_is_said(site: Site, bucket: str, ending: str) -> None:
    with pytest.raises(NotThereError, match=f"no file matches s3://{bucket}"):
        opened(site, bucket, ending).profile(WINDOW)


def test_a_bucket_that_is_not_there_is_a_typed_error(site: Site, bucket: str) -> None:
    with pytest.raises(PortError, match="NoSuchBucket"):
        opened(site, f"{bucket}x", "parquet").profile(WINDOW)


def test_an_object_that_is_no_parquet_is_a_typed_error(site: Site, bucket: str, put: Put) -> None:
    put("logs/a.parquet", b"<html>")

    with pytest.raises(PortError, match="cannot be read"):
        opened(site, bucket, "parquet").profile(WINDOW)
