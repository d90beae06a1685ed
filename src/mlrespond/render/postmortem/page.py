"""The postmortem as one HTML file that opens anywhere: no request leaves it, no script is foreign.

Its text is the Markdown document's, so that both say the same; its pictures are drawn by Vega,
which is put inside, without `eval` (vega.github.io/vega/usage/interpreter). Where Vega is not
installed the page says so in their place.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from mlrespond.engine.blast import Blast
from mlrespond.model.instant import duration
from mlrespond.render.chart.distribution import distributions, rows
from mlrespond.render.chart.palette import BY_CSS, DARK, LIGHT, css
from mlrespond.render.chart.picture import edges, picture
from mlrespond.render.chart.svg import NO_CHARTS, can_draw, vega
from mlrespond.render.escape import json_text
from mlrespond.render.postmortem.human import PARTS, asked
from mlrespond.render.postmortem.text import Look, Words, render
from mlrespond.usecases.postmortem import Postmortem

_HERE = Path(__file__).parent
_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: `markdown` lets none through from outside
_MARK = re.compile(f"{_OPEN}([a-z]+):([a-z0-9]*){_CLOSE}")
_ALONE = re.compile(f"<p>({_OPEN}[a-z]+:[a-z0-9]*{_CLOSE})</p>")
_HEAD = re.compile(r"<h2>(.*?)</h2>")
_WIDTH = "max(280, containerSize()[0] - 16)"
_TILES = ("detect", "diagnose", "decide", "propagate", "mitigate", "resolve")


def page(doc: Postmortem, before: str, names: Words = str) -> str:
    """Return the whole page; `before` is the Markdown that people wrote into."""
    drawn = can_draw()
    spread = _mark("figure", "distributions") if drawn and rows(doc) else ""
    look = Look(
        picture=_mark("figure", "incident") if drawn else f"_{NO_CHARTS}_",
        distributions=spread,
        anchor=lambda name: _mark("anchor", name),
        fence=_fence,
        names=names,
    )
    text = render(doc, before, look)
    title, _, rest = _html(text).partition("</h1>")
    body, contents = _headed(rest)
    specs = {"incident": picture(doc, BY_CSS, width=_WIDTH, names=names)} if drawn else {}
    if spread:
        specs["distributions"] = distributions(doc, BY_CSS, width=_WIDTH)
    return _whole(doc, title.partition("<h1>")[2], body, contents, _data(doc, specs), names)


def _mark(kind: str, name: str) -> str:
    return f"{_OPEN}{kind}:{name}{_CLOSE}"


def _fence(name: str, text: str) -> str:
    state = "asked" if name in PARTS and text.strip() == asked(name) else "written"
    clean = text.replace(_OPEN, "").replace(_CLOSE, "")
    return f"{_mark(state, name)}\n\n{clean}\n\n{_mark('end', name)}"


def _html(text: str) -> str:
    """Return Markdown as HTML: none of the text's own HTML lives, and tables can be stacked."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}, renderer_cls=_Stacked)
    made = parser.enable(["table", "strikethrough"]).render(text)
    return _MARK.sub(lambda found: _marked(found[1], found[2]), _ALONE.sub(r"\1", made))


def _marked(kind: str, name: str) -> str:
    match kind:
        case "anchor":
            return f'<a id="{name}"></a>'
        case "asked" | "written":
            label = html.escape(PARTS.get(name, name), quote=True)
            return f'<section class="human {kind}" data-part="{name}" aria-label="{label}">'
        case "end":
            return "</section>"
        case _:
            return _figure(name)


def _figure(name: str) -> str:
    tools = _TOOLS if name == "incident" else ""
    said = _CAPTIONS.get(name, "")
    return (
        f'<figure class="picture" id="figure-{name}">{tools}'
        f'<div class="chart" data-chart="{name}" tabindex="0" role="group" '
        f'aria-label="{html.escape(said, quote=True)}"></div>'
        f"<figcaption>{said}</figcaption></figure>"
    )


_TOOLS = (
    '<div class="tools" role="toolbar" aria-label="time shown">'
    '<button type="button" data-do="all">whole</button>'
    '<button type="button" data-do="in" aria-label="closer">+</button>'
    '<button type="button" data-do="out" aria-label="farther">\u2212</button>'
    '<button type="button" data-do="left" aria-label="earlier">\u2190</button>'
    '<button type="button" data-do="right" aria-label="later">\u2192</button></div>'
)
_CAPTIONS = {
    "incident": "Point at a mark, tap it, or press the arrow keys to go from mark to mark, with "
    "Shift along a metric's curve; Enter leads to the event. Versions that are "
    "suspect carry an exclamation mark; the line under a version tells how long it "
    "was confirmed. Metrics: the dashed line is the baseline, the band is what counts "
    "as good as it, a thick line is the window that a verdict is of, and its whisker "
    "the interval of the difference. Ticks along the top are looks at the service: "
    "long where the objective failed, short where it passed.",
    "distributions": "Circles are before, triangles during, squares after. Arrow keys go from "
    "mark to mark.",
}


class _Stacked(RendererHTML):
    """HTML in which each cell knows its column, so that a narrow screen can stack them."""

    def table_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        env["columns"] = [
            tokens[n + 1].content
            for n in range(at, _closing(tokens, at))
            if tokens[n].type == "th_open"
        ]
        pairs = " pairs" if env["columns"][1:] == [""] else ""
        return f'<div class="table{pairs}"><table>\n'

    def table_close(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "</table></div>\n"

    def tr_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        env["column"] = 0
        return "<tr>"

    def td_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        n = env["column"]
        env["column"] = n + 1
        label = html.escape(env["columns"][n], quote=True)
        empty = ' class="empty"' if not tokens[at + 1].content else ""
        return f'<td data-label="{label}"{empty}>'


def _closing(tokens: Sequence[Token], at: int) -> int:
    return next(n for n in range(at, len(tokens)) if tokens[n].type == "thead_close")


def _headed(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the body with a section for each heading, and the headings by anchor."""
    found: list[tuple[str, str]] = []

    def opened(head: re.Match[str]) -> str:
        anchor = re.sub(r"[^a-z0-9]+", "-", head[1].lower()).strip("-")
        close = "</section>" if found else ""
        found.append((anchor, head[1]))
        return f'{close}<section id="{anchor}"><h2>{head[1]}</h2>'

    made = _HEAD.sub(opened, body)
    before, mark, appendix = made.rpartition('<section id="appendix">')
    folded = before + mark + _folded(appendix)
    return f"{folded}</section>" if found else folded, found


def _folded(appendix: str) -> str:
    """Return the appendix with its parts folded away; a link into one opens it."""
    head, *parts = re.split(r"<h3>(.*?)</h3>", appendix)
    told = zip(parts[::2], parts[1::2], strict=True)
    return head + "".join(
        f"<details><summary>{name}</summary>{text}</details>" for name, text in told
    )


def _data(doc: Postmortem, specs: object) -> str:
    t0, t1 = edges(doc)
    told = json.dumps({"specs": specs, "span": [t0, t1]}, ensure_ascii=False, sort_keys=True)
    return json_text(told).replace("<", "\\u003c")


def _tiles(doc: Postmortem) -> str:
    at = {one.name: one for one in doc.milestones}
    found = []
    for one in doc.phases:
        if one.name in _TILES:
            seq = at[one.later].seq
            took = duration(one.seconds) if one.seconds is not None else "not known"
            value = f'<a href="#e{seq}">{took}</a>' if one.seconds is not None else took
            found.append(
                f'<div class="tile"><dt>{one.name}</dt><dd>{value}</dd>'
                f"<small>{one.formula}</small></div>"
            )
    found += [_reached(doc.blast)] if doc.blast else []
    return f'<dl class="tiles">{"".join(found)}</dl>'


def _reached(blast: Blast) -> str:
    told = blast.measured
    entities = f"; {told.entities_affected:,} entities" if told.entities_affected else ""
    return (
        f'<div class="tile"><dt>reached</dt><dd><a href="#e{blast.seq}">{told.affected:,}</a></dd>'
        f"<small>of {told.logged:,} predictions{entities}</small></div>"
    )


def _whole(
    doc: Postmortem,
    title: str,
    body: str,
    contents: Sequence[tuple[str, str]],
    data: str,
    names: Words,
) -> str:
    ours = (_HERE / "page.js").read_text(encoding="utf-8")
    scripts = (vega(), ours) if can_draw() else (ours,)
    style = f":root{{{css(LIGHT)}}}@media (prefers-color-scheme:dark){{:root{{{css(DARK)}}}}}"
    style += f"@media print{{:root{{{css(LIGHT)}}}}}" + _css()
    allowed = " ".join(_digest(one) for one in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; "
        "style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    links = "".join(f'<li><a href="#{anchor}">{head}</a></li>' for anchor, head in contents)
    chips = (
        doc.incident.severity,
        doc.incident.status,
        *(["drill"] if doc.incident.drill else []),
        doc.incident.service,
    )
    shown = "".join(f'<span class="chip">{html.escape(names(one))}</span>' for one in chips)
    plain = html.escape(names(f"{doc.incident.id}: {doc.incident.title}"))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{plain}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header><p class="chips">{shown}</p><h1>{title}</h1>{_tiles(doc)}</header>\n'
        f'<nav aria-label="contents"><details><summary>Contents</summary><ol>{links}</ol>'
        f"</details></nav>\n<main>\n{body}\n</main>\n"
        '<div id="tip" role="status" aria-live="polite" hidden></div>\n'
        f'<script type="application/json" id="data">{data}</script>\n'
        + "\n".join(f"<script>{one}</script>" for one in scripts)
        + "\n</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _css() -> str:
    return re.sub(r"\n\s*", "", (_HERE / "page.css").read_text(encoding="utf-8"))
