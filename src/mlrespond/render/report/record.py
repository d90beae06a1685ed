"""A report as a JSON document."""

from __future__ import annotations

from dataclasses import replace

from mlrespond.engine.account import Account
from mlrespond.model.codec import encode
from mlrespond.model.json import Json, Record, record
from mlrespond.render.blast import progress
from mlrespond.usecases.report_figure import Report, RunbookTotal, Spread


def told(found: Report) -> Record:
    """Return the report's figures, medians beside their dots; null is not known."""
    whole = record(encode(found))
    toil = found.toil
    return {
        **whole,
        "service": found.service,
        "incidents": [_account(one) for one in found.incidents],
        "phases": [_spread(one) for one in found.phases],
        "services": [
            {**record(encode(one)), "between": _spread(one.between)} for one in found.services
        ],
        "runbooks": [_runbook(one) for one in found.runbooks],
        "toil": {
            **record(encode(toil)),
            "hand": toil.hand,
            "share_by_hand": toil.share_by_hand,
        },
    }


def _account(one: Account) -> Json:
    phases = [{**record(encode(phase)), "seconds": phase.seconds} for phase in one.phases]
    blast = None
    if one.blast is not None:
        blast = {"measured": encode(one.blast.measured), **progress(one.blast)}
    return {**record(encode(replace(one, blast=None))), "phases": phases, "blast": blast}


def _spread(one: Spread) -> Json:
    return {**record(encode(one)), "n": one.n, "median": one.median}


def _runbook(one: RunbookTotal) -> Json:
    return {
        **record(encode(one)),
        "took": _spread(one.took),
        "respond": _spread(one.respond),
        "by_hand": _spread(one.by_hand),
        "saved_s": one.saved_s,
    }
