"""Replies to golden and replayed rows, remembered on disk for a while: off unless asked for.

Losing it loses nothing. A reply is only remembered for the deployment that gave it, and never one
that holds the secret of the call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import replace_file
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, Record, dump, record, text
from mlrespond.model.service import Auth

_MOST = 1000
_LONGEST = 64 << 10


class ReplyCache:
    """A folder with one file a reply, readable by this user alone."""

    def __init__(self, folder: Path, site: Site, keep_s: float, auth: Auth | None) -> None:
        self._folder = folder
        self._site = site
        self._keep = timedelta(seconds=keep_s)
        self._auth = auth

    def get(self, address: str, deployment: str, body: Json) -> Record | None:
        """Return what a deployment behind an address replied to a body, unless it is too old."""
        try:
            content = self._file(address, deployment, body).read_bytes()
            known = record(strict_json.parse(content, "a remembered reply"))
            age = self._site.clock.now() - parse_iso(text(known.get("at")) or "")
        except (OSError, BadReplyError, InvalidInputError):
            return None
        reply = known.get("reply")
        fresh = timedelta() <= age < self._keep
        return reply if fresh and isinstance(reply, Mapping) else None

    def put(self, address: str, deployment: str, body: Json, reply: Record) -> None:
        """Remember a reply, unless it is long or holds a secret; a full disk does no harm."""
        content = dump({"at": iso(self._site.clock.now()), "reply": reply})
        if len(content) > _LONGEST or self._holds_secret(content):
            return
        with suppress(OSError, UnicodeEncodeError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room()
            replace_file(self._file(address, deployment, body), content.encode())

    def _file(self, address: str, deployment: str, body: Json) -> Path:
        key = dump([address, deployment, body]).encode("utf-8", "replace")
        return self._folder / f"{hashlib.sha256(key).hexdigest()}.json"

    def _holds_secret(self, content: str) -> bool:
        named = (self._auth.bearer, self._auth.basic) if self._auth else ()
        secrets = [self._site.secrets.get(one) for one in named if one]
        return any(
            part in content for one in secrets for part in (one, one.partition(":")[2] or one)
        )

    def _make_room(self) -> None:
        """Forget the oldest replies, so that one more fits."""
        files = list(self._folder.glob("*.json"))
        if len(files) < _MOST:
            return
        for file in sorted(files, key=_changed)[: len(files) - _MOST + 1]:
            file.unlink(missing_ok=True)


def build(keep: str | None, site: Site, auth: Auth | None) -> ReplyCache | None:
    """Return the place where replies are remembered, or None where that was not asked for."""
    if keep is None:
        return None
    folder = site.state / "replies" / hashlib.sha256(site.service.encode()).hexdigest()[:16]
    return ReplyCache(folder, site, parse_duration(keep), auth)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # another process forgot it
        return 0.0
