"""A bundle of the whole incident that an earlier program wrote, and ways to tamper with it."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.timeline.earlier.told import INCIDENT

from mlrespond.bootstrap.bundle import export
from mlrespond.bootstrap.place import Place, open_timeline

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
