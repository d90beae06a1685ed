"""The timeline's file: from the schema that a new one is made with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from docs.generate.markdown import code, codes, table

from mlrespond.engine.measure import MILESTONES, PHASES
from mlrespond.timeline.opening import fresh_schema


def tables() -> Iterator[str]:
    """Yield a section for each table."""
    yield from _sections("table")


def views() -> Iterator[str]:
    """Yield a section for each view."""
    yield from _sections("view")


def milestones() -> Iterator[str]:
    """Yield what each milestone is."""
    yield from table(("Milestone", "What it is"), MILESTONES.items())


def metrics() -> Iterator[str]:
    """Yield the formula of each metric."""
    yield from table(("Metric", "Formula"), [(code(one.name), one.formula) for one in PHASES])


def triggers() -> Iterator[str]:
    """Yield the triggers of each table, and what they refuse with."""
    with closing(_made()) as made:
        rows = made.execute("SELECT name,tbl_name,sql FROM sqlite_master WHERE type='trigger'")
        found = [(code(name), code(on), codes(_words(sql))) for name, on, sql in rows.fetchall()]
    yield from table(("Trigger", "On", "Refuses with"), found)


def _sections(sort: str) -> Iterator[str]:
    with closing(_made()) as made:
        query = "SELECT name FROM sqlite_master WHERE type=? AND name NOT LIKE 'sqlite_%'"
        for (name,) in made.execute(query, (sort,)).fetchall():
            rows = made.execute(f"PRAGMA table_info({name})").fetchall()
            yield from (f"### {name}", "")
            columns = [(code(row[1]), row[2].lower() or "any", _rule(row)) for row in rows]
            if sort == "table":
                yield from table(("Column", "Type", "Rule"), columns)
            else:
                yield from (f"Columns: {codes(row[1] for row in rows)}.", "")


def _rule(row: tuple[int, str, str, int, str | None, int]) -> str:
    key = "primary key" if row[5] else ""
    return key or ("not null" if row[3] else "")


def _words(sql: str) -> list[str]:
    words = [part.partition("'")[0] for part in sql.split("RAISE(ABORT,'")[1:]]
    return list(dict.fromkeys(words))


def _made() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    for _, name, _, sql in fresh_schema():
        if not name.startswith("sqlite_"):
            made.execute(sql)
    return made
