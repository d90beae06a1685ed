"""Canary rows: which version serves, told by its answers where nothing else tells it.

A file of JSON lines, `{"version": "1", "row": {...}, "output": 0.7}`. Only a version whose lines
all match, alone, is the served one; anything else is unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import said
from mlrespond.errors import BadReplyError, InvalidInputError, NotThereError
from mlrespond.model.json import Json, number

_TOLD = 5
_KEYS = {"version", "row", "output"}


@dataclass(frozen=True, slots=True)
class Line:
    """What a version answers to a row."""

    version: str
    row: Mapping[str, Json]
    output: Json


@dataclass(frozen=True, slots=True)
class Told:
    """The version that answers, or why it is not known."""

    version: str | None
    why: str | None = None


class Canary:
    """The lines of a file; numbers may be off by `tolerance`."""

    def __init__(self, path: Path, tolerance: float) -> None:
        self._path = path
        self._tolerance = tolerance

    def lines(self) -> tuple[Line, ...]:
        """Return the lines; InvalidInputError names the file and line of what is wrong."""
        if not self._path.is_file():
            raise NotThereError(f"the canary rows {self._path} are not there")
        with said(f"{self._path} cannot be read"):
            written = self._path.read_bytes().splitlines()
        found = [self._line(n, one) for n, one in enumerate(written, 1) if one.strip()]
        wrong = [one for one in found if isinstance(one, str)]
        if wrong or not found:
            raise InvalidInputError(
                "\n".join(wrong[:_TOLD]) or f"{self._path} holds no canary rows",
                hint='a line is {"version": "1", "row": {...}, "output": 0.7}',
            )
        return tuple(one for one in found if isinstance(one, Line))

    def told(self, lines: Sequence[Line], outputs: Sequence[Json]) -> Told:
        """Return which version gives these outputs to the lines' rows."""
        asked = list(zip(lines, outputs, strict=True))
        wrong = {
            line.version for line, out in asked if not alike(out, line.output, self._tolerance)
        }
        matching = sorted({line.version for line in lines} - wrong)
        if len(matching) == 1:
            return Told(matching[0])
        if matching:
            names = ", ".join(matching)
            return Told(
                None, f"versions {names} answer the canary rows alike: add rows that differ"
            )
        failed = sum(one is None for one in outputs)
        more = f"; {failed} of {len(outputs)} canary rows failed" if failed else ""
        return Told(None, f"the answers to the canary rows are those of no version{more}")

    def _line(self, n: int, written: bytes) -> Line | str:
        place = f"{self._path}:{n}"
        try:
            value = strict_json.parse(written, place)
        except BadReplyError as error:
            return error.message
        if not isinstance(value, Mapping) or set(value) != _KEYS:
            return f"{place}: no object with `version`, `row` and `output`"
        version, row, output = value["version"], value["row"], value["output"]
        if not isinstance(version, str) or not version:
            return f"{place}: `version` is a text"
        if not isinstance(row, Mapping) or not row:
            return f"{place}: `row` is an object with features"
        if output is None:
            return f"{place}: `output` is null, as that of a row that failed"
        return Line(version, row, output)


def alike(got: Json, wanted: Json, tolerance: float) -> bool:
    """Return whether two outputs are the same, but for how far off their numbers may be."""
    numbers = number(got), number(wanted)
    if numbers[0] is not None and numbers[1] is not None:
        return abs(numbers[0] - numbers[1]) <= tolerance
    if isinstance(got, list) and isinstance(wanted, list):
        pairs = zip(got, wanted, strict=False)
        return len(got) == len(wanted) and all(alike(*pair, tolerance) for pair in pairs)
    if isinstance(got, Mapping) and isinstance(wanted, Mapping):
        same = got.keys() == wanted.keys()
        return same and all(alike(got[key], wanted[key], tolerance) for key in wanted)
    return type(got) is type(wanted) and got == wanted
