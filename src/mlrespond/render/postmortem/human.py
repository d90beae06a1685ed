"""The parts that people write: fenced, asked for, found again, and never written over."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARTS: Mapping[str, str] = {
    "front": "Status: draft. Owner: … Authors: … Reviewed on: …",
    "summary": "What happened, to whom, and what was done, in two or three sentences.",
    "impact": "Who was affected, how badly, for how long; what the numbers mean to them.",
    "detection": "Which signal should have fired first, and did it?",
    "factors": "What contributed, seen now? There is rarely one root cause.",
    "resolution": "What is temporary, what is for good, and what still has to be undone?",
    "retrain": "Retrain or not: who decides, on what evidence, with data up to when?",
    "well": "What went well?",
    "badly": "What went badly?",
    "lucky": "Where were we lucky?",
    "surprised": "Why were we surprised?",
    "actions": "- [ ] verb first, specific, bounded; owner; due; link. What was decided against?",
    "message": "For those outside: what happened, what it meant for you, what we are doing.",
}
"""Every part by name, with what is asked while nobody has written it."""

_BLOCK = re.compile(
    r"<!-- mlir:human (?P<name>[a-z]+) -->\n(?P<text>.*?)\n<!-- /mlir:human -->", re.DOTALL
)
_MARKS = re.compile(r"<!-- (/?)mlir:human\b")


def human_parts(text: str) -> Mapping[str, str]:
    """Return what stands in the parts for people, by the name of the part."""
    return {found["name"]: found["text"] for found in _BLOCK.finditer(text)}


def fenced(name: str, text: str) -> str:
    """Return a part between its marks."""
    return f"<!-- mlir:human {name} -->\n{text}\n<!-- /mlir:human -->"


def asked(name: str) -> str:
    """Return what a part holds while nobody has written it."""
    return f"_{PARTS[name]}_"


def unfilled(text: str) -> tuple[str, ...]:
    """Return the parts that still hold nothing, or only what was asked."""
    written = human_parts(text)
    return tuple(
        name
        for name in PARTS
        if not written.get(name, "").strip() or written[name].strip() == asked(name)
    )


def strangers(text: str) -> Mapping[str, str]:
    """Return parts that no section of today's document has, so that they are kept all the same."""
    return {name: one for name, one in human_parts(text).items() if name not in PARTS}


def would_lose(before: str) -> bool:
    """Return whether making a file again would lose what people wrote.

    It is not one of ours, or a mark round their parts is gone, or a part stands there twice.
    """
    if not before.strip():
        return False
    marks = [found[1] for found in _MARKS.finditer(before)]
    names = [found["name"] for found in _BLOCK.finditer(before)]
    return not names or marks != ["", "/"] * len(names) or len(set(names)) < len(names)
