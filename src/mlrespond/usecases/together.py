"""Several readings at the same time, each no longer than it may take; a late one is not waited for.

What a late one read is taken out of the transcript, and what it still reads is not written down, so
that a replay finds it late again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from mlrespond.usecases.recorder import Transcript, UnrecordedCallError, scope

T = TypeVar("T")


@dataclass(slots=True)
class _Work:
    """One reading: what came of it once it ended."""

    found: list[object] = field(default_factory=list)
    error: BaseException | None = None


def concurrently(
    transcript: Transcript,
) -> Callable[[Mapping[str, Callable[[], T]], float], Mapping[str, T | None]]:
    """Return a function that does several things at once; None stands for each that is late.

    An error of one is raised when all have ended or are late, the first in their order.
    """

    def together(tasks: Mapping[str, Callable[[], T]], limit_s: float) -> Mapping[str, T | None]:
        works = {name: _Work() for name in tasks}
        threads = {
            name: threading.Thread(target=_run, args=(name, task, works[name]), daemon=True)
            for name, task in tasks.items()
        }
        ends = monotonic() + limit_s
        for thread in threads.values():
            thread.start()
        for thread in threads.values():
            thread.join(max(0.0, ends - monotonic()))
        # asked once: who ends after this is late all the same
        late = {name for name, thread in threads.items() if thread.is_alive()}
        for name in late:
            transcript.drop(name)
        ended = {name: one for name, one in works.items() if name not in late}
        failed = next((one.error for one in ended.values() if one.error), None)
        if failed is not None:
            raise failed
        return {
            name: ended[name].found[0] if name in ended and ended[name].found else None  # type: ignore[misc]  # what the task returned
            for name in tasks
        }

    return together


def _run(name: str, task: Callable[[], object], work: _Work) -> None:
    scope.set(name)
    try:
        work.found.append(task())
    except UnrecordedCallError:
        return  # in a replay: it was late then
    except BaseException as error:  # noqa: BLE001  # raised again by who waits for it
        work.error = error
