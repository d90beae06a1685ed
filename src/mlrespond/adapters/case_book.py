"""The inputs that a service can be asked: its golden set, its log, and its own scorer."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.custom_score import CustomScore
from mlrespond.adapters.golden import GoldenFile
from mlrespond.adapters.recent import RecentRows
from mlrespond.adapters.site import Site
from mlrespond.errors import UnsupportedError
from mlrespond.model.json import Json
from mlrespond.model.reading import Case, Logged, Window
from mlrespond.model.service import GoldenSet, Predictions


class CaseBook:
    """See Cases; what a service's definition lacks is said when it is asked for."""

    def __init__(
        self, golden: GoldenSet | None, predictions: Predictions | None, site: Site
    ) -> None:
        self._golden = golden
        self._predictions = predictions
        self._site = site

    def golden(self) -> tuple[Case, ...]:
        """See Cases.golden."""
        if self._golden is None:
            raise self._lacks("golden")
        return GoldenFile(self._site.path(self._golden.path), self._golden.score).golden()

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """See Cases.recent."""
        if self._predictions is None or not self._predictions.features:
            raise self._lacks("predictions")
        return RecentRows(self._predictions, self._site).recent(window, limit)

    def score(self, cases: Sequence[Case], outputs: Sequence[Json]) -> tuple[bool, ...]:
        """See Cases.score."""
        if self._golden is None or self._golden.scorer is None:
            raise UnsupportedError(
                f"{self._site.service} has no scorer of its own", hint="give `golden.scorer`"
            )
        commands = SystemCommands(self._site.folder)
        return CustomScore(self._golden.scorer, commands, self._site.folder).score(cases, outputs)

    def _lacks(self, part: str) -> UnsupportedError:
        return UnsupportedError(
            f"{self._site.service} has no {part}", hint=f"give it `{part}:` in mlir.yaml"
        )
