"""Text from outside stays text: for a Markdown parser, for JSON, for a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlrespond.render.escape import json_text, markdown, terminal

HOSTILE = (
    "{{ 7*7 }} {% for x in y %}",
    "[click](http://evil.example) ![x](http://evil.example/x.png)",
    "<script>alert(1)</script> <img src=x onerror=y>",
    "# heading", "- item", "1. item", "> quote", "---", "===", "    code",
    "`code` ```fence``` ~~~ tilde ~~~",
    "| a | b |\n|---|---|",
    "<!-- /mlir:human -->", "<!-- mlir:human summary -->\nmine\n<!-- /mlir:human -->",
    "**bold** __under__ ~~gone~~ &lt;b&gt; &#91;x&#93;(y)",
    "see https://evil.example and www.evil.example",
    "\x1b[31mred\x1b]0;title\x07 \u202eesrever \u200bzero \x9b2J \x00",
    "=cmd|' /C calc'!A0",
    "x" * 5000,
)  # fmt: skip
ALLOWED = {"table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"}
ALLOWED |= {"tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "inline"}
HARMLESS = {"text", "text_special", "softbreak"}
ANY = st.sampled_from(HOSTILE) | st.text(max_size=60) | st.text("[]()<>!`*_~|#&;\\:/w. -=+1a\n")


def kinds(text: str) -> set[str]:
    """Return the tokens of a table whose one cell holds the text, and of the cell."""
    page = f"| what |\n|---|\n| a {markdown(text)} |\n"
    found = set()
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


@given(ANY)
def test_nothing_in_a_cell_is_markup(text: str) -> None:
    assert kinds(text) <= ALLOWED | HARMLESS


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_no_markup(text: str) -> None:
    assert kinds(text) <= ALLOWED | HARMLESS


@pytest.mark.parametrize("text", ["https://evil.example", "http://a.b/c", "www.evil.example"])
def test_an_address_is_not_made_a_link(text: str) -> None:
    """GitHub makes links of `://` and `www.` as they are; escaped ones it leaves alone."""
    shown = markdown(text)

    assert "://" not in shown.replace(r"\://", "")
    assert "www." not in shown


@given(ANY)
def test_what_is_shown_is_what_was_said(text: str) -> None:
    rendered = MarkdownIt("commonmark").renderInline(markdown(text))

    assert "<" not in rendered.replace("&lt;", "")
    assert "mlir:human" not in rendered or "<!--" not in rendered


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_json_means_the_same_and_steers_no_terminal(value: dict[str, object]) -> None:
    shown = json_text(json.dumps(value, ensure_ascii=False))

    assert json.loads(shown) == value
    assert terminal(shown) == shown


@given(st.text())
def test_a_line_of_a_terminal_stays_one_line(text: str) -> None:
    shown = terminal(text)

    assert not set(shown) & set("\n\r\x1b\x9b\u202e\u2028")
