"""The sink that every stored or shown text passes: no secret that was handed out gets through."""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias
from urllib.parse import quote, quote_plus

from mlrespond.adapters.secrets import REPLACEMENT, redactable

_LEAST = 4  # so many characters of a secret tell something of it
_SPREAD = 8  # shorter words are found by chance once spaces do not count
# blanks, what cannot be seen, and what JSON makes of them
_GAP = re.compile(
    r"(?:[\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff"
    r"\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]|\\+[nrtbf]|\\+u(?:00[01]|200|202|206)[0-9a-fA-F])+"
)
_CUT = re.compile(r"…|(?:\\+n|\n)\[\d+ bytes left out\](?:\\+n|\n)")

Span: TypeAlias = tuple[int, int]


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
        self._dense: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        secrets = self._source.handed_out()
        if not secrets:
            return text
        if secrets is not self._secrets:
            self._forms = forms(secrets)
            dense = {_GAP.sub("", form) for form in self._forms}
            self._dense = tuple(form for form in dense if len(form) >= _SPREAD)
            self._secrets = secrets
        spans = [span for form in self._forms if form in text for span in _spans(text, form)]
        spans += _spread(text, self._dense)
        spans += _beginnings(text, self._forms)
        return _without(text, spans) if spans else text


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


def _spread(text: str, known: tuple[str, ...]) -> Iterator[Span]:
    """Yield where a form stands with blanks, line ends or invisible characters in between."""
    dense = _GAP.sub("", text)
    if len(dense) == len(text):
        return
    found = [form for form in known if form in dense]
    if not found:
        return
    gaps = list(_GAP.finditer(text))
    ends = [gap.end() for gap in gaps]
    removed, total = [0], 0
    for gap in gaps:
        total += gap.end() - gap.start()
        removed.append(total)
    dense_ends = [end - gone for end, gone in zip(ends, removed[1:], strict=True)]
    for form in found:
        for start, stop in _spans(dense, form):
            first = start + removed[bisect_right(dense_ends, start)]
            last = stop - 1 + removed[bisect_right(dense_ends, stop - 1)]
            yield first, last + 1


def _beginnings(text: str, known: tuple[str, ...]) -> Iterator[Span]:
    """Yield where a text was cut in the middle of a form: what is left of it on either side."""
    for mark in _CUT.finditer(text):
        for form in known:
            before = text[max(0, mark.start() - len(form)) : mark.start()]
            if form[:_LEAST] in before and (size := _overlap(before, form)):
                yield mark.start() - size, mark.start()
            after = text[mark.end() : mark.end() + len(form)]
            if form[-_LEAST:] in after and (size := _overlap(form, after)):
                yield mark.end(), mark.end() + size


def _overlap(one: str, other: str) -> int:
    """Return how much of the end of one is the beginning of the other, if that is telling."""
    sizes = range(min(len(one), len(other)), _LEAST - 1, -1)
    return next((size for size in sizes if one.endswith(other[:size])), 0)


def _without(text: str, spans: Iterable[Span]) -> str:
    """Replace every stretch that any form covers, overlapping ones as one."""
    kept: list[str] = []
    end = 0
    for start, stop in _merged(spans):
        kept += [text[end:start], REPLACEMENT]
        end = stop
    return "".join(kept) + text[end:]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _spans(text: str, form: str) -> Iterator[Span]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + 1)
