"""What an HTTP answer that is no success means, told in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlrespond.adapters.address import shown
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    RejectedError,
)
from mlrespond.model.json import Json
from mlrespond.model.text import one_line

_TAGS = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<[^>]*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_MEANING = {401: AccessRefusedError, 403: AccessRefusedError, 404: NotThereError}
_READ = 4_000
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: status, headers by their names in lower case, and the body as bytes."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Return whether it says that it was done."""
        return 200 <= self.status < 300  # noqa: PLR2004  # RFC 9110 §15.3


def refusal(answer: Answer, what: str) -> PortError | None:
    """Return the error that an answer means, if it means one."""
    if answer.ok:
        return None
    if answer.status < 400:  # noqa: PLR2004  # RFC 9110 §15.4: a redirect; none is followed
        where = shown(answer.headers.get("location", "")) or "nowhere"
        return BadReplyError(
            f"{what}: {answer.status}, points to {where}",
            hint="redirects are not followed; configure the address that answers itself",
        )
    message = f"{what}: {answer.status} {said(answer.content)}".rstrip()
    known = _MEANING.get(answer.status)
    if known:
        return known(message, hint="check `auth`" if known is AccessRefusedError else "")
    return (RejectedError if answer.status < 500 else BadReplyError)(message)  # noqa: PLR2004  # RFC 9110 §15.6: a 5xx is no definite no


def said(content: bytes) -> str:
    """Return an error body, be it JSON, HTML or text, as one short printable line."""
    text = content[:_READ].decode("utf-8", "replace").strip()
    found = _from_json(text) or (_from_html(text) if text.startswith("<") else text)
    return one_line(found, _SHOWN)


def _from_json(text: str) -> str:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    while isinstance(value, dict):
        told = [value[key] for key in ("error", "message", "detail", "title") if value.get(key)]
        if not told:
            break
        value = told[0]
    return value if isinstance(value, str) else text


def _from_html(text: str) -> str:
    title = _TITLE.search(text)
    body = _TAGS.sub(" ", text)
    return f"{title.group(1)}: {body}" if title else body
