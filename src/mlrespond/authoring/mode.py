"""Failure modes of a `modes.yaml` file as values."""

from __future__ import annotations

from mlrespond.authoring.diagnostic import refuse
from mlrespond.authoring.source import parse
from mlrespond.authoring.validate import validate
from mlrespond.model.mode import Mode
from mlrespond.model.service import Project


def load_modes(path: str, content: bytes | str) -> tuple[Mode, ...]:
    """Return the modes of a file, in order; InvalidFileError with every mistake in it."""
    source = parse(path, content)
    found = validate(source, Project, source.data)
    refuse(source.diagnostics)
    assert found is not None
    return tuple(one.value(name) for name, one in found.modes.items())
