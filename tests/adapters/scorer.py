"""A process of `mlflow models serve` as it was measured, small: a file's appearing restarts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.adapters import loopback
from tests.adapters.loopback import Page, Seen, Wire, page

FACTORS = {"5": 1.0, "6": 2.0}  # a version multiplies the amount by its factor


class Scorer:
    """Serves what the alias named when it started.

    After a restart was ordered, the old process answers `lingers` requests more, and the next
    `starting` ones find nobody.
    """

    def __init__(self, restart: Path) -> None:
        self.alias = "6"
        self.lingers = 0
        self.starting = 2
        self.restarts = 0
        self.got: list[Any] = []
        self._order = restart
        self._serves = "6"
        self._coming: Iterator[Page | Wire | None] = iter(())

    def __call__(self, seen: Seen) -> Page | Wire:
        if self._order.exists():
            self._order.unlink()
            self.restarts += 1
            self._coming = self._restarting()
        found = next(self._coming, None)
        return self._answer(seen) if found is None else found

    def _restarting(self) -> Iterator[Page | Wire | None]:
        for _ in range(self.lingers):
            yield None
        self._serves = self.alias
        for _ in range(self.starting):
            yield loopback.reset

    def _answer(self, seen: Seen) -> Page:
        if seen.path in {"/ping", "/health"}:
            return Page(b"\n")
        if seen.path == "/version":
            return Page(b"3.17.2")  # MLflow's own
        if seen.path != "/invocations":
            return page({"detail": "Not Found"}, 404)
        table = seen.json["dataframe_split"]
        self.got.append(table)
        try:
            amounts = [row[table["columns"].index("amount")] for row in table["data"]]
            return page({"predictions": [one * FACTORS[self._serves] for one in amounts]})
        except (ValueError, TypeError):
            trace = 'Traceback (most recent call last):\n  File "/srv/model.py", line 3'
            told = "Encountered an unexpected error while evaluating the model."
            error = {"error_code": "BAD_REQUEST", "message": told, "stack_trace": trace}
            return page(dict(error), 400)
