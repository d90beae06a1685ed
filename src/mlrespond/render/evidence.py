"""Evidence as lines of text: what an event says in full, and what was read to say it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError
from mlrespond.model.event import Event
from mlrespond.model.json import Json, Record, items, parse, record
from mlrespond.render.escape import terminal

_WIDEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence of an event; no content is erased content."""

    role: str
    digest: str
    content: bytes | None


def as_json(piece: Piece) -> Json:
    """Return a piece as JSON: its digest, and its content where that is JSON or text."""
    return {"digest": piece.digest, "content": _content(piece)}


def page(event: Event, pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield an event's data, then each piece: a transcript call by call, all else as it is."""
    told = {name: one for name, one in event.data.items() if name != "evidence"}
    yield from _lines(told)
    if event.erased:
        yield "its text was erased"
    if not pieces:
        yield "it rests on no evidence"
    for piece in pieces:
        yield ""
        size = f"{len(piece.content):,} bytes" if piece.content is not None else "erased, or gone"
        yield f"{terminal(piece.role)}  sha256:{piece.digest}  {size}"
        calls = items(record(_content(piece)).get("calls"))
        if calls:
            yield f"  read at {record(_content(piece)).get('now')}"
            yield from (_call(record(one)) for one in calls)
            yield from (_curve(record(one)) for one in items(record(_content(piece)).get("curves")))
        elif piece.content is not None:
            yield from _lines(_content(piece))


def _content(piece: Piece) -> Json:
    if piece.content is None:
        return None
    try:
        return parse(piece.content)
    except InvalidInputError:
        return piece.content.decode("utf-8", "replace")


def _call(call: Record) -> str:
    error = record(call.get("error"))
    said = f"! {error.get('message')}" if error else json.dumps(call.get("reply"))
    shown = said if len(said) <= _WIDEST else f"{said[:_WIDEST]}… (--json shows all)"
    return terminal(f"  {call.get('port')}.{call.get('method')}  {shown}")


def _curve(curve: Record) -> str:
    points = items(curve.get("points"))
    said = f"{curve.get('side')}, {len(points)} slices of {curve.get('step_s')}s"
    shown = json.dumps(points)
    shown = shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}… (--json shows all)"
    return terminal(f"  curve {curve.get('name')}  {said}: {shown}")


def _lines(value: Json) -> Iterator[str]:
    for one in json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True).splitlines():
        yield terminal(f"  {one}")
