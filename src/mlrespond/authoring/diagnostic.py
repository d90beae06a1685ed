"""A mistake in an authored file: where, what, and how to mend it. All are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mlrespond.errors import InvalidInputError

_LONGEST_WORD = 80


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One mistake. `line` and `column` count from 1."""

    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        hint = f"\n  help: {self.hint}" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column} {self.code} {self.message}{hint}"


class InvalidFileError(InvalidInputError):
    """One or more authored files are not valid; `diagnostics` says all that is wrong."""

    code = "invalid-file"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics)))
        super().__init__("\n".join(str(one) for one in self.diagnostics))


def refuse(diagnostics: Sequence[Diagnostic]) -> None:
    """Raise InvalidFileError if any of the diagnostics is an error."""
    if any(one.level == "error" for one in diagnostics):
        raise InvalidFileError(diagnostics)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the nearest known word, or the list of all if there are few."""
    names = sorted(set(known))
    few = 14
    return nearest(word, names) or (f"known: {', '.join(names)}" if 0 < len(names) <= few else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the nearest known word, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word[:_LONGEST_WORD], sorted(set(known)), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""
