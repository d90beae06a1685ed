"""Reading how the metrics went in the whole incident, once it is over: no picture has a gap then.

What is read is evidence from then on. A postmortem is rendered from that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from mlrespond.errors import Error
from mlrespond.model.curve import Curve
from mlrespond.model.event import Event
from mlrespond.model.kinds import draft
from mlrespond.model.metrics_kind import MetricsRead
from mlrespond.model.reading import Window
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.looking import bare_context
from mlrespond.usecases.postmortem.course import edges
from mlrespond.usecases.postmortem.missing import curve, features
from mlrespond.usecases.postmortem.span import earliest
from mlrespond.usecases.postmortem.taken import taken
from mlrespond.usecases.recorder import Transcript
from mlrespond.usecases.together import concurrently
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData, profile
from mlrespond.verbs.whole_curve import whole

LIMIT_S = 10.0


def read_once_more(app: App, name: str) -> Event | None:
    """Record how each ratio and latency went, from before the onset until now.

    So are the nulls of features that a diagnosis found missing more often.

    Returns the event, or None where nothing is told within `LIMIT_S`, or it cannot be recorded:
    whatever failed, the incident is as it was.
    """
    try:
        return _read(app, name)
    except Error:
        return None


def _read(app: App, name: str) -> Event | None:
    events = app.store.read(incident_stream(name))
    incident = the_incident(events, name)
    if incident.service not in app.project.services:
        return None
    now = app.clock.now()
    window = Window(since=earliest(incident.onset, now), until=now)
    seen = Transcript(now=now, ledger_seq=0, incident_seq=events[-1].seq)
    context = bare_context(app, incident.service)
    readers = whole(context, window, edges(taken(app.store, events)))
    tasks = {name: partial(_one, read) for name, read in readers.items()}
    if gone := features(events):
        tasks["nulls"] = partial(_nulls, context, window, gone)
    found = concurrently(seen)(tasks, LIMIT_S)
    curves = [one for told in found.values() for one in told or ()]
    if not curves:
        return None
    for one in curves:
        seen.keep(one)
    what = MetricsRead(
        since=window.since, until=window.until, objectives=tuple(one.name for one in curves)
    )
    said = draft(
        incident_stream(name),
        what,
        now,
        incident=name,
        source="poll",
        actor=app.me,
        evidence={"readings": seen.evidence()},
    )
    return app.store.append([said])[-1]


def _one(read: Callable[[], Curve | None]) -> tuple[Curve, ...]:
    found = read()
    return () if found is None else (found,)


def _nulls(context: StepContext, window: Window, wanted: Sequence[str]) -> tuple[Curve, ...]:
    """Return how often each feature was missing; nothing where nobody tells."""
    told = profile(context, window)
    if isinstance(told, NoData):
        return ()
    known = (told.feature(name) for name in wanted)
    return tuple(curve(one, window, "whole") for one in known if one is not None and one.n)
