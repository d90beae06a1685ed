"""The files of a postmortem: the document, and what stands beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlrespond.model.codec import encode
from mlrespond.model.json import record
from mlrespond.render.chart.distribution import distributions, rows
from mlrespond.render.chart.palette import LIGHT
from mlrespond.render.chart.picture import picture
from mlrespond.render.chart.svg import NO_CHARTS, STATIC_WIDTH, can_draw, svgs
from mlrespond.render.document import document
from mlrespond.render.postmortem.human import human_parts
from mlrespond.render.postmortem.text import Look, Words, render
from mlrespond.usecases.postmortem import Postmortem
from mlrespond.usecases.postmortem.person import hide

Format = Literal["md", "html", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document by the name of its file, and the files beside it.

    `human` is the Markdown whose parts tell what still waits for people.
    """

    name: str
    text: str
    human: str
    beside: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def made(doc: Postmortem, before: str, as_: Format, *, anonymous: bool = False) -> Made:
    """Return the document in a format; `before` is the Markdown that people wrote into."""
    stem = f"{doc.incident.id}.anonymous" if anonymous else doc.incident.id
    names = _hidden(doc) if anonymous else _as_it_is
    if as_ == "md":
        return _markdown(doc, before, stem, names)
    plain = render(doc, before, Look(names=names))
    match as_:
        case "html":
            from mlrespond.render.postmortem.page import page

            text = page(doc, before, names)
            notes = () if can_draw() else (NO_CHARTS,)
            return Made(name=f"{stem}.html", text=text, human=plain, notes=notes)
        case "json":
            return Made(name=f"{stem}.json", text=_json(doc, before, names), human=plain)


def _markdown(doc: Postmortem, before: str, stem: str, names: Words) -> Made:
    if not can_draw():
        text = render(doc, before, Look(names=names, picture=f"_{NO_CHARTS}_"))
        return Made(name=f"{stem}.md", text=text, human=text, notes=(NO_CHARTS,))
    specs = {f"{stem}.svg": picture(doc, LIGHT, width=STATIC_WIDTH, names=names)}
    shown = f"![{doc.incident.id} in time]({stem}.svg)"
    spread = ""
    if rows(doc):
        specs[f"{stem}.distributions.svg"] = distributions(doc, LIGHT, width=STATIC_WIDTH)
        spread = f"![before, during, after]({stem}.distributions.svg)"
    beside = dict(zip(specs, svgs(tuple(specs.values())), strict=True))
    look = Look(names=names, picture=shown, distributions=spread)
    text = render(doc, before, look)
    return Made(name=f"{stem}.md", text=text, human=text, beside=beside)


def _json(doc: Postmortem, before: str, names: Words) -> str:
    parts = {name: names(text) for name, text in human_parts(before).items()}
    told = document("postmortem", **record(encode(doc)), human=parts)
    return _all_hidden(told, names) + "\n"


def _all_hidden(told: str, names: Words) -> str:
    """Return JSON with every text of it under other names."""
    if names is _as_it_is:
        return told
    return json.dumps(_each(json.loads(told), names), ensure_ascii=False, indent=1)


def _each(value: object, names: Words) -> object:
    if isinstance(value, str):
        return names(value)
    if isinstance(value, list):
        return [_each(one, names) for one in value]
    if isinstance(value, dict):
        return {names(key): _each(one, names) for key, one in value.items()}
    return value


def _as_it_is(text: str) -> str:
    return text


def _hidden(doc: Postmortem) -> Words:
    return lambda text: hide(text, doc.pseudonyms)
