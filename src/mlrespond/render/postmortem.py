"""The postmortem as Markdown: automatic parts from the facts, human parts kept as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from mlrespond.model.instant import duration
from mlrespond.model.service_kind import describe_served
from mlrespond.render.escape import markdown
from mlrespond.usecases.postmortem import Postmortem

_BLOCK = re.compile(
    r"<!-- mlir:human (?P<name>[a-z]+) -->\n(?P<text>.*?)\n<!-- /mlir:human -->", re.DOTALL
)
_MARKS = re.compile(r"<!-- (/?)mlir:human\b")


def render(doc: Postmortem, before: str = "") -> str:
    """Return the document; what people wrote into an earlier one stands where it stood."""
    written = human_parts(before)

    def human(name: str, ask: str) -> str:
        text = written.get(name, f"_{ask}_")
        return f"<!-- mlir:human {name} -->\n{text}\n<!-- /mlir:human -->"

    template = _environment().get_template("postmortem.md.j2")
    return template.render(doc=doc, human=human)


def human_parts(text: str) -> Mapping[str, str]:
    """Return what people wrote, by the name of the part."""
    return {found["name"]: found["text"] for found in _BLOCK.finditer(text)}


def would_lose(before: str) -> bool:
    """Return whether making a file again would lose what people wrote.

    It is not one of ours, or a mark round their parts is gone, or a part stands there twice.
    """
    if not before.strip():
        return False
    marks = [found[1] for found in _MARKS.finditer(before)]
    names = [found["name"] for found in _BLOCK.finditer(before)]
    return not names or marks != ["", "/"] * len(names) or len(set(names)) < len(names)


def _environment() -> Environment:
    # autoescape is for HTML; every outside text passes the filter `md`
    environment = Environment(  # noqa: S701  # see above
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "md": lambda text: markdown(str(text)),
        "at": _at,
        "took": duration,
        "served": describe_served,
        "figure": _figure,
        "whole": _whole,
    }
    return environment


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _figure(value: float | Undefined) -> str:
    return "" if isinstance(value, Undefined) else f"{value:.4g}"


def _whole(value: float | Undefined) -> str:
    return "" if isinstance(value, Undefined) else f"{value:,.0f}"
