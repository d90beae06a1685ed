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


class EvidenceStore:
    """The evidence table of one connection, written inside the append's transaction."""

    def __init__(self, db: sqlite3.Connection, redact: Callable[[str], str]) -> None:
        self._db = db
        self._redact = redact

    def store(self, incident: str | None, named: Mapping[str, Evidence]) -> dict[str, str]:
        """Store each piece that is not there yet; return the digests by role."""
        return {role: self._store(incident, piece) for role, piece in named.items()}

    def content(self, digest: str) -> bytes:
        """Return the content; NotRecordedError tells erased from never recorded."""
        row = self._db.execute(
            "SELECT codec, bytes FROM evidence WHERE digest=?", (digest,)
        ).fetchone()
        if row:
            return zlib.decompress(row[1]) if row[0] == "zlib" else bytes(row[1])
        erased = self._db.execute(
            "SELECT 1 FROM erasure WHERE target=?", (f"evidence:{digest}",)
        ).fetchone()
        word = "was erased" if erased else "is not in the timeline"
        raise NotRecordedError(f"evidence {digest[:12]} {word}")

    def _store(self, incident: str | None, piece: Evidence) -> str:
        content = self._capped(incident, self._redacted(piece.content))
        digest = hashlib.sha256(content).hexdigest()
        if not self._may_be_stored(digest):
            return digest
        packed = zlib.compress(content) if len(content) > _WORTH_COMPRESSING else content
        codec = "zlib" if len(content) > _WORTH_COMPRESSING else "raw"
        self._db.execute(
            "INSERT INTO evidence VALUES(?,?,?,?,?,?)",
            (digest, piece.media, codec, len(content), piece.klass, packed),
        )
        return digest

    def _may_be_stored(self, digest: str) -> bool:
        taken = "SELECT 1 FROM evidence WHERE digest=? UNION SELECT 1 FROM erasure WHERE target=?"
        return self._db.execute(taken, (digest, f"evidence:{digest}")).fetchone() is None

    def _redacted(self, content: bytes) -> bytes:
        text = content.decode("utf-8", "surrogateescape")
        return self._redact(text).encode("utf-8", "surrogateescape")

    def _capped(self, incident: str | None, content: bytes) -> bytes:
        if len(content) <= READING_CAP and self._stored(incident) + len(content) <= INCIDENT_CAP:
            return content
        return dump(
            {
                "cut": "the evidence is larger than the timeline keeps",
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "head": content[:_HEAD].decode("utf-8", "replace"),
            }
        ).encode()

    def _stored(self, incident: str | None) -> int:
        if incident is None:
            return 0
        row = self._db.execute(
            "SELECT COALESCE(SUM(LENGTH(x.bytes)),0) FROM evidence x WHERE x.digest IN"
            " (SELECT digest FROM event_evidence JOIN event USING(pos) WHERE incident=?)",
            (incident,),
        ).fetchone()
        return int(row[0])
