"""Profiles kept beside `mlir.yaml`, by name: what a service's inputs are held against, for good."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mlrespond.adapters.durable import replace_file, said
from mlrespond.adapters.site import Site
from mlrespond.adapters.strict_json import parse
from mlrespond.errors import BadReplyError, InvalidInputError, NotThereError
from mlrespond.model.codec import decode, encode
from mlrespond.model.json import dump
from mlrespond.model.reading import Profile

FOLDER: Final = "profiles"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


class ProfileStore:
    """See Profiles; a file of JSON each, for people to keep under version control."""

    def __init__(self, site: Site) -> None:
        self._folder = site.folder / FOLDER / site.service

    def stored(self, name: str) -> Profile:
        """See Profiles.stored."""
        path = self._path(name)
        if not path.is_file():
            raise NotThereError(
                f"no profile `{name}` is kept at {path}", hint="mlir profile --keep keeps one"
            )
        with said(f"{path} cannot be read"):
            content = path.read_bytes()
        try:
            return decode(Profile, parse(content, str(path)))
        except InvalidInputError as cause:
            raise BadReplyError(f"{path} holds no profile: {cause.message}") from cause

    def keep(self, name: str, profile: Profile) -> None:
        """See Profiles.keep."""
        path = self._path(name)
        with said(f"{path} cannot be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, (dump(encode(profile)) + "\n").encode())

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise InvalidInputError(
                f"`{name}` is no name of a profile", hint="letters, digits, - and _ and points"
            )
        return self._folder / f"{name}.json"
