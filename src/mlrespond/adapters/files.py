"""Predictions logged in files: JSON lines, read from where a window lies, and others."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import ConfigDict, Field

from mlrespond.adapters import log_rows
from mlrespond.adapters.answer_column import Judge, Text
from mlrespond.adapters.flag_tally import FlagTally
from mlrespond.adapters.profile_cache import digest, key_of, remembered
from mlrespond.adapters.reach_tally import ReachTally, decided
from mlrespond.adapters.site import Site
from mlrespond.adapters.tally import AmountTally, CategoryTally, NumberTally, Place, as_text
from mlrespond.adapters.truth import truth_of
from mlrespond.errors import NotThereError
from mlrespond.judgment.text import text_flags
from mlrespond.model.amount import TEXT_LENGTH
from mlrespond.model.edge import slice_starts
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.reading import Edges, FeatureSpec, LabelCounts, Profile, Window
from mlrespond.model.service import Feature, Labels
from mlrespond.model.service import Predictions as PredictionsPart
from mlrespond.ports.service import Predictions

Tally: TypeAlias = NumberTally | CategoryTally


class Config(PredictionsPart):
    """Logs of predictions in files."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["files"] = Field(
        description="JSON lines, CSV where the name ends in .csv, Parquet in .parquet"
    )
    path: str = Field(description="Files of predictions, as a glob, or an object store's address")
    engine: Literal["auto", "polars"] = Field(
        default="auto",
        description="polars (extra `data`) counts large files faster; Parquet and object stores "
        "always need it",
    )
    text: Text | None = Field(
        default=None,
        description="A generated text, of which text.empty, text.refusal, text.truncated, "
        "text.repetitive, text.broken, text.invalid_json and text.schema_violation are counted as "
        "if they were columns, "
        "and text.length (characters) as an amount; row by row, in files of this machine",
    )
    judge: Judge | None = Field(
        default=None,
        description="Verdicts on pairs of answers to the same input, the served one against the "
        "baseline's: judge.win, judge.tie, judge.loss and judge.unread are counted as if they were "
        "columns; row by row, in files of this machine",
    )


def build(config: Config, site: Site) -> Predictions:
    """Return the log of a service's predictions."""
    by_row = (config.text or config.judge) and "://" not in config.path
    by_column = config.path.endswith(log_rows.PARQUET) or "://" in config.path
    if not by_row and (config.engine == "polars" or by_column):
        from mlrespond.adapters.frames import FrameLog

        return FrameLog(config, site)
    return LogFiles(config, site)


class LogFiles:
    """Counts over log files; rows that cannot be read are counted, never fatal."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        """See Predictions.profile; one without edges is counted once."""
        key = self._key(window, version) if edges is None else None
        return remembered(self._site, key, lambda: self._counted(window, version, edges))

    def _key(self, window: Window, version: str | None) -> str:
        time = self._config.time
        content = digest(log_rows.stretch(path, window, time) for path in self._paths())
        return key_of(self._config, window, version, content)

    def _counted(self, window: Window, version: str | None, edges: Edges | None) -> Profile:
        counts = _Counts(self._config, window, edges)
        for found in self._rows(window):
            if found is None:
                counts.unreadable += 1
            elif self._is_of(found[1], version):
                counts.add(*found)
        return counts.profile()

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """See Predictions.labels; of several labels of one prediction the last one counts.

        Rows without a decision, failed requests, are not counted.
        """
        labels, decision = truth_of(self._config, self._site.service)
        now = self._site.clock.now()
        mature_after = timedelta(seconds=parse_duration(labels.mature_after))
        predicted = 0
        mature: list[tuple[str, str]] = []
        for found in self._rows(window):
            row = found[1] if found and self._is_of(found[1], version) else {}
            if found is None or row.get(decision) is None:
                continue
            predicted += 1
            if found[0] + mature_after <= now:
                mature.append((_name(row.get(self._config.id)), as_text(row[decision])))
        known = self._known(labels, {name for name, _ in mature if name})
        labelled = [(known[name], given) for name, given in mature if name in known]
        return LabelCounts(
            window=window,
            predicted=predicted,
            mature=len(mature),
            labelled=len(labelled),
            correct=sum(label == given for label, given in labelled),
        )

    def reach(self, asked: Affected) -> Reach:
        """See ServedLog.reach."""
        counts = ReachTally(self._config, asked)
        for found in self._rows(asked.window):
            counts.add(found)
        return counts.reach()

    def worklist(self, asked: Affected) -> Iterator[Decided]:
        """See ServedLog.worklist."""
        for found in self._rows(asked.window):
            one = decided(self._config, asked, found) if found else None
            if one is not None:
                yield one

    def _rows(self, window: Window) -> Iterator[log_rows.Timed | None]:
        for path in self._paths():
            yield from log_rows.in_window(path, window, self._config.time)

    def _paths(self) -> list[Path]:
        found = log_rows.files(self._site.folder, self._config.path)
        if not found:
            raise NotThereError(
                f"no file matches {self._site.path(self._config.path)}",
                hint="check `predictions.path`",
            )
        return found

    def _is_of(self, row: Record, version: str | None) -> bool:
        return version is None or as_text(row.get(self._config.version)) == version

    def _known(self, labels: Labels, wanted: set[str]) -> dict[str, str]:
        """Return the labels of some predictions; no file of labels means that none came yet."""
        known: dict[str, str] = {}
        for path in log_rows.files(self._site.folder, labels.path) if wanted else []:
            for row in log_rows.all_rows(path):
                name = _name(row.get(labels.on)) if row else ""
                label = row.get(labels.column) if row else None
                if label is not None and name in wanted:
                    known[name] = as_text(label)
        return known


class _Counts:
    """What is counted while the rows go by."""

    def __init__(self, config: Config, window: Window, edges: Edges | None) -> None:
        self._config = config
        self._window = window
        self._starts = slice_starts(window)
        self._tallies = {
            name: _tally(name, feature, edges) for name, feature in config.features.items()
        }
        score = config.score
        self._score = _numbers(score, FeatureSpec(type="number"), edges) if score else None
        self._named = {
            *config.features,
            *(config.time, config.version, config.id, config.entity, score, config.decision),
            *config.amounts,
        }
        self._amounts = {name: AmountTally(name) for name in config.amounts}
        self._length = AmountTally(TEXT_LENGTH) if config.text else None
        self._versions: Counter[str] = Counter()
        self._flags = FlagTally(window)
        self._columns: set[str] = set()
        self._n = 0
        self._newest: datetime | None = None
        self.unreadable = 0

    def add(self, at: datetime, row: Record) -> None:
        """Count a row."""
        self._n += 1
        self._newest = at if self._newest is None else max(self._newest, at)
        if row.get(self._config.version) is not None:
            self._versions[as_text(row[self._config.version])] += 1
        self._columns.update(row)
        place = self._place(at, row)
        for name, tally in self._tallies.items():
            tally.add(row.get(name), place)
        if self._score:
            self._score.add(row.get(self._config.score or ""), place)
        for name, amounts in self._amounts.items():
            amounts.add(row.get(name), place)
        if self._length:
            self._length.add(self._text_length(row), place)
        for name, true in self._read_flags(row).items():
            self._flags.add(name, true, at, place.entity)
        for name, value in row.items():
            if isinstance(value, bool) and name not in self._named:
                self._flags.add(name, value, at, place.entity)

    def _read_flags(self, row: Record) -> Mapping[str, bool]:
        judge = self._config.judge
        judged = judge.flags(row.get(judge.column)) if judge else {}
        return {**self._text_flags(row), **judged}

    def _text_flags(self, row: Record) -> Mapping[str, bool]:
        of = self._config.text
        if of is None:
            return {}
        finish = row.get(of.finish) if of.finish else None
        told = text_flags(
            row.get(of.column),
            finish if isinstance(finish, str) else None,
            as_json=of.as_json,
            schema=of.fits,
        )
        return {f"text.{name}": wrong for name, wrong in told.items()}

    def _text_length(self, row: Record) -> int | None:
        text = row.get(self._config.text.column) if self._config.text else None
        return len(text) if isinstance(text, str) else None

    def _place(self, at: datetime, row: Record) -> Place:
        entity = row.get(self._config.entity) if self._config.entity else None
        return Place(
            at=at,
            slice=bisect_right(self._starts, at),
            entity=None if entity is None else as_text(entity),
        )

    def profile(self) -> Profile:
        """Return the counts."""
        return Profile(
            window=self._window,
            n=self._n,
            newest=self._newest,
            by_version=dict(self._versions),
            features=tuple(tally.profile() for tally in self._tallies.values()),
            score=self._score.profile() if self._score else None,
            flags=self._flags.flags(),
            over_time=self._flags.over_time(),
            by_entity=self._flags.by_entity(),
            unreadable=self.unreadable,
            columns=tuple(sorted(self._columns)),
            amounts=tuple(
                one.amounts()
                for one in (*self._amounts.values(), *([self._length] if self._length else []))
            ),
        )


def _name(value: Json) -> str:
    return "" if value is None else as_text(value)


def _tally(name: str, feature: Feature, edges: Edges | None) -> Tally:
    if feature.type == "category":
        return CategoryTally(name)
    spec = FeatureSpec(type="number", min=feature.min, max=feature.max, nulls=feature.nulls)
    return _numbers(name, spec, edges)


def _numbers(name: str, spec: FeatureSpec, edges: Edges | None) -> NumberTally:
    return NumberTally(name, spec, None if edges is None else edges.get(name, ()))
