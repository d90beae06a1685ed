"""The golden set: a file of JSON lines, `{"row": {...}, "expected": ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import said
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError, NotThereError
from mlrespond.model.reading import Case
from mlrespond.model.service import GoldenSet
from mlrespond.ports.service import Cases

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
            lines = self._path.read_bytes().splitlines()
        found = [self._case(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        wrong = [one for one in found if isinstance(one, str)]
        if wrong:
            raise InvalidInputError(
                "\n".join(wrong[:_TOLD]), hint='a line is {"row": {...}, "expected": ...}'
            )
        return tuple(one for one in found if isinstance(one, Case))

    def _case(self, number: int, line: bytes) -> Case | str:
        place = f"{self._path}:{number}"
        try:
            value = strict_json.parse(line, place)
        except BadReplyError as error:
            return error.message
        row = value.get("row") if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or not isinstance(row, Mapping):
            return f"{place}: no object with a `row`"
        if not row or set(value) != {"row", "expected"}:
            return f"{place}: a case has a `row` with features, and `expected`"
        return Case(row=row, expected=value["expected"])
