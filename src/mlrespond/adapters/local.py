"""A registry in a folder: `PATH/MODEL/versions/V/version.json` and `PATH/MODEL/aliases.json`.

Files are replaced whole and under a lock, so readers never see half a change and two writers
never lose one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import locked, replace_file, said
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError, NotThereError, UnreachableError
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, Record, dump, number, record
from mlrespond.model.reading import Version
from mlrespond.model.service import Component
from mlrespond.ports.service import Registry

_DIGITS = re.compile(r"(\d+)")
_NEVER = datetime.min.replace(tzinfo=UTC)


class Config(Component):
    """A registry in a folder of this machine."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["local"] = Field(description="A folder")
    path: str = Field(description="The registry's folder")
    model: str = Field(description="The model's name: a folder in it", pattern=r"^[^./][^/]*$")
    alias: str = Field(default="champion", description="The alias that serving follows")


def build(config: Config, site: Site) -> Registry:
    """Return the registry of one model."""
    return LocalRegistry(site.path(config.path), config.model, config.alias)


class LocalRegistry:
    """The versions of one model, and its aliases."""

    def __init__(self, path: Path, model: str, alias: str) -> None:
        self._path = path
        self._model = path / model
        self._alias = alias

    def wanted(self) -> str | None:
        """See Registry.wanted."""
        with self._reading():
            return self._aliases().get(self._alias)

    def versions(self) -> tuple[Version, ...]:
        """See Registry.versions."""
        with self._reading():
            folders = [one for one in self._folders() if (one / "version.json").is_file()]
            found = [_version(one.name, _read(one / "version.json")) for one in folders]
        return tuple(sorted(found, key=_age))

    def want(self, version: str) -> None:
        """See Registry.want."""
        with self._changing():
            self._there(version)
            aliases = {**self._aliases(), self._alias: version}
            replace_file(self._model / "aliases.json", dump(aliases).encode())
            if self._aliases().get(self._alias) != version:
                raise BadReplyError(f"{self._model}/aliases.json was changed by somebody else")

    def tag(self, version: str, key: str, value: str) -> None:
        """See Registry.tag."""
        with self._changing():
            path = self._there(version)
            written = _read(path)
            tags = {**_texts(written.get("tags") or {}, path), key: value}
            replace_file(path, dump({**written, "tags": tags}).encode("utf-8", "replace"))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with said(f"the registry {self._path}"):
            if not self._path.is_dir():
                raise UnreachableError(f"the registry {self._path} is not there")
            if not self._model.is_dir():
                raise NotThereError(f"the registry {self._path} has no model {self._model.name}")
            yield

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._reading(), locked(self._model / ".lock"):
            yield

    def _folders(self) -> list[Path]:
        versions = self._model / "versions"
        return list(versions.iterdir()) if versions.is_dir() else []

    def _aliases(self) -> dict[str, str]:
        path = self._model / "aliases.json"
        return dict(_texts(_read(path), path)) if path.exists() else {}

    def _there(self, version: str) -> Path:
        path = self._model / "versions" / version / "version.json"
        if version.startswith(".") or not _one_name(version) or not path.is_file():
            raise NotThereError(f"{self._model.name} has no version `{version}` in {self._path}")
        return path


def _one_name(version: str) -> bool:
    return bool(version) and "/" not in version and version.isprintable()


def _read(path: Path) -> Record:
    value = strict_json.parse(path.read_bytes(), str(path))
    if not isinstance(value, Mapping):
        raise BadReplyError(f"{path}: no JSON object")
    return value


def _version(name: str, written: Record) -> Version:
    source = f"version {name}"
    tags = written.get("tags")
    metrics = {key: number(value) for key, value in record(written.get("metrics")).items()}
    return Version(
        name=name,
        created_at=_created(written.get("created_at"), source),
        tags=_texts({} if tags is None else tags, source),
        metrics={key: value for key, value in metrics.items() if value is not None},
    )


def _created(written: Json, source: str) -> datetime | None:
    if written is None:
        return None
    try:
        return parse_iso(str(written))
    except (InvalidInputError, OverflowError) as cause:
        raise BadReplyError(f"{source}: created_at: {cause}") from cause


def _texts(value: Json, source: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise BadReplyError(f"{source}: no JSON object of texts")
    texts = {key: item for key, item in value.items() if isinstance(item, str)}
    if len(texts) != len(value):
        raise BadReplyError(f"{source}: holds what is no text: {sorted(set(value) - set(texts))}")
    return texts


def _age(version: Version) -> tuple[datetime, list[tuple[int, int, str]]]:
    return version.created_at or _NEVER, natural(version.name)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key by which `v9` comes before `v10`."""
    parts = [part for part in _DIGITS.split(name) if part]
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts]
