"""A table's text, by its name; a module that is not there yet is a line, not a failure."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from tests.benchmarks.table import ON_DEMAND, TABLES


def printed(name: str) -> str:
    """Run the table and return its text."""
    module = {**TABLES, **ON_DEMAND}[name]
    if find_spec(module) is None:
        return f"{name}: not written yet\n"
    text: str = import_module(module).table()
    return text
