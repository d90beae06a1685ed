"""Really started servers for the tests: each once a session, skipped only where that is allowed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from mlrespond.errors import UnreachableError
from mlrespond.lab.process import LabProcess, stop
from mlrespond.lab.stack.server import Launch, await_ready, program, start

T = TypeVar("T")


def tell(line: str) -> None:
    """Say on the terminal why it takes a while."""
    print(line, file=sys.__stderr__)  # pytest captures the other


def needed(*programs: str) -> None:
    """Skip the test without these programs of the system, but not in CI."""
    for name in programs:
        _or_skip(partial(program, name, name))


def launched(make: Callable[[], Launch]) -> Launch:
    """Return how a server is started; without its program the test is skipped, but not in CI."""
    return _or_skip(make)


def _or_skip(make: Callable[[], T]) -> T:
    try:
        return make()
    except UnreachableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error.message} ({error.hint})")


@contextmanager
def running(launches: Sequence[Launch], logs: Path) -> Iterator[tuple[LabProcess, ...]]:
    """Start servers together, hand them over when all are ready, and stop them by their groups."""
    logs.mkdir(parents=True, exist_ok=True)
    started: list[LabProcess] = []
    try:
        started += (start(one, logs / f"{one.name}.out") for one in launches)
        for process, one in zip(started, launches, strict=True):
            await_ready(process, one, logs / f"{one.name}.out")
        yield tuple(started)
    finally:
        stop(started)
