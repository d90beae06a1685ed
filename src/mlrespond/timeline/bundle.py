"""A bundle: one incident in one file, with all that is needed to check it.

A ZIP file with `manifest.json`, `events.jsonl` (CloudEvents 1.0), `evidence.jsonl` (what each piece
is), `evidence/SHA256` and `postmortem.md`. The same events make the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mlrespond.errors import InvalidInputError, UnreadableError
from mlrespond.model.json import Json, Record, parse, record
from mlrespond.timeline.record import Kept, line_of

SCHEMA = "mlrespond/bundle/v1"
MANIFEST, EVENTS, EVIDENCE = "manifest.json", "events.jsonl", "evidence.jsonl"
DOCUMENT = "postmortem.md"
_PIECE = re.compile(r"evidence/[0-9a-f]{64}")
_LARGEST = 1 << 30
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that ZIP can say: no clock is in a bundle
_CHUNK = 1 << 16
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What zipfile raises for a file that is cut, changed, encrypted or packed otherwise."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence, and what it is."""

    digest: str
    media: str
    klass: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a bundle is made of; `evidence` comes sorted by digest."""

    incident: str
    service: str
    program: str
    events: Iterable[Kept]
    evidence: Iterable[Piece]
    document: str


def write(path: Path, content: Content) -> str:
    """Write a bundle aside, and rename it; return the SHA-256 of the file.

    Raises InvalidInputError where nothing can be written.
    """
    aside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            os.chmod(aside, 0o600)  # noqa: PTH101  # before anything is in it
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
                _fill(_Packer(made), content)
            file.flush()
            os.fsync(file.fileno())
        digest = file_digest(aside)
        aside.replace(path)
    except OSError as cause:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise InvalidInputError(f"{path} cannot be written: {cause.strerror}") from cause
    return digest


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Packer:
    """A ZIP file that is filled, and the digest of each member."""

    def __init__(self, made: zipfile.ZipFile) -> None:
        self._made = made
        self.members: dict[str, Json] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[_Digesting]:
        """Yield what a member is written to."""
        info = zipfile.ZipInfo(name, _EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._made.open(info, "w", force_zip64=True) as file:
            into = _Digesting(file)
            yield into
        self.members[name] = into.digest.hexdigest()


class _Digesting:
    """Writes, and digests what it writes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Write some more."""
        self._file.write(content)
        self.digest.update(content)


def _fill(packer: _Packer, content: Content) -> None:
    heads: dict[str, dict[str, Json]] = {}
    with packer.member(EVENTS) as into:
        for one in content.events:
            into.write(line_of(one).encode() + b"\n")
            heads[one.event.stream] = {"events": one.event.seq, "head": one.event.hash}
    lines: list[bytes] = []
    for piece in content.evidence:
        what = {"digest": piece.digest, "media": piece.media, "class": piece.klass}
        lines.append(_told({**what, "size": len(piece.content)}))
        with packer.member(f"evidence/{piece.digest}") as into:
            into.write(piece.content)
    with packer.member(EVIDENCE) as into:
        into.write(b"".join(lines))
    with packer.member(DOCUMENT) as into:
        into.write(content.document.encode())
    manifest: dict[str, Json] = {
        "schema": SCHEMA,
        "incident": content.incident,
        "service": content.service,
        "program": content.program,
        "streams": heads,
        "members": dict(packer.members),
    }
    with packer.member(MANIFEST) as into:
        into.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n")


def _told(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle says of itself; the audit holds it against what is there."""

    incident: str
    service: str
    program: str
    streams: Record
    members: Record


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that is open for reading."""

    path: Path
    manifest: Manifest
    names: tuple[str, ...]
    _packed: zipfile.ZipFile = field(repr=False)

    def content(self, name: str) -> bytes:
        """Return a whole member; InvalidInputError when it is absent, damaged or too large."""
        with self._open(name) as file:
            return file.read()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a member; InvalidInputError as above."""
        digest = hashlib.sha256()
        with self._open(name) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a member without their ends; InvalidInputError as above."""
        with self._open(name) as file:
            for line in file:
                yield line.removesuffix(b"\n")

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            if self._packed.getinfo(name).file_size > _LARGEST:
                raise InvalidInputError(f"{name} is larger than any bundle's")
            with self._packed.open(name) as file:
                yield file
        except KeyError as cause:
            raise InvalidInputError(f"{name} is missing") from cause
        except DAMAGED as cause:
            raise InvalidInputError(f"{name} is damaged: {cause}") from cause


def strange(name: str) -> bool:
    """Return whether a name is none that a bundle has."""
    known = {MANIFEST, EVENTS, EVIDENCE, DOCUMENT}
    return name not in known and not _PIECE.fullmatch(name)


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """Yield a bundle; UnreadableError when the file is none, InvalidInputError without one."""
    if not path.is_file():
        raise InvalidInputError(f"there is no file {path}")
    try:
        packed = zipfile.ZipFile(path)
    except DAMAGED as cause:
        why = cause.strerror if isinstance(cause, OSError) else str(cause)
        hint = "mlir export makes one"
        raise UnreadableError(f"{path} is no bundle: {why}", hint=hint) from cause
    with packed:
        names = tuple(packed.namelist())
        nothing = Manifest(incident="", service="", program="", streams={}, members={})
        yield Bundle(path, _manifest(Bundle(path, nothing, names, packed)), names, packed)


def _manifest(bundle: Bundle) -> Manifest:
    try:
        told = parse(bundle.content(MANIFEST))
    except InvalidInputError as cause:
        raise UnreadableError(f"{bundle.path} is no bundle: {cause.message}") from cause
    if not isinstance(told, Mapping) or told.get("schema") != SCHEMA:
        raise UnreadableError(
            f"{bundle.path} is no bundle of this version", hint="a newer mlrespond may read it"
        )
    return Manifest(
        incident=str(told.get("incident")),
        service=str(told.get("service")),
        program=str(told.get("program")),
        streams=record(told.get("streams")),
        members=record(told.get("members")),
    )
