"""Queries for many streams at once, which leave the large parts of bodies where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlrespond.model.outline import PATHS
from mlrespond.timeline.row import COLUMNS

_AT_ONCE = 400  # SQLite before 3.32 takes 999 values (sqlite.org/limits.html)


def outline_queries(
    streams: Sequence[str], kinds: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield queries whose rows are those of row.SELECT, by stream and seq."""
    for start in range(0, len(streams), _AT_ONCE):
        part = streams[start : start + _AT_ONCE]
        where = f"stream IN ({_marks(part)}) AND kind IN ({_marks(kinds)})"
        yield f"{_SELECT} WHERE {where} ORDER BY stream,seq", (*part, *kinds)


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _picked(kind: str) -> str:
    """Return the SQL of a body's outline: a merge patch leaves out what is null (RFC 7396)."""
    whole: dict[str, dict[str, str]] = {}
    for path in PATHS[kind]:
        value = f"json_extract(b.data,'$.{'.'.join(path)}')"
        whole.setdefault(path[0], {})["".join(path[1:])] = value
    members = [f"'{name}',{_member(inner)}" for name, inner in whole.items()]
    return f"json_patch('{{}}',json_object({','.join(members)}))"


def _member(inner: dict[str, str]) -> str:
    if "" in inner:
        return inner[""]
    members = ",".join(f"'{name}',{value}" for name, value in inner.items())
    there = " OR ".join(f"{value} IS NOT NULL" for value in inner.values())
    return f"CASE WHEN {there} THEN json_object({members}) END"


_DATA = "CASE kind " + " ".join(f"WHEN '{kind}' THEN {_picked(kind)}" for kind in PATHS)
_SELECT = (
    f"SELECT e.pos,{','.join(COLUMNS)},b.summary,"  # noqa: S608  # constants of this package
    f"CASE WHEN b.data IS NULL THEN NULL ELSE {_DATA} ELSE b.data END END"
    # SQLite would rather walk whole streams, most of which nobody asks for here
    " FROM event e INDEXED BY event_stream_kind LEFT JOIN body b USING(pos)"
)
