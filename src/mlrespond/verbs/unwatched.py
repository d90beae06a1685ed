"""What stands in for the ledger where nobody looked before the onset: the log of predictions.

A log tells which version answered each request, so it knows what was served. It does not know
whether anybody found that good: a version that is known from here alone was never seen healthy,
and is no target of a rollback.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from mlrespond.engine.ledger import Ledger, LookAt
from mlrespond.model.reading import Window
from mlrespond.verbs import measure
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData

REACH = timedelta(hours=2)
"""How long before the onset the log is asked about."""
SHORTEST_S = 5.0
"""A time of two versions is halved until it is no longer than this."""
LAST = timedelta(microseconds=1)


def watched(ctx: StepContext) -> bool:
    """Return whether somebody looked at the service before the onset."""
    return bool(ctx.ledger.looks) and ctx.ledger.looks[0].at < ctx.incident.onset


def told(ctx: StepContext) -> bool:
    """Return whether it is known, by looks or by the log, what was served before the onset."""
    return any(
        any(look.served.values()) for look in ctx.ledger.looks if look.at < ctx.incident.onset
    )


def remembered(ctx: StepContext) -> StepContext:
    """Return a context whose ledger begins before the onset, by the log where nobody looked.

    The log is asked until the first look: a release may have come together with the onset.
    A log that tells no version, and a metrics store, still have the time before: then the ledger
    begins with a look that saw no version.
    """
    if watched(ctx) or (ctx.service.predictions is None and ctx.service.metrics is None):
        return ctx
    onset = ctx.incident.onset
    first = ctx.ledger.looks[0].at if ctx.ledger.looks else ctx.now
    past = Window(since=onset - REACH, until=onset)
    known = tuple(_looks(ctx, past)) if ctx.service.predictions else ()
    if known and first > onset:
        known += tuple(_looks(ctx, Window(since=onset, until=first)))
    looks = known or (LookAt(at=past.since, wanted=None, served={}),)
    return replace(ctx, ledger=_beginning_with(looks, ctx.ledger))


def _looks(ctx: StepContext, window: Window) -> Iterator[LookAt]:
    """Yield what the log tells at both ends of each time in which one version answered.

    A time of several versions is halved, as long as one half has one at most: a release shows so.
    The last half is left out, and so is a time in which several answered all along.
    """
    times = deque([(window, _versions(ctx, window))])
    while times:
        one, versions = times.popleft()
        if len(versions) == 1:
            served = dict.fromkeys(ctx.replicas, versions[0])
            for at in (one.since, one.until - LAST):
                yield LookAt(at=at, wanted=None, served=served)
        elif len(versions) > 1 and one.seconds > SHORTEST_S:
            middle = one.since + (one.until - one.since) / 2
            halves = (replace(one, until=middle), replace(one, since=middle))
            found = [(half, _versions(ctx, half)) for half in halves]
            if any(len(known) <= 1 for _, known in found):
                times.extendleft(reversed(found))


def _versions(ctx: StepContext, window: Window) -> Sequence[str]:
    """Return who answered in a window; what is over is counted as a baseline, which is kept."""
    over = window.until <= ctx.incident.onset
    found = measure.profile(ctx, window, None, None if over else {})
    return () if isinstance(found, NoData) else tuple(found.by_version)


def _beginning_with(looks: tuple[LookAt, ...], ledger: Ledger) -> Ledger:
    return replace(ledger, looks=(*looks, *ledger.looks))
