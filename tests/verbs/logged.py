"""A service whose predictions are a real log of this test, read by the real adapter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.usecases.plain import ONSET, plain
from tests.verbs.seen import context

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.model.service import Service
from mlrespond.testing.clock import FixedClock
from mlrespond.usecases.recorder import Transcript, recorded
from mlrespond.verbs.interface import StepContext

BEFORE, AFTER = 9000, 3000
"""So many predictions come before the onset and after it, one each 0.6 s."""


def served(made: Iterable[Record]) -> Iterable[Record]:
    """Give rows the times of two hours, of which the last half hour is since the onset."""
    for at, row in enumerate(made):
        time = ONSET + timedelta(seconds=0.6 * (at - BEFORE))
        yield {"served_at": iso(time), "model_version": "2", **row}


def logging(
    folder: Path,
    rows: Iterable[Record],
    predictions: Mapping[str, Json],
    objectives: Mapping[str, Json],
) -> tuple[StepContext, Transcript]:
    """Return what a step sees of a service that logs these rows, and what it is told meanwhile."""
    (folder / "logs").mkdir()
    (folder / "logs" / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    found = context(plain())
    site = Site(
        folder=folder,
        secrets=EnvSecrets(folder, {}),
        clock=FixedClock(found.now),
        state=folder / "state",
        service=found.name,
    )
    part: Json = {"kind": "files", "path": "logs/*.jsonl", **predictions}
    transcript = Transcript(now=found.now, ledger_seq=0, incident_seq=0)
    log = build(Config.model_validate(part), site)
    ports = recorded(replace(found.ports, predictions=log), transcript)
    written = found.service.model_dump(mode="json", by_alias=True, exclude_none=True)
    service = Service.model_validate({**written, "predictions": part, "objectives": objectives})
    return replace(found, ports=ports, service=service), transcript
