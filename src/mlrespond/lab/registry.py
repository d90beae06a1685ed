"""The lab's registry as its releases write it; it is read through the `local` adapter.

A version appears whole: its folder is made aside and renamed to its number.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from mlrespond.adapters.durable import said
from mlrespond.adapters.local import LocalRegistry
from mlrespond.lab import artefact
from mlrespond.lab.folder import ALIAS, MODEL
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso
from mlrespond.model.json import Json


class LabRegistry:
    """The versions of the lab's model; every method raises UnreachableError while it is away."""

    def __init__(self, root: Path) -> None:
        self._home = root / MODEL
        self._versions = artefact.versions(root)
        self._local = LocalRegistry(root, MODEL, ALIAS)

    def create(self) -> None:
        """Make an empty registry."""
        self._versions.mkdir(parents=True)

    def versions(self) -> tuple[str, ...]:
        """Return the names of all versions, oldest first."""
        return tuple(version.name for version in self._local.versions())

    def wanted(self) -> str | None:
        """Return the version behind the alias."""
        return self._local.wanted()

    def want(self, version: str) -> None:
        """Move the alias; NotThereError if there is no such version."""
        self._local.want(version)

    def with_key(self, key: str) -> str | None:
        """Return the version that was trained under a key, if there is one."""
        found = (one.name for one in self._local.versions() if one.tags.get("mlir.key") == key)
        return next(found, None)

    def add(self, model: Model, tags: Mapping[str, str], metrics: Mapping[str, float]) -> str:
        """Store a model under the next free number, and return that."""
        number = max((int(name) for name in self.versions() if name.isdecimal()), default=0)
        with said(f"a version cannot be added in {self._home}"):
            aside = self._home / f".incoming-{os.urandom(8).hex()}"
            aside.mkdir()
            try:
                write_json(aside / artefact.ARTEFACT, encode(model))
                return self._take_number(aside, number + 1, tags, metrics)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def _take_number(
        self, aside: Path, number: int, tags: Mapping[str, str], metrics: Mapping[str, float]
    ) -> str:
        """Rename a version's folder to the first number from this one on that is free."""
        while True:
            write_json(aside / "version.json", _described(str(number), tags, metrics))
            try:
                aside.rename(self._versions / str(number))
            except OSError:  # ENOTEMPTY or EEXIST: somebody took that number first
                if not (self._versions / str(number)).exists():
                    raise
                number += 1
            else:
                return str(number)


def _described(name: str, tags: Mapping[str, str], metrics: Mapping[str, float]) -> Json:
    created_at = iso(datetime.now(UTC))
    return {"name": name, "created_at": created_at, "tags": tags, "metrics": metrics}
