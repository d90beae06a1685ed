"""Pages read alike: one title, one sentence a line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, name, prose

_SECOND_SENTENCE = re.compile(r"[a-z`)*\"][.!?] +[A-Z`*\[]")
_NOT_ENDS = re.compile(r"\b(e\.g|i\.e|etc|vs|no)\. ")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_has_one_title(page: Path) -> None:
    assert [line for _, line in prose(page) if line.startswith("# ")][1:] == []
    assert next(line for _, line in prose(page) if line.strip()).startswith("# ")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_line_has_one_sentence(page: Path) -> None:
    twice = [
        f"{number}: {line}"
        for number, line in prose(page)
        if not line.startswith("|") and _SECOND_SENTENCE.search(_NOT_ENDS.sub(" ", line))
    ]

    assert not twice


def test_two_sentences_are_seen() -> None:
    assert _SECOND_SENTENCE.search("It stops. The next one begins.")
    assert _SECOND_SENTENCE.search("Run `mlir tick`. `mlir resume` does it too.")
    assert not _SECOND_SENTENCE.search("Python 3.11 or later is needed, e.g. 3.12.")
