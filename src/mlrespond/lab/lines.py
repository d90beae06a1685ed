"""Append-only JSON lines: buffered, flushed about five times a second, never a torn line.

One flush is one `write` to a file opened for appending. A line torn all the same, by SIGKILL in
the middle of that call, is cut off when the file is next opened.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from mlrespond.lab.json_file import parse_json
from mlrespond.model.json import Json, Record, dump, record

_FLUSH_EVERY_S = 0.2


class LineWriter:
    """Writes records to one file; any thread may `put`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        _cut_torn_tail(self._file)
        self._waiting: list[str] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._flush_regularly, daemon=True)
        self._thread.start()

    def put(self, what: Json) -> None:
        """Add a record; it is in the file a moment later."""
        line = dump(what) + "\n"
        with self._lock:
            self._waiting.append(line)

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._closing.set()
        self._thread.join()
        self._flush()
        os.close(self._file)

    def _flush_regularly(self) -> None:
        while not self._closing.wait(_FLUSH_EVERY_S):
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            content = "".join(self._waiting).encode()
            self._waiting.clear()
        while content:  # a full disk or a signal may cut a write short
            content = content[os.write(self._file, content) :]


def read_lines(path: Path) -> Iterator[Record]:
    """Return the whole lines of a file; one that is still being written is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield record(parse_json(line, str(path)))


def _cut_torn_tail(file: int) -> None:
    end = os.fstat(file).st_size
    start = end
    while start > 0:
        start = max(0, start - 4096)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            os.ftruncate(file, start + found + 1)
            return
    os.ftruncate(file, 0)
