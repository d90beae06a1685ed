"""The postmortem as Markdown: automatic parts from the facts, human parts kept as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from mlrespond.model.instant import duration
from mlrespond.render.escape import markdown
from mlrespond.render.postmortem.figure import amount, share_of, span_of
from mlrespond.render.postmortem.human import asked, fenced, human_parts, strangers
from mlrespond.usecases.postmortem import Postmortem

Words = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a document is told: which picture it shows, how anchors are written, who is named.

    `picture` and `distributions` are Markdown for what is drawn, empty where nothing is.
    """

    picture: str = ""
    distributions: str = ""
    anchor: Callable[[str], str] = field(default=lambda name: f'<a id="{name}"></a>')
    fence: Callable[[str, str], str] = fenced
    names: Words = field(default=lambda text: text)


def render(doc: Postmortem, before: str = "", look: Look | None = None) -> str:
    """Return the document; what people wrote into an earlier one stands where it stood."""
    told = look or Look()
    written = human_parts(before)

    def human(name: str) -> str:
        return told.fence(name, told.names(written.get(name, asked(name))))

    kept = {name: told.fence(name, told.names(text)) for name, text in strangers(before).items()}
    return _template().render(doc=doc, human=human, look=told, kept=kept, anchor=told.anchor)


@cache
def _template() -> Template:
    # autoescape is for HTML; every outside text passes the filter `md`
    environment = Environment(  # noqa: S701  # see above
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "md": _escaped,
        "at": _at,
        "took": duration,
        "amount": amount,
        "share": share_of,
        "span": span_of,
        "short": lambda digest: str(digest)[:12],
    }
    environment.globals |= {"ref": reference}
    return environment.get_template("postmortem.md.j2")


@pass_context
def _escaped(context: Context, text: object) -> str:
    look = context["look"]
    assert isinstance(look, Look)
    return markdown(look.names(str(text)))


def reference(name: str | int | None) -> str:
    """Return a link to an event: by number, or as `e12`, or `s7` in the ledger."""
    if name is None:
        return ""
    anchor = name if isinstance(name, str) else f"e{name}"
    shown = f"#{anchor[1:]}" if anchor.startswith("e") else f"ledger {anchor[1:]}"
    return f"[{shown}](#{anchor})"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
