"""Baseline profiles that were counted before: found again by what they were counted from.

The key is a digest of the content of the window, the columns and the features. A cache may be lost
without loss of truth: what a verdict rests on is evidence in the timeline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from mlrespond.adapters.durable import replace_file
from mlrespond.adapters.site import Site
from mlrespond.errors import Error
from mlrespond.model import json
from mlrespond.model.codec import decode, encode
from mlrespond.model.json import Json, dump
from mlrespond.model.reading import Profile, Window
from mlrespond.model.service import Predictions

COUNTED_AS: Final = 1
"""Raised when the same content gives another profile than before."""

MOST: Final = 200
_BLOCK: Final = 1 << 20
Stretch = tuple[Path, int, int]


def remembered(site: Site, key: str | None, count: Callable[[], Profile]) -> Profile:
    """Return the profile that is known by a key, or else count it; without a key, always count."""
    if key is None:
        return count()
    path = site.state / "profiles" / f"{key}.json"
    with suppress(OSError, Error):
        return decode(Profile, json.parse(path.read_bytes()))
    found = count()
    with suppress(OSError):  # a cache that cannot be written is no failure
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, dump(encode(found)).encode())
        _forget(path.parent)
    return found


def key_of(config: Predictions, window: Window, version: str | None, content: Json) -> str:
    """Return the key of a profile of a window whose content has a digest or counts of its own."""
    told = dump(
        [
            COUNTED_AS,
            config.model_dump(mode="json", by_alias=True),
            encode(window),
            version,
            content,
        ]
    )
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def digest(stretches: Iterable[Stretch]) -> str:
    """Return the digest of some bytes of files, one after the other."""
    found = hashlib.sha256()
    for path, start, end in stretches:
        found.update(f"{path.name}:{end - start}:".encode())
        with path.open("rb") as file:
            file.seek(start)
            left = end - start
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                found.update(block)
                left -= len(block)
    return found.hexdigest()


def whole(paths: Sequence[Path]) -> list[Stretch]:
    """Return files as stretches from end to end."""
    return [(path, 0, path.stat().st_size) for path in paths]


def _forget(folder: Path) -> None:
    """Keep the newest ones: baselines that nobody asks for any more are many."""
    known = sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
    for path in known[MOST:]:
        path.unlink(missing_ok=True)
