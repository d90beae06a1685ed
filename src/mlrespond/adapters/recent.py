"""The last inputs of a prediction log, with their labels where these came, to be asked again."""

from __future__ import annotations

from collections import deque
from math import isfinite

from mlrespond.adapters import log_rows
from mlrespond.adapters.site import Site
from mlrespond.adapters.tally import as_text
from mlrespond.errors import NotThereError, UnsupportedError
from mlrespond.model.json import Json, Record
from mlrespond.model.reading import Logged, Window
from mlrespond.model.service import Labels, Predictions


class RecentRows:
    """Reads JSON lines, CSV and, with the extra `data`, Parquet.

    The features of a row must be all that the model takes.
    """

    def __init__(self, config: Predictions, site: Site) -> None:
        self._config = config
        self._site = site

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """See Cases.recent; rows that cannot be read are left out."""
        path = self._config.path
        if path is None or "://" in path:
            raise UnsupportedError(
                f"the rows of {path or 'this log'} cannot be asked again",
                hint="log JSON lines, CSV or Parquet to files for a replay",
            )
        found = log_rows.files(self._site.folder, path)
        if not found:
            raise NotThereError(f"no file matches {self._site.path(path)}")
        rows: deque[Record] = deque(maxlen=limit)
        for file in found:
            timed = log_rows.in_window(file, window, self._config.time)
            rows.extend(one[1] for one in timed if one is not None)
        labels = self._labels(rows)
        return tuple(self._logged(row, labels) for row in rows)

    def _logged(self, row: Record, labels: dict[str, Json]) -> Logged:
        config = self._config
        version, name = row.get(config.version), row.get(config.id)
        return Logged(
            row={one: self._value(one, row.get(one)) for one in config.features},
            decision=row.get(config.decision) if config.decision else None,
            version=None if version is None else as_text(version),
            label=None if name is None else labels.get(as_text(name)),
            score=_score(row.get(config.score)) if config.score else None,
        )

    def _value(self, name: str, value: Json) -> Json:
        """Return a value as the model takes it: in CSV every number is text."""
        if isinstance(value, log_rows.Written):
            return _number(value) if self._config.features[name].type == "number" else str(value)
        if isinstance(value, float) and not isfinite(value):
            return None  # as logs write what is missing
        return value

    def _labels(self, rows: deque[Record]) -> dict[str, Json]:
        labels: Labels | None = self._config.labels
        if labels is None:
            return {}
        names = (row.get(self._config.id) for row in rows)
        wanted = {as_text(name) for name in names if name is not None}
        known: dict[str, Json] = {}
        for path in log_rows.files(self._site.folder, labels.path):
            for row in log_rows.all_rows(path):
                name = row.get(labels.on) if row else None
                if row is not None and name is not None and as_text(name) in wanted:
                    known[as_text(name)] = row.get(labels.column)
        return known


def _number(value: str) -> Json:
    try:
        return float(value)
    except ValueError:
        return str(value)


def _score(value: Json) -> float | None:
    """Return a score as a number, which CSV writes as text; null for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | log_rows.Written):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if isfinite(found) else None
