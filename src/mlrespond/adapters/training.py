"""What a training leaves in its folder: the order, that it began, its result, that it be stopped.

Every fact is a file that appears whole. A lock that supervisor and command hold together tells
whether anything of it still lives, however it died.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import locked, replace_file, try_lock
from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model.codec import decode, encode
from mlrespond.model.json import dump
from mlrespond.model.lease_kind import Process

T = TypeVar("T")

_POLL_S = 0.05
_PATIENCE_S = 2.0  # longer than anybody looks whether the lock is held


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A training as it was ordered; `declared` names its variables, whose values are not kept."""

    key: str
    args: tuple[str, ...]
    folder: str
    declared: tuple[str, ...]
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a training ended; `stopped` says why if it did not end by itself."""

    code: int
    last: str
    stopped: str = ""


class Training:
    """The folder of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stdout = folder / "stdout.log"
        self.stderr = folder / "stderr.log"
        self._cancel = folder / "cancel"

    def place(self, order: Order) -> None:
        """Keep an order; the first one stays."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.folder / ".order.lock"):
            if self.order() is None:
                self._write("order", order)

    def order(self) -> Order | None:
        """Return the order."""
        return self._read("order", Order)

    def began(self) -> Process | None:
        """Return the supervisor that took the order; nobody takes it twice."""
        return self._read("began", Process)

    def command(self) -> Process | None:
        """Return the process that trains."""
        return self._read("command", Process)

    def result(self) -> Result | None:
        """Return how it ended."""
        return self._read("result", Result)

    def begin(self, supervisor: Process) -> None:
        """Record who took the order."""
        self._write("began", supervisor)

    def train(self, command: Process) -> None:
        """Record which process trains."""
        self._write("command", command)

    def end(self, result: Result) -> None:
        """Record how it ended."""
        self._write("result", result)

    def cancel(self) -> None:
        """Ask that it be stopped."""
        replace_file(self._cancel, b"")

    def cancelled(self) -> bool:
        """Return whether somebody asked that it be stopped."""
        return self._cancel.exists()

    def lives(self) -> bool:
        """Return whether its supervisor or its command is alive on this machine."""
        handle = self._lock()
        try:
            return not try_lock(handle, shared=True)
        finally:
            os.close(handle)

    @contextmanager
    def alone(self) -> Iterator[int | None]:
        """Hold the lock and yield its handle, for the command to hold too; None if it is taken."""
        handle = self._lock()
        try:
            ends = time.monotonic() + _PATIENCE_S
            held = try_lock(handle)
            while not held and time.monotonic() < ends:
                time.sleep(_POLL_S)
                held = try_lock(handle)
            yield handle if held else None
        finally:
            os.close(handle)

    def _lock(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        return os.open(self.folder / ".alive.lock", flags, 0o600)

    def _write(self, name: str, fact: object) -> None:
        replace_file(self.folder / f"{name}.json", dump(encode(fact)).encode("utf-8", "replace"))

    def _read(self, name: str, cls: type[T]) -> T | None:
        path = self.folder / f"{name}.json"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return decode(cls, strict_json.parse(content, str(path)))
        except InvalidInputError as cause:
            raise BadReplyError(f"{path}: {cause.message}") from cause
