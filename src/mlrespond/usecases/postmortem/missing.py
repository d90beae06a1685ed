"""Curves of how often a feature was missing, where a diagnosis found it missing more often.

They come out of the profiles that looks kept as evidence, which count nulls by slice of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mlrespond.model.curve import Curve, Point, Side
from mlrespond.model.event import Event
from mlrespond.model.json import items, record, text
from mlrespond.model.reading import FeatureProfile, Profile, Window
from mlrespond.usecases.postmortem.distribution import replies
from mlrespond.usecases.postmortem.metric import Limits, Track
from mlrespond.usecases.postmortem.taken import Taken

_MOST = 3


def features(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the features of which a step found that they are missing more often, at most three."""
    found: dict[str, None] = {}
    for event in events:
        if event.kind != "step_finished" or event.erased or event.late:
            continue
        for told in items(record(event.data.get("yields")).get("findings")):
            one = record(told)
            name = text(one.get("feature"))
            if name and (one.get("kind"), one.get("verdict")) == ("nulls", "fail"):
                found[name] = None
    return tuple(found)[:_MOST]


def track(feature: str) -> Track:
    """Return the track under which a feature's curve is drawn; no objective judges it."""
    limits = Limits(kind="input", worse="higher")
    return Track(name=_name(feature), limits=limits, judged=(), past=None, during=None, after=None)


def curves(
    looks: Sequence[Taken], wanted: Sequence[str], onset: datetime
) -> Iterator[tuple[Curve, int]]:
    """Yield the share of nulls by slice of each profile, with the look that kept it."""
    if not wanted:
        return
    for one in looks:
        for profile in replies(items((one.content or {}).get("calls")), "profile", Profile):
            for feature in wanted:
                found = profile.feature(feature)
                if found is not None and found.n and profile.window.seconds > 0:
                    side: Side = "current" if profile.window.until > onset else "baseline"
                    yield curve(found, profile.window, side), one.seq


def _name(feature: str) -> str:
    return f"nulls of {feature}"


def curve(found: FeatureProfile, window: Window, side: Side) -> Curve:
    """Return the share of nulls by slice of a profile; of its window where it has no slices."""
    length = (window.until - window.since) / max(1, len(found.slices))
    points: tuple[Point, ...] = tuple(
        (window.since + length * n, float(one[0]), float(sum(one)))
        for n, one in enumerate(found.slices, start=1)
        if sum(one)
    )
    return Curve(
        name=_name(found.name),
        kind="ratio",
        side=side,
        since=window.since,
        until=window.until,
        step_s=length.total_seconds(),
        points=points or ((window.until, float(found.nulls), float(found.n)),),
    )
