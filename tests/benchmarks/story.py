"""A real incident of any length, and files full of them, for the benchmarks of the timeline.

The events are those of a staged bad release that the whole program answered on fakes. A longer
incident takes one of its looks again and again; a shorter one ends early.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import islice
from pathlib import Path

from tests.rig import Rig
from tests.staged import play

from mlrespond.adapters.system import SystemClock, SystemIds
from mlrespond.lab.signal_stage import stage
from mlrespond.model.event import Draft, Event, Evidence
from mlrespond.timeline.sqlite import SqliteTimeline
from mlrespond.usecases.alerts import read_alerts

_BATCH = 500


@cache
def _told() -> tuple[Draft, ...]:
    """Return the drafts of one whole incident, as the program wrote them."""
    staged = stage("bad-release", 0)
    here = play(staged)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    here.respond(service=None, alerts=alerts, approve=("all",))
    return tuple(_draft(here, event) for event in here.events())


def _draft(here: Rig, event: Event) -> Draft:
    data = {key: value for key, value in event.data.items() if key != "evidence"}
    evidence = {
        role: Evidence("application/json", "reading", here.app.store.evidence(str(digest)))
        for role, digest in event.evidence.items()
    }
    return Draft(
        stream=event.stream,
        kind=event.kind,
        summary=event.summary,
        data=data,
        occurred_at=event.occurred_at,
        source=event.source,
        actor=event.actor,
        incident=event.incident,
        run=event.run,
        epoch=event.epoch,
        step=event.step,
        attempt=event.attempt,
        once=event.once,
        evidence=evidence,
    )


def story(incident: str, length: int) -> Iterator[Draft]:
    """Yield an incident's drafts, so many of them."""
    told = _told()
    at = next(n for n, one in enumerate(told) if one.kind == "baseline_resolved")
    again = next(one for one in told[at:] if one.kind == "look_taken" and one.step)
    again = replace(again, evidence={})
    missing = max(0, length - len(told))
    yield from islice((_moved(one, incident) for one in told[:at]), length)
    for n in range(missing):
        later = again.occurred_at + timedelta(seconds=n)
        yield _moved(again, incident, later=(later - again.occurred_at).total_seconds())
    for one in told[at : max(at, length)]:
        yield _moved(one, incident, later=float(missing))


def _moved(draft: Draft, incident: str, later: float = 0.0) -> Draft:
    """Return the draft as one of another incident, so many seconds later."""
    return replace(
        draft,
        stream=f"incident:{incident}",
        incident=incident,
        run=f"{incident}.1" if draft.run else None,
        once=f"{incident}:{draft.once}" if draft.once else None,
        occurred_at=draft.occurred_at + timedelta(seconds=later),
    )


def opened(path: Path) -> SqliteTimeline:
    """Return the timeline of a file, as the program opens it."""
    ids = SystemIds()
    return SqliteTimeline(path, now=SystemClock().now, new_id=ids.event_id, new_salt=ids.salt)


def fill(path: Path, incidents: Sequence[str], length: int) -> None:
    """Write whole incidents into a file, side by side, so that none lies in one stretch of it."""
    timeline = opened(path)
    stories = [story(name, length) for name in incidents]
    while stories:
        for one in tuple(stories):
            part = tuple(islice(one, _BATCH))
            if part:
                timeline.append(part)
            else:
                stories.remove(one)
    timeline.close()
