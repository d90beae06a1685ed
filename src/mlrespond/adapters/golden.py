"""The golden set: a file of JSON lines, `{"row": {...}, "expected": ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlrespond.adapters.durable import said
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError, NotThereError
from mlrespond.model import json
from mlrespond.model.reading import Case
from mlrespond.model.service import GoldenSet
from mlrespond.model.text import one_line
from mlrespond.ports.service import Cases

CASE = 'a line is {"row": {...}, "expected": ...}'
_TOLD = 5


def build(config: GoldenSet, site: Site) -> Cases:
    """Return the golden set of a service."""
    return GoldenFile(site.path(config.path))


class GoldenFile:
    """Inputs whose right answer is known."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def golden(self) -> tuple[Case, ...]:
        """See Cases.golden; InvalidInputError names the file and line of what is wrong."""
        if not self._path.is_file():
            raise NotThereError(f"the golden set {self._path} is not there")
        with said(f"{self._path} cannot be read"):
            cases, wrong = read_cases(self._path.read_bytes())
        if wrong:
            told = [f"{self._path}:{line}: {mistake}" for line, mistake in wrong[:_TOLD]]
            raise InvalidInputError("\n".join(told), hint=CASE)
        return cases


def read_cases(content: bytes) -> tuple[tuple[Case, ...], tuple[tuple[int, str], ...]]:
    """Return the cases of a golden set's file, and the lines that are none, each with why."""
    cases: list[Case] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            cases.append(_case(line))
        except InvalidInputError as error:
            wrong.append((number, one_line(error.message, 130)))
    return tuple(cases), tuple(wrong)


def _case(line: bytes) -> Case:
    value = json.parse(line)
    row = value.get("row") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(row, Mapping):
        raise InvalidInputError("no object with a `row`")
    if not row or set(value) != {"row", "expected"}:
        raise InvalidInputError("a case has a `row` with features, and `expected`")
    return Case(row=row, expected=value["expected"])
