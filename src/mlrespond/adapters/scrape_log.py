"""The embedded metrics' memory: one JSON line a scrape, trimmed when it grows old and large."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mlrespond.adapters import timed_lines
from mlrespond.adapters.durable import append_line, locked, replace_file, said
from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import dump

_TRIM_FROM = 16 << 20
_LARGEST = 128 << 20
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """A target's page at a time; null if it did not answer."""

    at: datetime
    target: str
    page: str | None


class ScrapeLog:
    """The scrapes of one service, by any process of this machine."""

    def __init__(self, path: Path, keep_s: float) -> None:
        self._path = path
        self._keep = timedelta(seconds=keep_s)

    def add(self, scrapes: Iterable[Scrape], now: datetime) -> None:
        """Keep some scrapes, and drop what is too old once the file is large."""
        with said(f"the scrapes in {self._path} cannot be kept"):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self._path.with_suffix(".lock")):
                for one in scrapes:
                    line = {"at": iso(one.at), "target": one.target, "page": one.page}
                    append_line(self._path, dump(line))
                if self._path.stat().st_size > _TRIM_FROM:
                    self._trim(now)

    def between(self, since: datetime, until: datetime) -> list[Scrape]:
        """Return the scrapes of a stretch of time, both ends included, oldest first."""
        if not self._path.exists():
            return []
        with said(f"the scrapes in {self._path} cannot be read"):
            lines = timed_lines.between(self._path, since, until + _INSTANT, _parse)
            return sorted((one[1] for one in lines if one), key=lambda one: one.at)

    def _trim(self, now: datetime) -> None:
        """Cut off the old part, but only when that is a good part of it."""
        size = self._path.stat().st_size
        cut = timed_lines.start(self._path, now - self._keep, _parse)
        if size - cut > _LARGEST:
            cut = size - _LARGEST // 2
        if cut > size // 4:
            with self._path.open("rb") as file:
                file.seek(cut)
                replace_file(self._path, file.read())


def _parse(line: bytes) -> tuple[datetime, Scrape] | None:
    try:
        found = json.loads(line)
        at, target, page = parse_iso(found["at"]), found["target"], found["page"]
    except (ValueError, TypeError, KeyError, RecursionError, InvalidInputError, OverflowError):
        return None
    if not isinstance(target, str) or not isinstance(page, str | None):
        return None
    return at, Scrape(at=at, target=target, page=page)
