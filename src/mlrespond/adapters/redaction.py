"""The sink that every stored or shown text passes: no secret that was handed out gets through."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from typing import Protocol
from urllib.parse import quote, quote_plus

from mlrespond.adapters.secrets import REPLACEMENT, redactable


class HandedOut(Protocol):
    """Who knows which secrets were handed out."""

    def handed_out(self) -> frozenset[str]:
        """Return them; the same object as long as there is no new one."""
        ...


class Redactor:
    """Replaces secrets, and what common encodings make of them, by `[secret]`."""

    def __init__(self, source: HandedOut) -> None:
        self._source = source
        self._secrets: frozenset[str] = frozenset()
        self._forms: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        secrets = self._source.handed_out()
        if not secrets:
            return text
        if secrets is not self._secrets:
            self._forms = forms(secrets)
            self._secrets = secrets
        found = [form for form in self._forms if form in text]
        return _cut(text, found) if found else text


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return all the texts that would tell a secret, longest first."""
    found = {form for secret in secrets for form in _forms(secret) if redactable(form)}
    return tuple(sorted(found | set(secrets), key=lambda form: (-len(form), form)))


def _forms(secret: str) -> Iterator[str]:
    bare = {secret, secret.partition(":")[2]}  # of `user:password`, the password too
    for one in bare - {""}:
        for plain in _encoded(one):
            yield from _escaped(plain)


def _encoded(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from (raw.hex(), raw.hex().upper(), repr(secret)[1:-1], repr(raw)[2:-1])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(raw).decode()
        yield from (whole, whole.rstrip("="))
        yield from (
            _inside(encode(b"\0" * shift + raw).decode(), shift, len(raw)) for shift in (0, 1, 2)
        )


def _inside(text: str, shift: int, length: int) -> str:
    """Return the base64 digits that only the secret decides, whatever stands around it."""
    return text[-(-8 * shift // 6) : 8 * (shift + length) // 6]


def _escaped(text: str) -> Iterator[str]:
    yield text
    quoted = {quote(text, safe="", errors="replace"), quote(text, errors="replace")}
    quoted |= {quote_plus(text, errors="replace")}
    yield from quoted | {_lower_hex(one) for one in quoted}
    yield from (html.escape(text), html.escape(text, quote=False))
    for pure in (True, False):
        once = json.dumps(text, ensure_ascii=pure)[1:-1]
        yield from (once, once.replace("/", "\\/"), json.dumps(once, ensure_ascii=pure)[1:-1])


def _lower_hex(quoted: str) -> str:
    parts = quoted.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


def _cut(text: str, found: list[str]) -> str:
    """Replace every stretch that any form covers, overlapping ones as one."""
    kept: list[str] = []
    end = 0
    for start, stop in _merged(text, found):
        kept += [text[end:start], REPLACEMENT]
        end = stop
    return "".join(kept) + text[end:]


def _merged(text: str, found: list[str]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(span for form in found for span in _spans(text, form)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _spans(text: str, form: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + 1)
