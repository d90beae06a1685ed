"""Judging inputs again from what the timeline kept: the profiles that a verdict rested on."""

from __future__ import annotations

import itertools

from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.model.codec import decode
from mlrespond.model.json import Record, record
from mlrespond.model.reading import Profile
from mlrespond.model.service import Service
from mlrespond.model.verdict import MetricVerdict
from mlrespond.usecases.recorder import calls_of
from mlrespond.verbs.measure import feature_specs

_ASKED = (("profiles", "stored"), ("predictions", "profile"))


def rejudged(transcript: Record, service: Service, alpha: float) -> tuple[MetricVerdict, ...]:
    """Return the verdicts on the inputs that a transcript's own profiles give.

    A look asks for the baseline first, then for the present on its edges. Without both nothing is
    judged.
    """
    calls = [record(one) for one in calls_of(transcript)]
    told = [one for one in calls if (one.get("port"), one.get("method")) in _ASKED]
    known = [decode(Profile, one.get("reply")) for one in told if one.get("reply") is not None]
    pairs = [
        (before, now)
        for before, now in itertools.pairwise(known)
        if any(before.edges.values()) and now.edges == before.edges
    ]
    if not pairs:
        return ()
    before, now = pairs[-1]
    specs = feature_specs(service)
    return (*judge_inputs(now, before, specs, alpha), *judge_drift(now, before, specs, alpha))
