"""Checks, findings and failure modes: from the tables that a diagnosis works with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docs.generate.markdown import capital, code, codes, sentence, table

from mlrespond.judgment.diagnose import VITAL
from mlrespond.judgment.mode import MODES, Mode
from mlrespond.model.finding import FAILED_MEANS
from mlrespond.verbs.examination import CHECKS


def checks() -> Iterator[str]:
    """Yield the table of checks."""
    rows = [(code(name), sentence(_first(check.__doc__))) for name, check in CHECKS.items()]
    yield from table(("Check", "What it finds"), rows)


def findings() -> Iterator[str]:
    """Yield the kinds of finding, and which of them must be known before nothing is wrong."""
    rows = [
        (code(one), sentence(FAILED_MEANS[one]), "yes" if one in VITAL else "")
        for one in FAILED_MEANS
    ]
    yield from table(("Finding", "When it is `fail`", "Vital"), rows)


def modes() -> Iterator[str]:
    """Yield the table of modes in the order of rank, and a section for each."""
    rows = [
        (str(rank), code(one.name), one.title, code(one.move)) for rank, one in enumerate(MODES, 1)
    ]
    yield from table(("Rank", "Mode", "What it is", "First move"), rows)
    for one in MODES:
        yield from _mode(one)


def _mode(mode: Mode) -> Iterator[str]:
    yield from (f"### {mode.name}", "", sentence(capital(mode.title)), "")
    yield from _signs("Must show", mode.every)
    yield from _signs("At least one of these must show", mode.any_of)
    yield from _signs("Rules it out", mode.none_of)
    yield from _signs("Must be known to be normal", mode.normal)
    yield from (f"The first move is {code(mode.move)}.", "")


def _signs(what: str, signs: Sequence[str]) -> Iterator[str]:
    if signs:
        yield from (f"{what}: {codes(signs)}.", "")


def _first(text: str | None) -> str:
    said = " ".join((text or "").split("\n\n")[0].split())
    return capital(said.removeprefix("Find "))
