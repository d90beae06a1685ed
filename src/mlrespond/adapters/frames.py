"""Predictions logged in files, counted by polars: Parquet, large CSV and JSON lines, object stores.

It needs the extra `data`; polars is imported when something is read. Rows are filtered and counted
where they lie, column by column: no record is kept. Source: docs.pola.rs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mlrespond.adapters import frame_reach
from mlrespond.adapters.durable import said
from mlrespond.adapters.frame_columns import Scan, texts, times
from mlrespond.adapters.frame_profile import FrameCounts, collected, of_version, utc, within
from mlrespond.adapters.frame_scan import is_remote, scan
from mlrespond.adapters.log_rows import files
from mlrespond.adapters.profile_cache import digest, key_of, remembered, whole
from mlrespond.adapters.site import Site
from mlrespond.adapters.truth import truth_of
from mlrespond.errors import NotThereError
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.reading import Edges, LabelCounts, Profile, Window
from mlrespond.model.service import Labels, Predictions

if TYPE_CHECKING:
    import polars as pl

SETTLED_S = 10.0


class FrameLog:
    """See Predictions; texts of CSV and JSON lines count as numbers where they read like one."""

    def __init__(self, config: Predictions, site: Site) -> None:
        self._config = config
        self._site = site

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        """See Predictions.profile; one without edges is counted once, where files are of here."""
        key = self._key(window, version) if edges is None else None
        return remembered(self._site, key, lambda: self._counted(window, version, edges))

    def _key(self, window: Window, version: str | None) -> str | None:
        """Return the key of a profile: the files' names, sizes and times of writing stand for them.

        A large Parquet file takes longer to read than to count. One that was written just now may
        change within the same tick of the clock, so that its content is looked at.
        """
        path = self._config.path or ""
        if is_remote(path):
            return None
        found = files(self._site.folder, path)
        with said(f"{path} cannot be read"):
            states = [(str(one), one.stat()) for one in found]
        newest = max((state.st_mtime for _, state in states), default=0.0)
        fresh = self._site.clock.now().timestamp() - newest < SETTLED_S
        told: Json = digest(whole(found)) if fresh else None
        stands: Json = [[name, one.st_size, one.st_mtime_ns, one.st_ino] for name, one in states]
        return key_of(self._config, window, version, [told, stands]) if found else None

    def _counted(self, window: Window, version: str | None, edges: Edges | None) -> Profile:
        found = self._scan(self._config.path or "", flags=True)
        return FrameCounts(self._config, found, window, version, edges).profile()

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """See Predictions.labels."""
        import polars as pl

        labels, decision = truth_of(self._config, self._site.service)
        found = self._scan(self._config.path or "")
        timed = found.frame.with_columns(times(found, self._config.time).alias("_at"))
        rows = of_version(timed.filter(within(window)), found, self._config.version, version)
        ripe = self._site.clock.now() - timedelta(seconds=parse_duration(labels.mature_after))
        given = rows.select(
            texts(found, self._config.id or "").alias("name"),
            texts(found, decision).alias("given"),
            (pl.col("_at") <= utc(ripe)).alias("mature"),
        ).filter(pl.col("given").is_not_null())
        joined = given.join(self._truth(labels), on="name", how="left", nulls_equal=False)
        told = joined.select(
            pl.len().alias("predicted"),
            pl.col("mature").sum().alias("mature"),
            (pl.col("mature") & pl.col("truth").is_not_null()).sum().alias("labelled"),
            (pl.col("mature") & (pl.col("truth") == pl.col("given"))).sum().alias("correct"),
        )
        (counts,) = collected([told])
        return LabelCounts(window=window, **counts.row(0, named=True))

    def reach(self, asked: Affected) -> Reach:
        """See ServedLog.reach."""
        return frame_reach.reach(self._config, self._scan(self._config.path or ""), asked)

    def worklist(self, asked: Affected) -> Iterator[Decided]:
        """See ServedLog.worklist."""
        return frame_reach.worklist(self._config, self._scan(self._config.path or ""), asked)

    def _truth(self, labels: Labels) -> pl.LazyFrame:
        """Return the last label of each name; no file of labels means that none came yet."""
        import polars as pl

        empty = pl.LazyFrame(schema={"name": pl.String, "truth": pl.String})
        found = scan(self._site, labels.path, (labels.on, labels.column))
        if found is None:
            return empty
        return (
            found.frame.select(
                texts(found, labels.on).alias("name"), texts(found, labels.column).alias("truth")
            )
            .filter(pl.col("name").is_not_null() & pl.col("truth").is_not_null())
            .group_by("name", maintain_order=True)
            .last()
        )

    def _scan(self, path: str, *, flags: bool = False) -> Scan:
        config = self._config
        asked = (
            *(config.time, config.version, config.id, config.entity),
            *(config.score, config.decision),
        )
        columns = (*(one for one in asked if one), *config.features, *config.amounts)
        found = scan(self._site, path, columns, flags=flags, named=self._named())
        if found is None:
            raise NotThereError(f"no file matches {path}", hint="check `predictions.path`")
        return found

    def _named(self) -> frozenset[str]:
        config = self._config
        known = (config.time, config.version, config.id, config.entity, config.score)
        columns = (*known, config.decision, *config.features, *config.amounts)
        return frozenset(one for one in columns if one)
