"""Prometheus' text format, read one metric at a time out of a page that is kept as it came.

Source: prometheus.io/docs/instrumenting/exposition_formats. NaN and infinities are no data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]

_REST = (
    r'(?:\{((?:[^"}\n]|"(?:[^"\\\n]|\\.)*")*)\})?'  # labels
    r"[ \t]+([^\s#]+)"  # value
    r"(?:[ \t]+-?[0-9.eE+]+)?(?:[ \t]+\#[^\n]*)?[ \t]*\r?\n"  # timestamp, exemplar
)
_LINE = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*" + _REST)
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPE = re.compile(r"\\(.)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def samples_only(page: str) -> str:
    """Return the lines of a page that hold samples; a torn last line is none."""
    lines = page.splitlines(keepends=True)
    return "".join(line for line in lines if _LINE.fullmatch(line))


def series(page: str, name: str) -> Mapping[Labels, float]:
    """Return the values of one metric by their labels, sorted by name."""
    found: dict[Labels, float] = {}
    for match in re.finditer(rf"(?m)^{re.escape(name)}(?=[{{ \t]){_REST}", page):
        labels, value = _labels(match.group(1) or ""), _value(match.group(2))
        if labels is not None and value is not None:
            found[labels] = value
    return found


def value_of(page: str, name: str) -> float | None:
    """Return the value of a metric that has one series."""
    return next(iter(series(page, name).values()), None)


def _labels(text: str) -> Labels | None:
    found: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip()):
        match = _LABEL.match(text, at)
        if match is None:
            return None
        found[match.group(1)] = _ESCAPE.sub(_unescaped, match.group(2))
        at = match.end()
    return tuple(sorted(found.items()))


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match.group(1) == "n" else match.group(1)


def _value(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
