"""A mistake inside a text is told where it stands in the file, however the text was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.authoring.told import of_steps

from mlrespond.authoring.position import offsets
from mlrespond.authoring.source import parse

WAYS = {
    "plain": "    when: steps.look.verdict == wrong",
    "anchored": "    when: &a  steps.look.verdict == wrong",
    "single quotes": "    when: 'steps.look.verdict == ''pass'' and wrong'",
    "double quotes": '    when: "steps.look.verdict == \\"pass\\" and wrong"',
    "escapes": '    when: "\\x73teps.look.verdict == \\u0022pass\\U00000022\\tand wrong"',
    "escaped break": '    when: "steps.look.ver\\\n      dict == \\"pass\\" and wrong"',
    "folded plain": "    when: steps.look.verdict ==\n\n      wrong",
    "folded quotes": "    when: 'steps.look.verdict ==  \n\n\n      wrong'",
    "folded": '    when: >-\n      steps.look.verdict == "pass"\n      and wrong',
    "folded, blank": '    when: >\n\n      steps.look.verdict == "pass"\n\n\n      and wrong',
    "folded, indented": '    when: >\n      steps.look.verdict\n        == "pass"\n      and wrong',
    "literal": '    when: |  # why\n      steps.look.verdict == "pass"\n\n      and wrong',
    "literal, kept": '    when: |+\n      steps.look.verdict == "pass"\n      and wrong\n\n',
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("way", WAYS)
def test_the_exact_column_is_told(way: str, ending: str) -> None:
    step = f"  - id: b\n{WAYS[way]}\n    end: {{as: no_fault}}\n"

    found = of_steps(step.replace("\n", ending))

    lines = (step.splitlines(), found.split("\n")[0].split(":")[1:3])
    line, column = int(lines[1][0]) - 7, int(lines[1][1].split(" ")[0]) - 1
    assert "unknown-name `wrong` is not known" in found
    assert lines[0][line][column:].startswith("wrong")


def test_where_it_cannot_be_told_the_scalar_is_named() -> None:
    found = of_steps("  - id: b\n    when: >2\n        wrong\n    end: {as: no_fault}\n")

    assert found.startswith("a.yaml:8:11 unknown-name `wrong` is not known")


WRITTEN = st.text(st.sampled_from("ab \n\t'\"\\#:{}|>-é"), max_size=40)


@given(WRITTEN, st.sampled_from(["'", '"', "|", ">", None]), st.integers(20, 60))
def test_every_character_that_is_placed_stands_there(
    text: str, style: str | None, width: int
) -> None:
    written = yaml.dump({"a": text}, default_style=style, width=width, allow_unicode=True)
    source = parse("a.yaml", written)
    assume(("a",) in source.spans)
    span = source.spans["a",]

    found = span.offsets

    assert source.data == {"a": text}
    assert len(found) <= len(text) + 1
    assert list(found) == sorted(found)
    for at, char in zip(found, text, strict=False):
        assert span.raw[at] in {char, "\\", "'", " ", "\t", "\n", "\r"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [("'a", "b"), ("|2\n  a", "a"), ("|", "a"), (">\n  a\n b", "ab"), ("", "a"), ('"\\', "a")],
)
def test_what_does_not_fit_its_text_is_left(raw: str, text: str) -> None:
    found = offsets(raw, text)

    assert len(found) <= len(text)
