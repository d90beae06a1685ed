"""Evidence: content-addressed, compressed, stored once; capped so that it cannot fill a disk."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Mapping

from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Evidence
from mlrespond.model.json import dump

READING_CAP = 1024 * 1024
INCIDENT_CAP = 64 * 1024 * 1024
_HEAD = 64 * 1024
_WORTH_COMPRESSING = 256


def redacted(content: bytes, redact: Callable[[str], str]) -> bytes:
    """Return the content after the redacting sink; what is no text passes as it is."""
    return redact(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


class EvidenceStore:
    """The evidence table of one connection, written inside the append's transaction."""

    def __init__(
        self,
        db: sqlite3.Connection,
        redact: Callable[[str], str],
        *,
        incident_cap: int = INCIDENT_CAP,
    ) -> None:
        self._db = db
        self._redact = redact
        self._incident_cap = incident_cap
        self._weighed: dict[str, tuple[int, int]] = {}  # incident: up to which position, bytes

    def store(self, incident: str | None, named: Mapping[str, Evidence]) -> dict[str, str]:
        """Store each piece that is not there yet; return the digests by role."""
        digests, spent = {}, 0
        for role, piece in named.items():
            digests[role], used = self._store(incident, piece, spent)
            spent += used
        return digests

    def forget(self) -> None:
        """Forget how much each incident holds: something was rolled back, or erased."""
        self._weighed.clear()

    def content(self, digest: str) -> bytes:
        """Return the content; NotRecordedError tells erased from never recorded."""
        row = self._db.execute(
            "SELECT codec, bytes FROM evidence WHERE digest=?", (digest,)
        ).fetchone()
        if row:
            return unpacked(row[0], row[1])
        erased = self._db.execute(
            "SELECT 1 FROM erasure WHERE target=?", (f"evidence:{digest}",)
        ).fetchone()
        word = "was erased" if erased else "is not in the timeline"
        raise NotRecordedError(f"evidence {digest[:12]} {word}")

    def _store(self, incident: str | None, piece: Evidence, spent: int) -> tuple[str, int]:
        """Return the digest, and how many bytes it took; its event has `spent` some already."""
        content = redacted(piece.content, self._redact)
        digest = hashlib.sha256(content).hexdigest()
        if not self._may_be_stored(digest):
            return digest, 0
        content = _capped(content, digest, self._incident_cap - self._stored(incident) - spent)
        digest = hashlib.sha256(content).hexdigest()
        if not self._may_be_stored(digest):
            return digest, 0
        codec, stored = packed(content)
        self._db.execute(
            "INSERT INTO evidence VALUES(?,?,?,?,?,?)",
            (digest, piece.media, codec, len(content), piece.klass, stored),
        )
        return digest, len(stored)

    def _may_be_stored(self, digest: str) -> bool:
        taken = "SELECT 1 FROM evidence WHERE digest=? UNION SELECT 1 FROM erasure WHERE target=?"
        return self._db.execute(taken, (digest, f"evidence:{digest}")).fetchone() is None

    def _stored(self, incident: str | None) -> int:
        """Return how many bytes of evidence an incident has, reading only what came since."""
        if incident is None:
            return 0
        since, known = self._weighed.get(incident, (0, 0))
        last = self._db.execute("SELECT MAX(pos) FROM event").fetchone()[0] or 0
        fresh = self._db.execute(_FRESH, {"incident": incident, "since": since}).fetchone()[0]
        self._weighed[incident] = (last, known + fresh)
        return known + int(fresh)


_CODECS: dict[str, Callable[[bytes], bytes]] = {"raw": bytes, "zlib": zlib.decompress}


def packed(content: bytes) -> tuple[str, bytes]:
    """Return the codec and the bytes of a row for a content."""
    worth = len(content) > _WORTH_COMPRESSING
    return ("zlib", zlib.compress(content)) if worth else ("raw", content)


def unpacked(codec: str, content: bytes) -> bytes:
    """Return the content of a row; KeyError for a codec that is none of ours."""
    return _CODECS[codec](content)


# what an incident names after a position and not before it
_FRESH = """
SELECT COALESCE(SUM(LENGTH(x.bytes)),0) FROM evidence x WHERE x.digest IN
 (SELECT n.digest FROM event e JOIN event_evidence n USING(pos)
  WHERE e.incident=:incident AND e.pos>:since)
 AND NOT EXISTS(SELECT 1 FROM event_evidence n JOIN event e USING(pos)
  WHERE n.digest=x.digest AND e.incident=:incident AND e.pos<=:since)
"""


def _capped(content: bytes, digest: str, room: int) -> bytes:
    """Return the content, or what says that it was too large."""
    if len(content) <= min(READING_CAP, room):
        return content
    return dump(
        {
            "cut": "the evidence is larger than the timeline keeps",
            "size": len(content),
            "sha256": digest,
            "head": content[:_HEAD].decode("utf-8", "replace"),
        }
    ).encode()
