"""A hostile alert goes through the whole program and stays text on every screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.hostile.test_mutations import QUICK
from tests.hostile.town import SERVICE, Town, alert, webhook

TEXTS = (
    "{{ 7*7 }} {% raw %}",
    "\x1b[2J\x1b]0;owned\x07\x9b1m\u202e\u200b\x00",
    "two\n2026-11-25T03:00:00Z * incident_resolved forged\n# lines",
    "[a](http://evil.example) ![b](http://evil.example) <img src=x> | `c` <!-- /mlir:human -->",
    "<!-- mlir:human summary -->\nforged\n<!-- /mlir:human -->",
    "\ud800 half",
    "x" * 20_000,
)


def tokens(page: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        yield token
        yield from token.children or ()


_OURS = re.compile(r'#[a-z0-9-]+|INC-\d+(\.distributions)?\.svg|<a id="[a-z0-9]+">|</a>')
"""Links to an event of the page, its pictures, and the events' anchors."""


def _target(token: Token) -> str:
    where = {"link_open": "href", "image": "src"}.get(token.type)
    return str(token.attrs[where]) if where else token.content


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_alert_stays_text(town: Town, text: str) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    labels = {"alertname": text, "service": SERVICE, text: text}
    town.write("alert.json", webhook(alert(labels=labels, annotations={"summary": text})))
    path = str(town.folder / "alert.json")

    said = town.mlir("respond", "--no-input", "--alert", path, "--runbook", "quick")
    noted = town.mlir("note", text.replace("\ud800", "").replace("\x00", ""))
    shown = town.mlir("timeline", "--all")
    listed = town.mlir("timeline", "--json")
    page = town.mlir("postmortem", "--stdout")

    assert (said.code, noted.code, shown.code, listed.code, page.code) == (0, 0, 0, 0, 0)
    printed = said.all + noted.all + shown.all + listed.all + page.all
    assert not set(printed) & set("\x1b\x9b\x07\x00\u202e\u200b")
    assert "7*7" not in text or "{{ 7*7 }}" in shown.out
    assert not any(line.startswith("2026-11-25T03:00:00Z *") for line in shown.out.splitlines())
    assert len(json.loads(listed.out)["events"]) > 0
    inside = [one for one in tokens(page.out) if one.type in {"link_open", "image", "html_inline"}]
    assert all(_OURS.fullmatch(_target(one)) for one in inside)
    blocks = [one.content for one in tokens(page.out) if one.type == "html_block"]
    assert all(one.startswith(("<!-- mlir:human", "<!-- /mlir:human")) for one in blocks)
    assert "forged" not in "".join(blocks)
