"""A file's text, and where everything in it stands: what a mistake is told with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from mlrespond.authoring.diagnostic import Diagnostic
from mlrespond.authoring.position import BREAK, offsets
from mlrespond.model.json import Json
from mlrespond.model.text import one_line

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Span:
    """A scalar as it was written, from an index to another, and the text it stands for."""

    file: str
    start: int
    end: int
    text: str

    @cached_property
    def raw(self) -> str:
        return self.file[self.start : self.end]

    @cached_property
    def offsets(self) -> list[int]:
        return offsets(self.raw, self.text)


@dataclass
class Source:
    """A file: its data, where everything stands, and what is wrong with it so far."""

    path: str
    text: str
    data: Json = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(
        self, where: Path, code: str, message: str, *, hint: str = "", column: int | None = None
    ) -> None:
        """Note a mistake at a value, or at a column, counted from 0, inside a scalar's text."""
        place = self.place(where) if column is None else self._inside(where, column)
        self.report_at(place, code, message, hint=hint)

    def report_key(self, where: Path, code: str, message: str, *, hint: str = "") -> None:
        """Note a mistake at a key."""
        self.report_at(self.keys.get(where) or self.place(where), code, message, hint=hint)

    def report_at(self, place: Place, code: str, message: str, *, hint: str = "") -> None:
        """Note a mistake at a line and column."""
        self.diagnostics.append(
            Diagnostic(self.path, *place, code, one_line(message), one_line(hint))
        )

    def place(self, where: Path) -> Place:
        """Return where a value stands, or the nearest thing that holds it."""
        for length in range(len(where), -1, -1):
            found = self.values.get(where[:length])
            if found:
                return found
        return (1, 1)

    def _inside(self, where: Path, column: int) -> Place:
        place, span = self.place(where), self.spans.get(where)
        if span is None:
            return place
        known = column < len(span.offsets)
        return moved(place, span.raw[: span.offsets[column]]) if known else place


def open_source(path: str, content: bytes | str) -> Source:
    """Return the text of a file, not parsed; one that is too large or no text is noted."""
    if len(content) > MAX_BYTES:
        source = Source(path, "")
        source.report((), "yaml-size", f"the file is larger than {MAX_BYTES // 1024} KiB")
        return source
    if isinstance(content, str):
        return Source(path, content.removeprefix("\ufeff"))
    try:
        return Source(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        source = Source(path, "")
        before = content[: error.start].decode("utf-8-sig", "replace")
        wrong = f"byte 0x{content[error.start]:02x} is not UTF-8"
        source.report_at(moved((1, 1), before), "yaml-encoding", wrong, hint="save it as UTF-8")
        return source


def moved(place: Place, over: str) -> Place:
    """Return the place after some text that begins at a place."""
    line, column = place
    ends = [found.end() for found in BREAK.finditer(over)]
    return (line + len(ends), len(over) - ends[-1] + 1) if ends else (line, column + len(over))


def scalars(value: Json, where: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in a value, with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from scalars(item, (*where, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from scalars(item, (*where, at))
