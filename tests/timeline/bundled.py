"""A bundle of the whole incident that an earlier program wrote, and ways to tamper with it."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict, Unpack

from tests.timeline.earlier.told import INCIDENT

from mlrespond.bootstrap.bundle import export
from mlrespond.bootstrap.place import Place, open_timeline
from mlrespond.model.event import GENESIS, body_digest, header, header_hash
from mlrespond.model.json import Record
from mlrespond.timeline.record import Kept, line_of, of_line

EARLIER = Path(__file__).with_name("earlier")
Members = dict[str, bytes]


def place(folder: Path) -> Place:
    return Place(folder=folder, timeline=folder / "timeline.db", state=folder / "state")


def written(folder: Path) -> Place:
    """Put the earlier timeline into a folder."""
    where = place(folder)
    where.timeline.write_bytes(gzip.decompress((EARLIER / "c846f57.db.gz").read_bytes()))
    return where


@cache
def whole() -> bytes:
    """Return the bundle."""
    with TemporaryDirectory() as name:
        timeline = open_timeline(written(Path(name)))
        export(timeline, INCIDENT, Path(name) / "x.bundle")
        timeline.close()
        return (Path(name) / "x.bundle").read_bytes()


@cache
def _members() -> Mapping[str, bytes]:
    with TemporaryDirectory() as name:
        path = Path(name) / "x"
        path.write_bytes(whole())
        with zipfile.ZipFile(path) as packed:
            return {one: packed.read(one) for one in packed.namelist()}


def members() -> Members:
    """Return what is in the bundle, by name."""
    return dict(_members())


def lines(known: Mapping[str, bytes]) -> list[bytes]:
    return known["events.jsonl"].splitlines(keepends=True)


def repacked(path: Path, known: Mapping[str, bytes]) -> Path:
    """Write members as a bundle, whatever they say."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in known.items():
            packed.writestr(name, content)
    return path


def changed(line: bytes, change: Callable[[dict[str, object]], None]) -> bytes:
    """Return a line whose event was changed."""
    told = json.loads(line)
    change(told)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Changes(TypedDict, total=False):
    """What a forged event has otherwise than the last of its stream, or of the bundle."""

    kind: str
    incident: str | None
    run: str | None
    epoch: int | None
    once: str | None
    data: Record


def forged(known: Members, stream: str, **changes: Unpack[Changes]) -> Members:
    """Return a bundle with one more event at its end, all hashed anew, as if it belonged there."""
    told = [of_line(one.rstrip(b"\n")).event for one in lines(known)]
    of_stream = [one for one in told if one.stream == stream]
    place = {"seq": len(of_stream) + 1, "prev_hash": of_stream[-1].hash if of_stream else GENESIS}
    bare = {"run": None, "epoch": None, "once": None, "supersedes": None, "erased": False}
    given = {**bare, **place, "stream": stream, "id": f"forged-{len(told)}", "data": {}, **changes}
    event = replace([*told, *of_stream][-1], **given)  # type: ignore[arg-type]  # fields by name
    text = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    event = replace(event, body_digest=body_digest("salt", event.summary, text))
    event = replace(event, hash=header_hash(header(event)))
    line = line_of(Kept(event, text, "salt")).encode() + b"\n"
    events = known["events.jsonl"] + line
    manifest = json.loads(known["manifest.json"])
    manifest["program"] = "another"  # its postmortem is not rendered again
    manifest["streams"][stream] = {"events": event.seq, "head": event.hash}
    manifest["members"]["events.jsonl"] = sha256(events).hexdigest()
    return {**known, "events.jsonl": events, "manifest.json": json.dumps(manifest).encode()}
