"""The spool: where events go when the database cannot be written, so that nothing is lost.

One file an event, written aside, fsynced and renamed: a rename is atomic, so there is no torn
line to cut and no lock to take between writer and importer. Their order is that in which they were
written, whatever times they tell. Each file names the hash of the one before it by the same
process, while that one waits, so that a missing one is noticed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mlrespond.errors import InvalidInputError, UnwritableError
from mlrespond.model.event import GENESIS, Draft, Evidence
from mlrespond.model.json import Json, dump, parse, record
from mlrespond.timeline.evidence import redacted

_ABANDONED = timedelta(hours=1)
"""A write takes seconds: a part that is older was left by a process that died over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """An event in the spool, and the file that holds it."""

    id: str
    draft: Draft
    path: Path
    intact: bool


class Spool:
    """A folder of events that wait to be imported into one timeline."""

    def __init__(
        self,
        folder: Path,
        *,
        new_id: Callable[[], str],
        redact: Callable[[str], str] = str,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.folder = folder
        self._now_ns = now_ns
        self._new_id = new_id
        self._redact = redact
        self._last: Path | None = None
        self._prev = GENESIS
        self._stamp = 0

    def put(self, drafts: Iterable[Draft]) -> tuple[tuple[str, Draft], ...]:
        """Store the events durably; UnwritableError if even that is impossible."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return tuple(self._put(draft) for draft in drafts)
        except OSError as cause:
            raise UnwritableError(
                f"neither the timeline nor its spool {self.folder} can be written:"
                f" {cause.strerror}",
                hint="free disk space, or set MLRESPOND_STATE to a folder that can be written",
            ) from cause

    def waiting(self) -> tuple[Spooled, ...]:
        """Return the events in the spool, oldest first; unreadable files are left alone."""
        if not self.folder.is_dir():
            return ()
        last: dict[str, str] = {}
        found = []
        for path in sorted(self.folder.glob("*.json")):
            spooled = _read(path, last)
            if spooled:
                found.append(spooled)
        return tuple(found)

    def drop(self, done: Iterable[Spooled]) -> None:
        """Remove what has been imported."""
        for spooled in done:
            spooled.path.unlink(missing_ok=True)

    def sweep(self, now: datetime) -> None:
        """Remove the parts of writes that were never finished; nobody was told that they were."""
        for part in self.folder.glob("*.part"):
            with suppress(FileNotFoundError):  # another process sweeps too
                if now.timestamp() - part.stat().st_mtime > _ABANDONED.total_seconds():
                    part.unlink(missing_ok=True)

    def _put(self, draft: Draft) -> tuple[str, Draft]:
        event_id = self._new_id()
        self._stamp = max(self._stamp + 1, self._now_ns())
        if self._last is None or not self._last.exists():
            self._prev = GENESIS  # it was imported
        clean = replace(draft, summary=self._redact(draft.summary))
        body: dict[str, Json] = {
            "id": event_id,
            "prev": self._prev,
            "draft": _packed(clean, self._redact),
        }
        content = self._redact(dump(body)).encode("utf-8", "replace")
        self._last = self.folder / f"{self._stamp:020d}-{os.getpid()}.json"
        _write_durably(self._last, content)
        self._prev = hashlib.sha256(content).hexdigest()
        return event_id, clean


def _packed(draft: Draft, redact: Callable[[str], str]) -> Json:
    from mlrespond.model.codec import encode

    evidence = {
        role: {
            "media": piece.media,
            "klass": piece.klass,
            "content": base64.b64encode(redacted(piece.content, redact)).decode(),
        }
        for role, piece in draft.evidence.items()
    }
    return {**record(encode(replace(draft, evidence={}))), "evidence": evidence}


def _read(path: Path, last: dict[str, str]) -> Spooled | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None  # another process imported it
    try:
        body: Any = parse(content)
        draft = _draft(body["draft"])
        event_id = str(body["id"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, InvalidInputError):
        return None
    writer = path.stem.split("-")[-1]
    intact = str(body.get("prev")) in {last.get(writer, GENESIS), GENESIS}
    last[writer] = hashlib.sha256(content).hexdigest()
    return Spooled(id=event_id, draft=draft, path=path, intact=intact)


def _draft(packed: dict[str, Json]) -> Draft:
    from mlrespond.model.codec import decode

    evidence = {
        role: Evidence(
            media=str(record(piece)["media"]),
            klass=record(piece)["klass"],  # type: ignore[arg-type]  # the table's CHECK refuses others
            content=base64.b64decode(str(record(piece)["content"])),
        )
        for role, piece in record(packed.pop("evidence", {})).items()
    }
    return replace(decode(Draft, packed), evidence=evidence)


def _write_durably(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".part")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
