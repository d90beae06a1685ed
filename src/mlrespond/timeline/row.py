"""Between an event and its row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlrespond.model.event import Actor, Draft, Event
from mlrespond.model.instant import iso
from mlrespond.model.json import dump

if TYPE_CHECKING:  # `mlir timeline` starts without them
    from mlrespond.ports.timeline import Filter

COLUMNS = (
    "id",
    "stream",
    "seq",
    "kind",
    "v",
    "occurred_at",
    "precision",
    "recorded_at",
    "source",
    "actor",
    "assurance",
    "incident",
    "run",
    "epoch",
    "step",
    "attempt",
    "late",
    "once",
    "supersedes",
    "body_digest",
    "prev_hash",
    "hash",
)
INSERT = f"INSERT INTO event({','.join(COLUMNS)}) VALUES({','.join('?' * len(COLUMNS))})"
SELECT = (
    f"SELECT e.pos,{','.join(COLUMNS)},b.summary,b.data"  # noqa: S608  # constants of this package
    " FROM event e LEFT JOIN body b USING(pos)"
)


def clean(
    draft: Draft, evidence: Mapping[str, str], redact: Callable[[str], str]
) -> tuple[str, str]:
    """Return summary and data as they are stored: redacted, valid UTF-8, evidence named."""
    data = {**draft.data, "evidence": dict(evidence)} if evidence else draft.data
    return _utf8(redact(draft.summary)), _utf8(redact(dump(data)))


def _utf8(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def event_of(row: Sequence[Any]) -> Event:
    """Return the event of a row of SELECT; a missing body means it was erased."""
    erased = row[24] is None
    return Event(
        pos=row[0],
        id=row[1],
        stream=row[2],
        seq=row[3],
        kind=row[4],
        version=row[5],
        occurred_at=_time(row[6]),
        precision=row[7],
        recorded_at=_time(row[8]),
        source=row[9],
        actor=Actor(row[10], row[11]),
        incident=row[12],
        run=row[13],
        epoch=row[14],
        step=row[15],
        attempt=row[16],
        late=bool(row[17]),
        once=row[18],
        supersedes=row[19],
        body_digest=row[20],
        prev_hash=row[21],
        hash=row[22],
        summary="(erased)" if erased else row[23],
        data={} if erased else json.loads(row[24]),
        erased=erased,
    )


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored)  # aware, in UTC: the table's CHECK sees to the Z


def conditions(wanted: Filter) -> tuple[str, tuple[str | int, ...]]:
    """Return a filter as a WHERE clause (empty for all) with its values."""
    terms: list[str] = []
    values: list[str | int] = []
    if wanted.kinds:
        terms.append(f"kind IN ({','.join('?' * len(wanted.kinds))})")
        values += wanted.kinds
    for column in ("stream", "incident", "run", "once"):
        value = getattr(wanted, column)
        if value is not None:
            terms.append(f"{column}=?")
            values.append(value)
    for sign, at in ((">=", wanted.since), ("<=", wanted.until)):
        if at is not None:
            terms.append(f"occurred_at{sign}?")
            values.append(iso(at))
    return (f"WHERE {' AND '.join(terms)}" if terms else "", tuple(values))
