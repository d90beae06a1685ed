"""Logs that grow in time order, read where a window lies instead of from the start.

Lines may be out of order by up to SLACK; a few misdated lines do no harm. Files up to WHOLE
bytes are read whole, so their order does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, TypeAlias, TypeVar

T = TypeVar("T")
Parse: TypeAlias = Callable[[bytes], tuple[datetime, T] | None]

SLACK = timedelta(seconds=60)
WHOLE = 1 << 20

_BLOCK = 64 << 10
_LONGEST = 16 << 20
_PROBED = 8
_BEYOND = 200


def between(
    path: Path, since: datetime, until: datetime, parse: Parse[T]
) -> Iterator[tuple[datetime, T] | None]:
    """Yield what stands in a window, end excluded, and None for each unreadable line near it."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        beyond = 0
        near = True
        file.seek(0 if size <= WHOLE else _start(file, size, since, parse))
        for line in _lines(file):
            found = parse(line)
            if found is None:
                if near and line.strip() and line.endswith(b"\n"):  # a torn last line is not over
                    yield None
                continue
            beyond = beyond + 1 if found[0] > until + SLACK else 0
            if beyond > _BEYOND and size > WHOLE:
                return
            near = since - SLACK <= found[0] <= until + SLACK
            if since <= found[0] < until:
                yield found


def start(path: Path, since: datetime, parse: Parse[T]) -> int:
    """Return an offset before which nothing stands that is newer than a time."""
    with path.open("rb") as file:
        return _start(file, os.fstat(file.fileno()).st_size, since, parse)


def stretch(path: Path, since: datetime, until: datetime, parse: Parse[T]) -> tuple[int, int]:
    """Return where the bytes that a window is read from begin and end.

    They stay the same when the log grows, once it has grown past the window.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= WHOLE:
            return 0, size
        ends = [_first(file, size, at, parse) for at in (since - SLACK, until + 2 * SLACK)]
        return ends[0], ends[1]


def _first(file: IO[bytes], size: int, at: datetime, parse: Parse[T]) -> int:
    """Return where the first line stands that is no older than a time."""
    place = _start(file, size, at, parse)
    file.seek(place)
    for line in _lines(file):
        found = parse(line)
        if found is not None and found[0] >= at:
            return place
        place += len(line)
    return size


def _start(file: IO[bytes], size: int, since: datetime, parse: Parse[T]) -> int:
    low, high = 0, size
    while high - low > _BLOCK:
        middle = (low + high) // 2
        newest = _newest(file, middle, high, parse)
        if newest is None or newest >= since - SLACK:
            high = middle
        else:
            low = middle
    file.seek(low)
    if low:
        file.readline()
    return file.tell()


def _newest(file: IO[bytes], after: int, before: int, parse: Parse[T]) -> datetime | None:
    """Return the newest time of some lines after an offset: one misdated line is outvoted."""
    file.seek(after)
    file.readline()
    return max((found[0] for found in islice(_parsed(file, before, parse), _PROBED)), default=None)


def _parsed(file: IO[bytes], before: int, parse: Parse[T]) -> Iterator[tuple[datetime, T]]:
    while file.tell() < before:
        line = file.readline()
        found = parse(line)
        if found is not None:
            yield found
        if not line:
            return


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        yield line
        while len(line) == _LONGEST and not line.endswith(b"\n"):
            line = file.readline(_LONGEST)
