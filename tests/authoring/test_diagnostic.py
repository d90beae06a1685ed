"""A diagnostic reads as file, line, column, code and message, with a way out below."""

from __future__ import annotations

import pytest

from mlrespond.authoring.diagnostic import Diagnostic, InvalidFileError, refuse, suggestion

FIRST = Diagnostic("a.yaml", 2, 3, "unknown-key", "`a` is no key here", "did you mean `b`?")
SECOND = Diagnostic("a.yaml", 10, 1, "missing-key", "`c` is missing")


def test_it_reads_as_one_line_and_its_help() -> None:
    assert str(FIRST) == "a.yaml:2:3 unknown-key `a` is no key here\n  help: did you mean `b`?"
    assert str(SECOND) == "a.yaml:10:1 missing-key `c` is missing"


def test_an_invalid_file_tells_each_mistake_once_by_line() -> None:
    with pytest.raises(InvalidFileError) as caught:
        refuse([SECOND, FIRST, SECOND])

    assert caught.value.message == f"{FIRST}\n{SECOND}"
    assert caught.value.diagnostics == (FIRST, SECOND)
    assert caught.value.code == "invalid-file"
    assert caught.value.exit_code == 2


def test_warnings_alone_refuse_nothing() -> None:
    refuse([Diagnostic("a.yaml", 1, 1, "x", "y", level="warning")])


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("rollbak", ["restart", "rollback"], "did you mean `rollback`?"),
        ("xyz", ["b", "a"], "known: a, b"),
        ("xyz", [f"name{at}" for at in range(20)], ""),
        ("xyz", [], ""),
        ("rollback" * 100_000, ["rollback"], "known: rollback"),
    ],
)
def test_the_nearest_word_is_suggested_or_else_a_few(
    word: str, known: list[str], expected: str
) -> None:
    assert suggestion(word, known) == expected
