"""Predictions logged in a table: counted inside DuckDB, PostgreSQL, Spark, Trino or BigQuery.

Needs the extra `warehouse` (Ibis) and the engine's driver. No row leaves the engine, only counts.
Source: ibis-project.org.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_plus

from pydantic import ConfigDict, Field, field_validator

from mlrespond.adapters.profile_cache import key_of, remembered
from mlrespond.adapters.site import Site
from mlrespond.adapters.truth import truth_of
from mlrespond.adapters.warehouse_columns import Columns, collected, when
from mlrespond.adapters.warehouse_error import driver_errors
from mlrespond.adapters.warehouse_profile import TableCounts
from mlrespond.errors import BadReplyError, NotThereError, UnreachableError, UnsupportedError
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Edges, LabelCounts, Profile, Window
from mlrespond.model.service import Labels
from mlrespond.model.service import Predictions as PredictionsPart
from mlrespond.model.text import one_line, unnumbered
from mlrespond.ports.service import Predictions

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from ibis.expr.types import Table

_FILE = re.compile(r"^duckdb://(?!:memory:)(?P<path>[^?]+)")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]+@")
_SECRET = re.compile(r"passw|pwd|token|secret|(?<!ssl)key$", re.IGNORECASE)
"""In the name of a part of a query; `sslkey` is PostgreSQL's name for a file."""


class Config(PredictionsPart):
    """A table of predictions; `labels.path` names a table too."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["warehouse"] = Field(description="A table in a database or query engine")
    url: str = Field(
        description="Its address as Ibis takes it: duckdb://FILE, postgres://…, trino://…, "
        "bigquery://…, or pyspark:// for the Spark of this environment; with a password it stands "
        "in env:NAME or file:PATH"
    )
    table: str = Field(description="The table, after its schema and a point where it is in one")
    labelled: str = Field(
        default="labelled_at",
        description="The labels' column of when each came; of several the newest counts",
    )

    @field_validator("url")
    @classmethod
    def _no_password(cls, url: str) -> str:
        if _PASSWORD.search(url) or any(_SECRET.search(name) for name in _asked(url)):
            raise ValueError("a password does not stand in the file: write env:NAME or file:PATH")
        return url


def _asked(url: str) -> Iterator[str]:
    """Yield the names in a query, or after it: drivers part them by `&` or `;`."""
    for part in re.split("[?&;#]", url)[1:]:
        name, equals, _ = part.partition("=")
        if equals:
            yield unquote_plus(name).strip()


def build(config: Config, site: Site) -> Predictions:
    """Return the log of a service's predictions."""
    return Warehouse(config, site)


class Warehouse:
    """See Predictions. A connection lives as long as one question: attempts have own threads."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        """See Predictions.profile."""
        with self._connected() as engine:
            columns = Columns(_table(engine, self._config.table))
            counts = TableCounts(self._config, columns, engine, window, version, edges)
            if edges is not None:
                return counts.profile()
            key = key_of(self._config, window, version, counts.content())
            return remembered(self._site, key, counts.profile)

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """See Predictions.labels."""
        labels, decision = truth_of(self._config, self._site.service)
        with self._connected() as engine:
            columns = Columns(_table(engine, self._config.table))
            rows = columns.within(self._config.time, window)
            if version is not None:
                rows = rows.filter(columns.text(self._config.version, rows) == version)
            ripe = self._site.clock.now() - timedelta(seconds=parse_duration(labels.mature_after))
            given = rows.select(
                name=columns.text(self._config.id, rows),
                given=columns.text(decision, rows),
                mature=rows["at_"] <= when(ripe),
            )
            given = given.filter(given["given"].notnull())
            truth = self._truth(labels, Columns(_table(engine, labels.path)))
            told = given.left_join(truth, given["name"] == truth["named"])
            known = told["mature"] & told["truth"].notnull()
            (counts,) = collected(
                engine,
                told.aggregate(
                    predicted=told.count(),
                    mature=told["mature"].sum(),
                    labelled=known.sum(),
                    correct=(known & (told["truth"] == told["given"])).sum(),
                ),
            )
        return LabelCounts(window=window, **{key: int(one or 0) for key, one in counts.items()})

    def _truth(self, labels: Labels, columns: Columns) -> Table:
        """Return the newest label of each name."""
        import ibis

        rows = columns.table
        newest = self._config.labelled
        told = rows.select(
            named=columns.text(labels.on, rows),
            truth=columns.text(labels.column, rows),
            since=rows[newest] if newest in columns.types else ibis.literal(0),
        )
        told = told.filter(told["named"].notnull() & told["truth"].notnull())
        latest = ibis.row_number().over(group_by=told["named"], order_by=told["since"].desc())
        ranked = told.mutate(rank_=latest)
        return ranked.filter(ranked["rank_"] == 0).select("named", "truth")

    @contextmanager
    def _connected(self) -> Iterator[BaseBackend]:
        """Yield the engine; what its driver says goes no further than here, as our own errors."""
        try:
            import ibis
        except ImportError as cause:
            raise UnsupportedError(
                "ibis is not installed", hint="pip install 'mlrespond[warehouse]'"
            ) from cause
        url = self._config.url
        if url.startswith(("env:", "file:")):
            url = self._site.secrets.get(url)
        connect, placed = _connection(url), self._placed(url)
        try:
            engine = connect(placed)
        except ImportError as cause:
            raise UnsupportedError(
                f"the driver of {url.partition(':')[0]}:// is not installed",
                hint="install the extra of ibis-framework for it",
            ) from cause
        except driver_errors() as cause:
            said = one_line(unnumbered(str(cause)).replace(url, "the warehouse"))
            raise UnreachableError(f"the warehouse does not answer: {said}") from cause
        try:
            yield engine
        except ibis.IbisError as cause:
            raise BadReplyError(
                f"the warehouse cannot count this: {one_line(str(cause))}"
            ) from cause
        finally:
            if not url.startswith("pyspark"):  # its session is the whole process's
                engine.disconnect()

    def _placed(self, url: str) -> str:
        """Return the address with a DuckDB file's path from the folder of `mlir.yaml`."""
        found = _FILE.match(url)
        if found is None:
            return url
        path = self._site.path(found["path"])
        if not Path(path).is_file():
            raise NotThereError(f"there is no file {path}", hint="check `predictions.url`")
        rest = url[found.end() :]
        return f"duckdb://{path}{rest}" + ("&" if rest else "?") + "read_only=true"


def _connection(url: str) -> Callable[[str], BaseBackend]:
    """Return what connects to an address; UnsupportedError where Spark is meant and not there."""
    import ibis

    if not url.startswith("pyspark"):
        return lambda placed: ibis.connect(placed)  # noqa: PLW0108  # its own type says Any
    try:
        from pyspark.sql import SparkSession
    except ImportError as cause:
        raise UnsupportedError("pyspark is not installed", hint="pip install pyspark") from cause
    session = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    return lambda _: ibis.pyspark.connect(session.getOrCreate())


def _table(engine: BaseBackend, written: str) -> Table:
    *place, name = written.split(".")
    try:
        return engine.table(name, database=".".join(place) or None)
    except driver_errors() as cause:
        raise NotThereError(
            f"the warehouse has no table {written}: {one_line(str(cause))}",
            hint="check `predictions.table` and `labels.path`",
        ) from cause
