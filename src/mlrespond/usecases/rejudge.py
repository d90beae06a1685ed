"""Judging again from what the timeline kept: the profiles that a verdict rested on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.look import Look
from mlrespond.model.codec import decode
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.json import Record, record
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Profile
from mlrespond.model.service import LatencyObjective, Service
from mlrespond.model.verdict import MetricVerdict
from mlrespond.usecases.recorder import calls_of
from mlrespond.verbs import amount
from mlrespond.verbs.measure import feature_specs

_ASKED = (("profiles", "stored"), ("predictions", "profile"))


def rejudged(transcript: Record, service: Service, alpha: float) -> tuple[MetricVerdict, ...]:
    """Return the verdicts on the inputs and amounts that a transcript's own profiles give.

    A look at inputs asks for the baseline first, then for the present on its edges; one at amounts
    for the present first. Without both nothing is judged.
    """
    calls = [record(one) for one in calls_of(transcript)]
    told = [one for one in calls if (one.get("port"), one.get("method")) in _ASKED]
    known = [decode(Profile, one.get("reply")) for one in told if one.get("reply") is not None]
    pairs = [
        (before, now)
        for before, now in itertools.pairwise(known)
        if any(before.edges.values()) and now.edges == before.edges
    ]
    amounts = tuple(_amounts(known, service, alpha))
    if not pairs:
        return amounts
    before, now = pairs[-1]
    specs = feature_specs(service)
    inputs = (*judge_inputs(now, before, specs, alpha), *judge_drift(now, before, specs, alpha))
    return (*inputs, *amounts)


def _amounts(known: Sequence[Profile], service: Service, alpha: float) -> Iterator[MetricVerdict]:
    """Yield each objective on amounts: the newest window against the one that ended first."""
    told = sorted((one for one in known if one.amounts), key=lambda one: one.window.until)
    if not told or told[0].window == told[-1].window:
        return
    for name, objective in service.objectives.items():
        match objective:
            case CostObjective() | LengthObjective() | LatencyObjective(column=str()):
                column = objective.column or ""
                now, before = (amount.counted_of(one, column) for one in (told[-1], told[0]))
                yield amount.judge(name, objective, now, before, Look(alpha=alpha))
            case _:
                pass
