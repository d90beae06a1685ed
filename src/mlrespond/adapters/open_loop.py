"""Requests sent at a fixed rate, each on time, whether or not those before it were answered.

Latency counts from when a request was due. One that waits because earlier ones are slow counts as
slow itself, so a stall is not hidden by sending less while it lasts (coordinated omission; Gil
Tene, How NOT to Measure Latency; wrk2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from mlrespond.errors import AccessRefusedError, PortError
from mlrespond.model.json import Json
from mlrespond.model.reading import Answered, Sent, Usage
from mlrespond.ports.service import Serving

AT_ONCE = 16


class OpenLoop:
    """Sends through a serving adapter, one row a request, with a bounded number under way.

    `seconds` and `wait` are a clock that is never set back.
    """

    def __init__(
        self,
        serving: Serving,
        at_once: int = AT_ONCE,
        seconds: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._serving = serving
        self._at_once = at_once
        self._seconds = seconds
        self._wait = wait

    def send(
        self,
        replica: str,
        rows: Sequence[Mapping[str, Json]],
        version: str | None,
        rate_per_s: float,
        within_s: float,
    ) -> Sent:
        """See Probe.send."""
        began = self._seconds()
        ends = began + within_s
        round_ = _Round(rows, 1 / rate_per_s, began, ends, self._seconds, self._wait)
        threads = [
            threading.Thread(target=self._ask, args=(round_, replica, version), daemon=True)
            for _ in range(min(self._at_once, len(rows)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, ends - self._seconds()))
        return round_.sent()

    def _ask(self, round_: _Round, replica: str, version: str | None) -> None:
        while (at := round_.next()) is not None:
            try:
                found = self._serving.predict(replica, [round_.rows[at]], version)
            except PortError as error:
                round_.failed(at, error)
            else:
                output = found.outputs[0] if len(found.outputs) == 1 else None
                round_.answered(at, output, found.version, found.usage)


@dataclass(slots=True)
class _Round:
    """One round of rows: which is next, and what came of each."""

    rows: Sequence[Mapping[str, Json]]
    every_s: float
    began: float
    ends: float
    seconds: Callable[[], float]
    wait: Callable[[float], None]
    taken: int = 0
    answers: dict[int, Answered] = field(default_factory=dict)
    versions: set[str | None] = field(default_factory=set)
    usages: list[Usage] = field(default_factory=list)
    errors: list[PortError] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int | None:
        """Return the next row once it is due; None when there is none, or no time left."""
        with self.lock:
            at = self.taken
            if at >= len(self.rows) or any(
                isinstance(one, AccessRefusedError) for one in self.errors
            ):
                return None
            self.taken += 1
        self.wait(max(0.0, min(self._due(at), self.ends) - self.seconds()))
        return at if self.seconds() < self.ends else None

    def answered(self, at: int, output: Json, version: str | None, usage: Usage | None) -> None:
        with self.lock:
            self.answers[at] = Answered(output=output, latency_s=self._late(at))
            self.versions.add(version)
            self.usages += [usage] if usage else []

    def failed(self, at: int, error: PortError) -> None:
        with self.lock:
            self.errors.append(error)
            self.answers[at] = Answered(output=None, latency_s=self._late(at), error=error.message)

    def sent(self) -> Sent:
        """Return what came of every row; those that nobody answered in time took until now."""
        with self.lock:
            refused = [one for one in self.errors if isinstance(one, AccessRefusedError)]
            if self.rows and not self.versions and self.errors:
                raise (refused or self.errors)[0]
            unanswered = [at for at in range(len(self.rows)) if at not in self.answers]
            for at in unanswered:
                late = max(0.0, self.ends - self._due(at))
                self.answers[at] = Answered(output=None, latency_s=late, error="no answer in time")
            return Sent(
                version=next(iter(self.versions)) if len(self.versions) == 1 else None,
                answers=tuple(self.answers[at] for at in range(len(self.rows))),
                usage=reduce(Usage.plus, self.usages) if self.usages else None,
            )

    def _due(self, at: int) -> float:
        return self.began + at * self.every_s

    def _late(self, at: int) -> float:
        return self.seconds() - self._due(at)
