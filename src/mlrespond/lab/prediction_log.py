"""The log of served predictions: one line a row, with the version that served it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mlrespond.lab.lines import LineWriter
from mlrespond.lab.model import Scored
from mlrespond.lab.tensor import CUSTOMER, Inference
from mlrespond.model.instant import iso
from mlrespond.model.json import Record


class PredictionLog:
    """Logs rows about customers; a probe is about nobody and leaves no line."""

    def __init__(self, path: Path, replica: str) -> None:
        self._lines = LineWriter(path)
        self._replica = replica

    def answered(self, asked: Inference, version: str, scored: Sequence[Scored]) -> None:
        """Log what was answered; `valid` says whether a score is a probability at all."""
        for index, one in enumerate(scored):
            valid = one.p is not None and 0 <= one.p <= 1
            self._put(asked, index, version, ok=True, valid=valid, scored=one)

    def failed(self, asked: Inference, version: str) -> None:
        """Log that no answer was given; such a row is neither valid nor invalid."""
        for index in range(len(asked.rows)):
            self._put(asked, index, version, ok=False, valid=None, scored=None)

    def close(self) -> None:
        """Write what is left."""
        self._lines.close()

    def _put(
        self,
        asked: Inference,
        index: int,
        version: str,
        *,
        ok: bool,
        valid: bool | None,
        scored: Scored | None,
    ) -> None:
        customer = asked.customers[index]
        if customer is None:
            return
        told: Record = {
            "request_id": asked.row_id(index) if asked.id else uuid.uuid4().hex,
            "served_at": iso(datetime.now(UTC)),
            "replica": self._replica,
            "model_version": version,
            CUSTOMER: customer,
            "p": scored.p if scored else None,
            "decision": scored.decision if scored else None,
            "ok": ok,
            "valid": valid,
        }
        self._lines.put({**told, **asked.rows[index]})
