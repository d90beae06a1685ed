"""Where a character of a scalar's text stands in what was written: quotes and folds counted.

Follows flow folding and block scalars (yaml.org/spec/1.2.2 §6.5, §7.3, §8.1), as far as it can be
sure; every step is held against the text.
"""

from __future__ import annotations

import re

BREAK = re.compile(r"\r\n|\r|\n")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLANKS = re.compile(r"[ \t]*")
_FOLD = re.compile(r"(?:(?:\r\n|\r|\n)[ \t]*)+")
_ESCAPE = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.)")
_CONTINUED = re.compile(r"\\(?:\r\n|\r|\n)[ \t]*")
_HEADER = re.compile(r"[|>][-+]?[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_LEADING = re.compile(r"(?: *(?:\r\n|\r|\n))*( *)")
_LINE = re.compile(r"[^\r\n]*")


def offsets(raw: str, text: str) -> list[int]:
    """Return the index in `raw`, a scalar as written, of every character of its text, and its end.

    It is shorter where that cannot be told: an indentation indicator, an unusual fold.
    """
    start = _PROPERTIES.match(raw)
    at = start.end() if start else 0
    found = _in_block(raw, at, text) if raw[at : at + 1] in {"|", ">"} else _in_flow(raw, at, text)
    return found[: len(text) + 1]


def _in_flow(raw: str, at: int, text: str) -> list[int]:
    quote = raw[at : at + 1] if raw[at : at + 1] in {"'", '"'} else ""
    at += len(quote)
    found: list[int] = []
    while len(found) < len(text):
        end, meant = _next(raw, at, quote)
        if end == at or (meant is not None and not text.startswith(meant, len(found))):
            return found
        size = 1 if meant is None else len(meant)
        found += range(at, at + size) if size == end - at else [at] * size
        at = end
    return [*found, at]


def _next(raw: str, at: int, quote: str) -> tuple[int, str | None]:
    """Return where the next unit ends, and what it stands for; None for an escaped character."""
    blanks = _end(_BLANKS, raw, at)
    fold = _FOLD.match(raw, blanks)
    if fold:
        breaks = len(BREAK.findall(fold.group()))
        return fold.end(), " " if breaks == 1 else "\n" * (breaks - 1)
    if blanks > at:
        return blanks, raw[at:blanks]
    if quote == '"' and (continued := _CONTINUED.match(raw, at)):
        return continued.end(), ""
    if quote == '"' and (escaped := _ESCAPE.match(raw, at)):
        return escaped.end(), None
    if quote == "'" and raw.startswith("''", at):
        return at + 2, "'"
    return at + len(raw[at : at + 1]), raw[at : at + 1]


def _in_block(raw: str, at: int, text: str) -> list[int]:
    header = _HEADER.match(raw, at)
    if header is None:
        return []
    leading = _LEADING.match(raw, header.end())
    indent = len(leading.group(1)) if leading else 0
    indentation = re.compile(rf" {{0,{indent}}}")
    run = re.compile(rf"(?:\r\n|\r|\n)(?: {{0,{indent}}}(?:\r\n|\r|\n))*")
    at = _end(indentation, raw, header.end())
    found: list[int] = []
    while len(found) < len(text):
        end = _end(_LINE, raw, at)
        if not text.startswith(raw[at:end], len(found)):
            return found
        found += range(at, end)
        breaks = run.match(raw, end)
        folded = _unfolded(text, len(found)) - len(found)
        if breaks is None or not folded:
            return [*found, end]
        found += [end] * folded
        at = _end(indentation, raw, breaks.end())
    return [*found, at]


def _unfolded(text: str, done: int) -> int:
    """Return where the text goes on after line breaks, of which a fold may have made one space."""
    if text.startswith(" ", done):
        return done + 1
    while text.startswith("\n", done):
        done += 1
    return done


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
