"""Judging again from what the timeline kept: the profiles that a verdict rested on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.look import Look
from mlrespond.judgment.midway import judge_inputs_midway
from mlrespond.model.codec import decode
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.json import Record, record
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Edges, Profile, Window
from mlrespond.model.service import LatencyObjective, Service
from mlrespond.model.verdict import MetricVerdict
from mlrespond.usecases.recorder import calls_of
from mlrespond.verbs import amount
from mlrespond.verbs.measure import feature_specs

_ASKED = (("profiles", "stored"), ("predictions", "profile"))


def rejudged(transcript: Record, service: Service, alpha: float) -> tuple[MetricVerdict, ...]:
    """Return the verdicts on the inputs and amounts that a transcript's own profiles give.

    A look at inputs asks for the baseline first, then for the present on its edges, and then for
    parts of that; one at amounts for the present first. Without both nothing is judged.
    """
    calls = [record(one) for one in calls_of(transcript)]
    told = [one for one in calls if (one.get("port"), one.get("method")) in _ASKED]
    known = [decode(Profile, one.get("reply")) for one in told if one.get("reply") is not None]
    amounts = tuple(_amounts(known, service, alpha))
    sides = _sides(known)
    if sides is None:
        return amounts
    now, before = sides
    specs = feature_specs(service)

    def read(window: Window, edges: Edges | None) -> Profile | None:
        asked = (one for one in known if one.window == window)
        return next((one for one in asked if edges is None or one.edges == edges), None)

    inputs = judge_inputs_midway(now, before, specs, alpha, read)
    return (*inputs, *judge_drift(now, before, specs, alpha), *amounts)


def _sides(known: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """Return the present and the baseline: the first windows that were counted on one's edges."""
    for before, now in itertools.pairwise(known):
        if any(before.edges.values()) and now.edges == before.edges and now.window != before.window:
            return now, before
    return None


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
