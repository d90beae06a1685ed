"""A profile counted by a local Spark is that of files; the session is this process's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.adapters.test_warehouse import alike, lines, many, opened

from mlrespond.adapters.site import Site
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import NOW, WINDOW

pytestmark = pytest.mark.stack_slow


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    sql = pytest.importorskip("pyspark.sql", reason="pip install -e '.[spark]'")
    home = tmp_path_factory.mktemp("spark")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(home / "warehouse"))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")  # pyspark's and pandas' own, of each other
def test_spark_counts_what_files_do(site: Site, spark: object) -> None:
    rows = many()
    frame = spark.createDataFrame([dict(one) for one in rows])  # type: ignore[attr-defined]  # a Spark session
    frame.createOrReplaceTempView("predictions")
    files, log = lines(site, rows), opened(site, "pyspark://")
    told = files.profile(WINDOW)

    alike(log.profile(WINDOW), told)
    alike(log.profile(WINDOW, "7", told.edges), files.profile(WINDOW, "7", told.edges))
