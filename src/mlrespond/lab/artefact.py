"""The artefacts of the lab's registry: a model as `model.json` in its version's folder."""

from __future__ import annotations

import re
from pathlib import Path

from mlrespond.errors import NotThereError, UnreachableError
from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import read_json
from mlrespond.lab.model import Model
from mlrespond.model.codec import decode

ARTEFACT = "model.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def read_artefact(registry: Path, version: str) -> Model:
    """Return a version's model.

    Raises UnreachableError while the registry is away, NotThereError for an unknown version,
    InvalidInputError for a broken artefact.
    """
    if not registry.is_dir():
        raise UnreachableError(f"the registry {registry} is not there")
    place = versions(registry) / version
    if not _NAME.fullmatch(version) or not place.is_dir():
        raise NotThereError(f"{MODEL} has no version `{version}`")
    return decode(Model, read_json(place / ARTEFACT))


def versions(registry: Path) -> Path:
    """Return the folder of the versions."""
    return registry / MODEL / "versions"
