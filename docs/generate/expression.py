"""The names, filters and limits of expressions: from the parser and the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docs.generate.markdown import code, codes, table

from mlrespond.model.expression import FILTERS, MAX_DEPTH, MAX_LENGTH, MAX_TOKENS
from mlrespond.model.shape import NAMES, YieldType


def names() -> Iterator[str]:
    """Yield the table of every name that needs no runbook."""
    yield from table(("Name", "Type"), _rows(NAMES, ""))


def filters() -> Iterator[str]:
    """Yield the filters there are."""
    yield from (f"The filters are {codes(sorted(FILTERS))}.", "")


def limits() -> Iterator[str]:
    """Yield how large an expression may be."""
    yield (
        f"An expression has at most {MAX_LENGTH} characters, {MAX_TOKENS} words and signs, and"
        f" {MAX_DEPTH} levels."
    )


def _rows(types: Mapping[str, YieldType], prefix: str) -> Iterator[tuple[str, str]]:
    for name, one in types.items():
        path = prefix + ("NAME" if name == "*" else name)
        if isinstance(one, str):
            yield code(path), one
        elif isinstance(one, tuple):
            yield code(path), codes(one)
        else:
            yield from _rows(one, f"{path}.")
