"""Checks, findings and failure modes: from the tables that a diagnosis works with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docs.generate.markdown import capital, code, codes, sentence, table

from mlrespond.bootstrap.authored import shipped_modes
from mlrespond.judgment.diagnose import VITAL
from mlrespond.judgment.sign import DERIVED, PLAIN, TOLD
from mlrespond.model.finding import FAILED_MEANS
from mlrespond.model.mode import Mode, Way
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
        (str(rank), code(one.name), one.title, code(one.move))
        for rank, one in enumerate(shipped_modes(), 1)
    ]
    yield from table(("Rank", "Mode", "What it is", "First move"), rows)
    for one in shipped_modes():
        yield from _mode(one)


def signs() -> Iterator[str]:
    """Yield the signs that modes may be of, and what each comes from."""
    plain = [(code(sign), f"Finding {code(kind)}") for kind, sign in PLAIN.items()]
    derived = [(code(sign), told) for sign, (told, _) in DERIVED.items()]
    told = [
        (code(sign), f"{means}; an objective tells of it")
        for sign, means in TOLD.items()
        if sign not in PLAIN.values()
    ]
    rows = sorted((*plain, *derived, *told))
    yield from table(("Sign", "What shows it"), [(sign, sentence(what)) for sign, what in rows])


def _mode(mode: Mode) -> Iterator[str]:
    yield from (f"### {mode.name}", "", sentence(capital(mode.title)), "")
    for at, way in enumerate(mode.ways):
        if at:
            yield from ("Or:", "")
        yield from _way(way, mode)
    yield f"The first move is {code(mode.move)}."
    if mode.because:
        yield mode.because
    yield ""
    if mode.tempting:
        yield from (f"Tempting, and wrong: {mode.tempting}", "")


def _way(way: Way, mode: Mode) -> Iterator[str]:
    yield from _signs("Must show", way.every)
    yield from _signs("At least one of these must show", way.any_of)
    yield from _signs("Must be known not to show" if mode.mutates else "Rules it out", way.none_of)
    yield from _signs("Rules it out, and need not be known", way.unless)


def _signs(what: str, signs: Sequence[str]) -> Iterator[str]:
    if signs:
        yield from (f"{what}: {codes(signs)}.", "")


def _first(text: str | None) -> str:
    said = " ".join((text or "").split("\n\n")[0].split())
    return capital(said.removeprefix("Find "))
