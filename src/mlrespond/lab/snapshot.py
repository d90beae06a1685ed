"""Frozen training data: predictions joined with their labels, written once under a key."""

from __future__ import annotations

import os
import re
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from mlrespond.errors import InvalidInputError
from mlrespond.lab.fit import Example
from mlrespond.lab.folder import Folder
from mlrespond.lab.lines import read_lines
from mlrespond.lab.world import FEATURES
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, Record, dump, text

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 100


def freeze(folder: Folder, since: datetime, until: datetime, key: str) -> str:
    """Freeze what was served from `since` up to `until` and is labelled; return its name.

    A key freezes once: later calls return the same snapshot, untouched. InvalidInputError if
    nothing in that window is labelled.
    """
    name = snapshot_name(key)
    place = folder.snapshots / name
    if not place.exists():
        rows = _labelled(folder, since, until)
        if not rows:
            raise InvalidInputError(f"nothing served from {iso(since)} to {iso(until)} is labelled")
        _write_once(place, "".join(f"{dump(row)}\n" for row in rows))
    return name


def read_snapshot(folder: Folder, name: str) -> list[Example]:
    """Return a snapshot's rows and labels, oldest first; InvalidInputError if there is none."""
    place = folder.snapshots / Path(name).name
    if not place.exists():
        raise InvalidInputError(f"there is no snapshot `{name}`")
    return [
        ({feature: line.get(feature) for feature in FEATURES}, label)
        for line in read_lines(place)
        for label in ("allow", "block")
        if line.get("y") == label
    ]


def snapshot_name(key: str) -> str:
    """Return the file name for a key: readable, safe, and another one for another key."""
    safe = _UNSAFE.sub("_", key)[:_LONGEST]
    mark = "" if safe == key else f"-{sha256(key.encode()).hexdigest()[:8]}"
    return f"{safe}{mark}.jsonl"


def _labelled(folder: Folder, since: datetime, until: datetime) -> list[Record]:
    labels = _labels(folder)
    rows = [
        {**line, "y": labels[line["request_id"]]}
        for path in sorted(folder.logs.glob("*.jsonl"))
        for line in read_lines(path)
        if line.get("ok") and line.get("request_id") in labels and _within(line, since, until)
    ]
    return sorted(rows, key=lambda row: str(row["served_at"]))


def _labels(folder: Folder) -> dict[Json, Json]:
    lines = (line for path in folder.labels.glob("*.jsonl") for line in read_lines(path))
    return {line.get("request_id"): line.get("y") for line in lines}


def _within(line: Record, since: datetime, until: datetime) -> bool:
    served_at = text(line.get("served_at"))
    return served_at is not None and since <= parse_iso(served_at) < until


def _write_once(place: Path, content: str) -> None:
    """Write a file unless it is there already; of two at once, one wins and is whole."""
    place.parent.mkdir(exist_ok=True)
    aside = place.with_name(f".{place.name}.{uuid4().hex}.part")
    try:
        with aside.open("x", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, place)
        except FileExistsError:
            return
    finally:
        aside.unlink(missing_ok=True)
