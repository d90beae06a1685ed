"""What an incident's run is doing, as `mlir incidents` lists it: who drives it, and since when not.

A driver that was killed says nothing: its lease tells, or, on this machine, that it is gone.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from mlrespond.model.instant import parse_iso

if TYPE_CHECKING:
    from mlrespond.timeline.spooling import SpoolingTimeline

_NEWEST = (
    "SELECT kind,run,summary,seq,data FROM timeline WHERE stream=? AND late=0 AND kind IN"
    "('run_requested','run_claimed','run_parked','run_interrupted','run_ended')"
    " ORDER BY seq DESC LIMIT 1"
)
_LEASE = (
    "SELECT json_extract(data,'$.until') FROM timeline WHERE stream=? AND seq>=? AND late=0"
    " AND kind IN('run_claimed','run_renewed') ORDER BY seq DESC LIMIT 1"
)
_LAST = (
    "SELECT occurred_at FROM event WHERE stream=? AND run=? AND late=0 ORDER BY seq DESC LIMIT 1"
)


def run_of(timeline: SpoolingTimeline, incident: str, now: datetime) -> str:
    """Return what is last known of the incident's run; nothing when none is under way."""
    stream = f"incident:{incident}"
    found = timeline.rows(_NEWEST, (stream,))
    if not found or found[0][0] == "run_ended":
        return ""
    kind, run, summary, seq, data = found[0]
    told = f"{run}: {summary}"
    if kind != "run_claimed":
        return told
    ((until,),) = timeline.rows(_LEASE, (stream, int(str(seq)))) or [("",)]
    why = _why_gone(str(until or ""), str(data or ""), now)
    if not why:
        return told
    ((last,),) = timeline.rows(_LAST, (stream, str(run)))
    return f"{told}, silent since {str(last)[:19]}Z: {why}; go on with: mlir resume {incident}"


def _why_gone(until: str, claim: str, now: datetime) -> str:
    """Return why nobody drives the run any more; nothing where somebody may."""
    if until and parse_iso(until) <= now:
        return f"its lease ended at {until[:19]}Z"
    return "the process is gone" if claim and _dead(claim) else ""


def _dead(claim: str) -> bool:
    from mlrespond.adapters.process import SystemProcesses
    from mlrespond.model.codec import decode
    from mlrespond.model.json import record
    from mlrespond.model.lease_kind import Process

    process = record(record(json.loads(claim)).get("process"))
    return bool(process) and SystemProcesses().provably_dead(decode(Process, process))
