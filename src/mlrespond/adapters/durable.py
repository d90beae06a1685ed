"""Files that are replaced whole or grow by whole lines, under a lock: nobody sees half of one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from mlrespond.errors import AccessRefusedError, UnreachableError

_POLL_S = 0.02


@contextmanager
def said(what: str) -> Iterator[None]:
    """Turn an OSError into an error that says what was tried; nothing has been changed then."""
    try:
        yield
    except PermissionError as cause:
        raise AccessRefusedError(f"{what}: {cause.strerror}") from cause
    except OSError as cause:
        raise UnreachableError(f"{what}: {cause.strerror or cause}") from cause


def replace_file(path: Path, content: bytes) -> None:
    """Put new content in a file's place in one step, on disk when this returns."""
    aside = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    _settle(path.parent)


def append_line(path: Path, line: str) -> None:
    """Add a line in one write; a torn line of a writer that died is closed off by a newline."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    handle = os.open(path, flags, 0o666)
    try:
        size = os.fstat(handle).st_size
        torn = size and os.pread(handle, 1, size - 1) != b"\n"
        content = ("\n" if torn else "") + line + "\n"
        os.write(handle, content.encode("utf-8", "replace"))
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, within_s: float = 10.0) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when the holder dies, however it dies."""
    handle = _opened(path)
    try:
        ends = time.monotonic() + within_s
        while not try_lock(handle):
            if time.monotonic() >= ends:
                raise UnreachableError(f"{path} has been locked by another for {within_s:g} s")
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        if not path.exists():
            raise
        # another user made it; to lock it, reading is enough
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def try_lock(handle: int, *, shared: bool = False) -> bool:
    """Return whether the open file could be locked at once (flock(2))."""
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _settle(folder: Path) -> None:
    with suppress(OSError):  # the file is in its place; only its surviving a power cut is open
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
