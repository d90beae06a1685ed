"""A few words of Vega's grammar, so that pictures are written in our terms.

Vega 6, vega.github.io/vega/docs. A mark's `aria` description says what it shows, and its datum's
`tip` is shown when it is pointed at, tapped or reached by keyboard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from mlrespond.model.json import Json, Record

Encode: TypeAlias = Mapping[str, Json]
SILENT: Encode = {"aria": {"value": False}}
SCHEMA = "https://vega.github.io/schema/vega/v6.json"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def ms(at: datetime) -> int:
    """Return a time as Vega takes it: milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def x(field: str, scale: str = "x") -> Json:
    """Return a field placed by a scale."""
    return {"scale": scale, "field": field}


def value(one: Json) -> Json:
    """Return a constant."""
    return {"value": one}


def signal(expression: str) -> Json:
    """Return a reactive expression."""
    return {"signal": expression}


def mark(kind: str, name: str, encode: Encode, *, table: str | None = None, **more: Json) -> Record:
    """Return a mark, drawn for each row of a table if one is named.

    `name` becomes its class in the SVG.
    """
    source: Record = {"from": {"data": rows_of(table)}} if table is not None else {}
    return {"type": kind, "name": name, **source, "encode": {"update": dict(encode)}, **more}


def quiet(kind: str, name: str, encode: Encode, *, table: str | None = None) -> Record:
    """Return a mark that neither speaks nor is pointed at."""
    return mark(kind, name, {**encode, **SILENT}, table=table, interactive=False)


def told() -> Encode:
    """Return what makes a mark speak: its tooltip and its description."""
    return {"tooltip": {"signal": "datum"}, "description": {"signal": "datum.tip"}}


def data(name: str, rows: Sequence[Record]) -> Record:
    """Return a named table."""
    return {"name": rows_of(name), "values": [dict(row) for row in rows]}


def rows_of(name: str) -> str:
    """Return what Vega calls a table; names of marks and tables are one space there."""
    return f"{name}-rows"


def words(text: Json, *, size: float = 11, colour: str, **more: Json) -> Encode:
    """Return the encoding of a text."""
    return {
        "text": text,
        "fontSize": value(size),
        "font": value(FONT),
        "fill": value(colour),
        **more,
    }
