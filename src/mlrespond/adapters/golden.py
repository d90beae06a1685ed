"""The golden set: a file of JSON lines, `{"row": {...}, "expected": ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlrespond.adapters.durable import said
from mlrespond.errors import InvalidInputError, NotThereError
from mlrespond.judgment.score import right
from mlrespond.model import json
from mlrespond.model.reading import Case
from mlrespond.model.text import one_line
from mlrespond.model.word import SCORERS, Scorer

CASE = 'a line is {"row": {...}, "expected": ...}'
_TOLD = 5
_KEYS = {"row", "expected"}


class GoldenFile:
    """Inputs whose right answer is known."""

    def __init__(self, path: Path, score: Scorer = "accuracy") -> None:
        self._path = path
        self._score = score

    def golden(self) -> tuple[Case, ...]:
        """See Cases.golden; InvalidInputError names the file and line of what is wrong."""
        if not self._path.is_file():
            raise NotThereError(f"the golden set {self._path} is not there")
        with said(f"{self._path} cannot be read"):
            cases, wrong = read_cases(self._path.read_bytes(), self._score)
        if wrong:
            told = [f"{self._path}:{line}: {mistake}" for line, mistake in wrong[:_TOLD]]
            raise InvalidInputError("\n".join(told), hint=CASE)
        return cases


def read_cases(
    content: bytes, score: Scorer = "accuracy"
) -> tuple[tuple[Case, ...], tuple[tuple[int, str], ...]]:
    """Return the cases of a golden set's file, and the lines that are none, each with why."""
    cases: list[Case] = []
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            cases.append(_case(line, score))
        except InvalidInputError as error:
            wrong.append((number, one_line(error.message, 130)))
    return tuple(cases), tuple(wrong)


def _case(line: bytes, score: Scorer) -> Case:
    value = json.parse(line)
    row = value.get("row") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(row, Mapping):
        raise InvalidInputError("no object with a `row`")
    if not row or not _KEYS <= set(value) <= {*_KEYS, "score"}:
        raise InvalidInputError("a case has a `row` with features, and `expected`")
    own = next((one for one in SCORERS if one == value.get("score")), None)
    if own is None and "score" in value:
        raise InvalidInputError(f"there is no scorer `{value['score']}`")
    case = Case(row=row, expected=value["expected"], score=own)
    _try(case, own or score)
    return case


def _try(case: Case, score: Scorer) -> None:
    """Refuse what is expected where its scorer can make no sense of it."""
    if score == "custom":
        return
    try:
        right("", case.expected, score)
    except ValueError as cause:
        raise InvalidInputError(str(cause)) from cause
