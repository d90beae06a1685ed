"""An event with all that its hashes are taken over, as a row of the file and as a line of a bundle.

A line is CloudEvents 1.0; its `data` has the header's fields, the hash, the text and the salt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from mlrespond.errors import InvalidInputError
from mlrespond.model.cloud_event import envelope
from mlrespond.model.event import Actor, Event, header
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, parse
from mlrespond.timeline.row import SELECT, event_of

_HEADER: Mapping[str, tuple[type, ...]] = {
    "actor": (str,),
    "assurance": (str,),
    "attempt": (int, type(None)),
    "body_digest": (str,),
    "epoch": (int, type(None)),
    "hash": (str,),
    "id": (str,),
    "incident": (str, type(None)),
    "kind": (str,),
    "late": (int,),
    "occurred_at": (str,),
    "once": (str, type(None)),
    "precision": (str,),
    "prev_hash": (str,),
    "recorded_at": (str,),
    "run": (str, type(None)),
    "seq": (int,),
    "source": (str,),
    "step": (str, type(None)),
    "stream": (str,),
    "supersedes": (str, type(None)),
    "v": (int,),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it is kept: `text` is its data as stored; without a salt it was erased."""

    event: Event
    text: str = ""
    salt: str | None = None


def kept(db: Connection, streams: tuple[str, ...]) -> Iterator[Kept]:
    """Yield the events of some streams with their salts, in commit order."""
    marks = ",".join("?" * len(streams))
    query = f"{SELECT.replace(' FROM event', ',b.salt FROM event')} WHERE stream IN ({marks})"
    for row in db.execute(f"{query} ORDER BY e.pos", streams):
        yield Kept(event_of(row), row[24] or "", row[25])


def line_of(one: Kept) -> str:
    """Return an event as a line, without the line's end."""
    data: dict[str, Json] = {**header(one.event), "hash": one.event.hash}
    if one.salt is not None:
        data |= {"salt": one.salt, "summary": one.event.summary, "data": one.event.data}
        if _compact(one.event.data) != one.text:  # a redacted key may have moved or met another
            data["text"] = one.text
    return _compact(envelope(one.event, data))


def of_line(line: bytes) -> Kept:
    """Return the event of a line; InvalidInputError says why it is none."""
    told = parse(line)
    data = told.get("data") if isinstance(told, Mapping) else None
    if not isinstance(data, Mapping):
        raise InvalidInputError("no event of a timeline")
    for name, types in _HEADER.items():
        if name not in data or type(data[name]) not in types:
            raise InvalidInputError(f"`{name}` is missing, or of another type")
    salt = data.get("salt")
    text = data.get("text", _compact(data.get("data")))
    summary = data.get("summary", "")
    if salt is None:
        one = Kept(_event(data, "(erased)", {}))
    else:
        if not (isinstance(salt, str) and isinstance(text, str) and isinstance(summary, str)):
            raise InvalidInputError("its text is of another type")
        body = parse(text)
        if not isinstance(body, Mapping):
            raise InvalidInputError("its data is no record")
        one = Kept(_event(data, summary, body), text, salt)
    if told != parse(line_of(one)):
        raise InvalidInputError("the envelope says something else than the event in it")
    return one


def _event(data: Mapping[str, Any], summary: str, body: Mapping[str, Json]) -> Event:
    return Event(
        pos=0,
        id=data["id"],
        stream=data["stream"],
        seq=data["seq"],
        kind=data["kind"],
        version=data["v"],
        occurred_at=parse_iso(data["occurred_at"]),
        precision=data["precision"],
        recorded_at=parse_iso(data["recorded_at"]),
        source=data["source"],
        actor=Actor(data["actor"], data["assurance"]),
        incident=data["incident"],
        run=data["run"],
        epoch=data["epoch"],
        step=data["step"],
        attempt=data["attempt"],
        late=bool(data["late"]),
        once=data["once"],
        supersedes=data["supersedes"],
        body_digest=data["body_digest"],
        prev_hash=data["prev_hash"],
        hash=data["hash"],
        summary=summary,
        data=body,
        erased=data.get("salt") is None,
    )


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
