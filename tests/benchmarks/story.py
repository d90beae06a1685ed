"""A real incident of any length, and files full of them, for the benchmarks of the timeline.

The events are those of a staged bad release that the whole program answered on fakes. A longer
incident takes one of its looks again and again; a shorter one ends early.
"""

from __future__ import annotations

import json
import sqlite3
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
from mlrespond.timeline.row import COLUMNS
from mlrespond.timeline.sqlite import SqliteTimeline
from mlrespond.usecases.alerts import read_alerts

_BATCH = 500
_SEEDS = 20


@cache
def seed() -> int:
    """Return the first seed of a bad release that its runbook mitigates: not every one shows."""
    return next(n for n in range(_SEEDS) if _played(n).ending() == "mitigated")


@cache
def _played(number: int) -> Rig:
    staged = stage("bad-release", number)
    here = play(staged)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    here.respond(service=None, alerts=alerts, approve=("all",))
    return here


@cache
def _told() -> tuple[Draft, ...]:
    """Return the drafts of one whole incident, as the program wrote them."""
    here = _played(seed())
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


def whole(incident: str) -> tuple[Draft, ...]:
    """Return the drafts of an incident from its opening to its run's end."""
    return tuple(story(incident, len(_told())))


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


def write(path: Path, incident: str, length: int) -> None:
    """Write one whole incident into a file."""
    timeline = opened(path)
    timeline.append(tuple(story(incident, length)))
    timeline.close()


def crowd(
    path: Path, incident: str, others: Sequence[str], length: int, each: int | None = None
) -> None:
    """Write one whole incident into a file, and others beside it, so that none is in one stretch.

    The others are as long, or have `each` events: the first of them then is written as it is. The
    rest are rows under other names, put there without the triggers: to read the one, only their
    number and their place matter.
    """
    timeline = opened(path)
    rows = sqlite3.connect(path, isolation_level=None)
    for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        rows.execute(f"DROP TRIGGER {name}")
    copied, copies = (incident, others) if each is None else (others[0], others[1:])
    own, told = story(incident, length), story(copied, length if each is None else each)
    share = 0 if each is None else -(-length * _BATCH // each)
    while part := tuple(islice(told, _BATCH)):
        written = timeline.append(part)
        first, last = written[0].pos, written[-1].pos
        rows.execute("BEGIN IMMEDIATE")
        for n, name in enumerate(copies, start=1):
            known = {"first": first, "last": last, "shift": n * len(part), "name": name}
            rows.execute(_COPY_EVENTS, known)
            rows.execute(_COPY_BODIES, known)
        rows.execute("COMMIT")
        timeline.append(tuple(islice(own, share)))
    rows.close()
    timeline.close()


_SAME = ",".join(one for one in COLUMNS if one not in {"id", "stream", "incident", "run", "once"})
_COPY_EVENTS = f"""
INSERT INTO event(pos,id,stream,incident,run,once,{_SAME})
SELECT pos+:shift,:name||':'||seq,'incident:'||:name,:name,iif(run IS NULL,NULL,:name||'.1'),
 :name||once,{_SAME} FROM event WHERE pos BETWEEN :first AND :last
"""  # noqa: S608  # constants
_COPY_BODIES = """
INSERT INTO body SELECT pos+:shift,summary,data,salt FROM body WHERE pos BETWEEN :first AND :last
"""
