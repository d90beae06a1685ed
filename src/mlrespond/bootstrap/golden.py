"""The golden sets that a project's services name: lint reads them too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlrespond.adapters.golden import CASE, read_cases
from mlrespond.authoring.diagnostic import Diagnostic
from mlrespond.authoring.lint import File
from mlrespond.authoring.source import parse
from mlrespond.model.json import record, text
from mlrespond.model.word import SCORERS, Scorer


def golden_mistakes(folder: Path, project: tuple[File, ...]) -> list[Diagnostic]:
    """Return the lines that are no cases, of every golden set that is there to be read."""
    return [
        one
        for path, score in sorted(set(_paths(project)))
        for one in _mistakes(folder, path, score)
    ]


def _paths(project: tuple[File, ...]) -> Iterator[tuple[str, Scorer]]:
    for file in project:
        for service in record(record(parse(*file).data).get("services")).values():
            golden = record(record(service).get("golden"))
            path, score = text(golden.get("path")), golden.get("score", "accuracy")
            if path is not None:
                yield path, next((one for one in SCORERS if one == score), "accuracy")


def _mistakes(folder: Path, path: str, score: Scorer) -> Iterator[Diagnostic]:
    try:
        content = (folder / path).read_bytes()
    except (OSError, ValueError):  # made elsewhere, perhaps: who asks it is told
        return
    for line, mistake in read_cases(content, score)[1]:
        yield Diagnostic(path, line, 1, "invalid-case", mistake, CASE)
