"""The lab's traffic (`python -m mlrespond.lab.traffic`): steady payments through the router.

It is open-loop: requests are due at fixed times whether or not earlier ones were answered, as
customers do not wait for one another. Requests that could not be sent within a second are skipped.
"""

from __future__ import annotations

import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from mlrespond.errors import PortError
from mlrespond.lab.child import Leash, parser
from mlrespond.lab.client import Client
from mlrespond.lab.control import Control, ControlFile
from mlrespond.lab.folder import MODEL, Folder
from mlrespond.lab.label_desk import LabelDesk
from mlrespond.lab.tensor import Inference, request
from mlrespond.lab.world import Label, World
from mlrespond.model.json import dump

_WORKERS = 32
_SKIP_AFTER_S = 1.0
_SEVERAL_ROWS = 0.05
_STOP_WITHIN_S = 0.5
_OK = 200


class Schedule:
    """The times at which requests are due."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._due = now()
        self._lock = threading.Lock()

    def next_due(self, rate: float) -> float:
        """Return when the next request is due, at that many a second."""
        with self._lock:
            due = max(self._due, self._now() - _SKIP_AFTER_S)
            self._due = due + 1 / rate
            return due


class Source:
    """Draws requests, and knows the truth about them."""

    def __init__(self, seed: int) -> None:
        self._world = World(seed)
        self._chance = random.Random(seed)  # noqa: S311  # a simulation, no secret
        self._lock = threading.Lock()

    def draw(self, control: Control) -> tuple[Inference, tuple[Label, ...]]:
        """Return a request as it arrives, and its labels."""
        angle = control.angle(datetime.now(UTC))
        with self._lock:
            several = self._chance.random() < _SEVERAL_ROWS
            count = self._chance.randint(2, 4) if several else 1
            payments = [self._world.draw() for _ in range(count)]
            rows = tuple(control.corrupt(payment.row, self._chance) for payment in payments)
        customers = tuple(payment.customer_id for payment in payments)
        labels = tuple(payment.truth(angle) for payment in payments)
        return Inference(uuid.uuid4().hex, rows, customers), labels


class Traffic:
    """Workers that send what is due; whatever goes wrong at the other end, they go on."""

    def __init__(self, folder: Folder, router: int) -> None:
        self._control = ControlFile(folder.control)
        seed = self._control.read().seed
        self._router = router
        self._source = Source(seed)
        chance = random.Random(seed)  # noqa: S311  # a simulation, no secret
        self._desk = LabelDesk(folder.labels / "labels.jsonl", chance)
        self._schedule = Schedule()
        self._ending = threading.Event()
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]

    def start(self) -> None:
        """Start sending."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Send no more."""
        self._ending.set()
        until = time.monotonic() + _STOP_WITHIN_S
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
        self._desk.close()

    def _work(self) -> None:
        client = Client(self._router)
        while not self._ending.is_set():
            control = self._control.read()
            due = self._schedule.next_due(control.rate)
            if not self._ending.wait(max(0.0, due - time.monotonic())):
                self._send(client, control)
        client.close()

    def _send(self, client: Client, control: Control) -> None:
        asked, labels = self._source.draw(control)
        customers = [one or "" for one in asked.customers]
        body = dump(request(asked.id, asked.rows, customers)).encode()
        try:
            status, _ = client.call("POST", f"/v2/models/{MODEL}/infer", body)
        except PortError:
            return
        if status == _OK:
            for index, label in enumerate(labels):
                self._desk.expect(asked.row_id(index), label)


def main(argv: Sequence[str] | None = None) -> int:
    """Send until told to end."""
    arguments = parser("traffic")
    arguments.add_argument("--router", type=int, required=True, help="the router's port")
    asked = arguments.parse_args(argv)
    leash = Leash(asked.folder, asked.name)
    traffic = Traffic(asked.folder, asked.router)
    traffic.start()
    leash.hold()
    traffic.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
