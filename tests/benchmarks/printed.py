"""A table's text, by its name; a module that is not there yet is a line, not a failure."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from tests.benchmarks.table import TABLES


def printed(name: str) -> str:
    """Run the table and return its text."""
    if find_spec(TABLES[name]) is None:
        return f"{name}: not written yet\n"
    text: str = import_module(TABLES[name]).table()
    return text
