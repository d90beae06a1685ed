"""Every benchmark that a page tells people to print is in the list of tables."""

from __future__ import annotations

import re

from tests.benchmarks.table import ON_DEMAND, TABLES
from tests.docs.pages import PAGES, name

_PRINTED = re.compile(r"python -m tests\.benchmarks((?: +[a-z][a-z_-]*)+)")
_ALSO = re.compile(r"python -m tests\.benchmarks [a-z_-]+` and `(?P<also>[a-z_-]+)`")


def test_every_table_that_a_page_names_can_be_printed() -> None:
    named = [
        (name(page), table)
        for page in PAGES
        for found in (_PRINTED.findall(page.read_text()), _ALSO.findall(page.read_text()))
        for tables in found
        for table in tables.split()
    ]

    assert ("docs/judgment-data.md", "midway") in named
    assert [one for one in named if one[1] not in {*TABLES, *ON_DEMAND}] == []
