"""The model-settings.json of MLServer: which artefact is which version; all else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import replace_file, said
from mlrespond.errors import BadReplyError
from mlrespond.model.json import Record, dump, record


def read_settings(path: Path) -> Record:
    """Return what a settings file says; an error that names the file if it cannot be read."""
    with said(f"the settings {path}"):
        found = strict_json.parse(path.read_bytes(), str(path))
    if not isinstance(found, Mapping):
        raise BadReplyError(f"{path}: no settings of a model")
    return found


def write_settings(path: Path, settings: Record) -> None:
    """Put settings in the file's place, whole and on disk; its folder is made if need be."""
    with said(f"the settings {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, dump(settings).encode())


def remove_settings(path: Path) -> None:
    """Take the file away, if it is there."""
    with said(f"the settings {path}"):
        path.unlink(missing_ok=True)


def pointing_to(settings: Record, uri: str, version: str) -> Record:
    """Return the settings with another artefact and version."""
    parameters = {**record(settings.get("parameters")), "uri": uri, "version": version}
    return {**settings, "parameters": parameters}
