"""What the timeline keeps of a look at the inputs is enough to judge them again."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.usecases.plain import ONSET, plain
from tests.verbs.seen import context, done

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.judgment.look import ALPHA
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, record
from mlrespond.model.service import Service
from mlrespond.testing.clock import FixedClock
from mlrespond.usecases.recorder import Transcript, recorded
from mlrespond.usecases.rejudge import rejudged
from mlrespond.verbs.interface import StepContext

FEATURES: Json = {"amount": {"type": "number", "min": 0}, "country": {"type": "category"}}


def logged(folder: Path, *, broken: bool, since: datetime = ONSET) -> None:
    """Write two hours of a log in which amounts may be in cents from some time on."""
    chance = random.Random(3)  # noqa: S311  # test data
    (folder / "logs").mkdir()
    rows = []
    for number in range(12000):
        at = ONSET + timedelta(seconds=0.6 * (number - 10000))
        late = broken and at >= since
        amount = chance.lognormvariate(3, 1) * (100 if late else 1)
        rows.append({"served_at": iso(at), "amount": amount, "country": chance.choice("abc")})
    (folder / "logs" / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))


def looked(
    folder: Path, *, broken: bool, since: datetime = ONSET
) -> tuple[StepContext, Transcript]:
    logged(folder, broken=broken, since=since)
    found = context(plain())
    site = Site(
        folder=folder,
        secrets=EnvSecrets(folder, {}),
        clock=FixedClock(found.now),
        state=folder / "state",
        service=found.name,
    )
    config = Config.model_validate({"kind": "files", "path": "logs/*.jsonl", "features": FEATURES})
    transcript = Transcript(now=found.now, ledger_seq=0, incident_seq=0)
    ports = recorded(replace(found.ports, predictions=build(config, site)), transcript)
    written = found.service.model_dump(mode="json", by_alias=True, exclude_none=True)
    service = Service.model_validate(
        {**written, "predictions": {"kind": "files", "features": FEATURES}}
    )
    return replace(found, ports=ports, service=service), transcript


@pytest.mark.parametrize(("broken", "verdict"), [(False, "pass"), (True, "fail")])
def test_stored_profiles_give_the_same_verdict(
    tmp_path: Path,
    broken: bool,  # noqa: FBT001  # a parameter of the test
    verdict: str,
) -> None:
    ctx, transcript = looked(tmp_path, broken=broken)
    body: Json = {"against": "before_incident", "inputs": "all", "since": iso(ONSET)}

    found = done(ctx, "compare", body)
    kept = record(json.loads(transcript.evidence().content))

    again = {one.name: encode(one) for one in rejudged(kept, ctx.service, ALPHA)}
    assert again == record(found.yields["metrics"])
    assert found.verdict == verdict
    assert "drift:amount" in again


def test_what_broke_midway_is_judged_again_from_the_part_that_was_read(tmp_path: Path) -> None:
    ctx, transcript = looked(tmp_path, broken=True)
    since = iso(ONSET - timedelta(minutes=20))  # half of the present lies before it broke

    found = done(ctx, "compare", {"against": "before_incident", "inputs": "all", "since": since})
    kept = record(json.loads(transcript.evidence().content))

    again = {one.name: encode(one) for one in rejudged(kept, ctx.service, ALPHA)}
    assert again == record(found.yields["metrics"])
    assert record(again["unit:amount"])["verdict"] == "fail"
    assert "where it broke" in str(record(again["unit:amount"])["said"])


def test_what_broke_before_the_alert_is_judged_again_as_well(tmp_path: Path) -> None:
    ctx, transcript = looked(tmp_path, broken=True, since=ONSET - timedelta(minutes=25))

    found = done(
        ctx, "compare", {"against": "before_incident", "inputs": "all", "since": iso(ONSET)}
    )
    kept = record(json.loads(transcript.evidence().content))

    again = {one.name: encode(one) for one in rejudged(kept, ctx.service, ALPHA)}
    assert again == record(found.yields["metrics"])
    assert record(again["unit:amount"])["verdict"] == "fail"
    assert "where it broke" in str(record(again["unit:amount"])["said"])


def test_a_transcript_without_profiles_judges_nothing() -> None:
    ctx = context(plain())

    assert rejudged({"calls": []}, ctx.service, ALPHA) == ()
