"""The golden set of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.adapters.case_book import CaseBook
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError
from mlrespond.model.service import GoldenSet
from mlrespond.ports.service import Cases
from mlrespond.testing.contract.cases import CasesContract

GOOD = '{"row": {"amount": 10}, "expected": "allow"}'


def golden(site: Site, content: str | None) -> Cases:
    if content is not None:
        (site.folder / "golden.jsonl").write_text(content)
    return CaseBook(GoldenSet(path="golden.jsonl"), None, site)


class TestGoldenFile(CasesContract):
    @pytest.fixture
    def cases(self, site: Site) -> Cases:
        return golden(site, f'{GOOD}\n\n{{"row": {{"amount": 900}}, "expected": "block"}}\n')

    @pytest.fixture
    def nowhere(self, site: Site) -> Cases:
        return golden(site, None)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"row": {}, "expected": 1}',
        '{"row": [1], "expected": 1}',
        '{"row": {"a": 1}}',
        '{"row": {"a": NaN}, "expected": 1}',
        '{"row": {"a": 1}, "expected": 1, "x": 2}',
        "é",
    ],
)
def test_a_line_that_is_no_case_is_named(site: Site, line: str) -> None:
    with pytest.raises(InvalidInputError, match=r"golden\.jsonl:2"):
        golden(site, f"{GOOD}\n{line}\n{GOOD}\n").golden()


@pytest.mark.parametrize(
    "schema", ['{"pattern": "("}', '{"$ref": "#"}', '{"type": "object", "propertis": {}}']
)
def test_a_schema_that_makes_no_sense_is_named(site: Site, schema: str) -> None:
    line = f'{{"row": {{"a": 1}}, "expected": {schema}, "score": "json_schema"}}'

    with pytest.raises(InvalidInputError, match=r"golden\.jsonl:2: a JSON Schema is expected"):
        golden(site, f"{GOOD}\n{line}\n").golden()


def test_all_wrong_lines_are_told_at_once(site: Site) -> None:
    with pytest.raises(InvalidInputError) as raised:
        golden(site, f"{{\n{GOOD}\n[]\n").golden()

    assert [line.split(":")[1] for line in raised.value.message.splitlines()] == ["1", "3"]


def test_an_empty_set_is_empty(site: Site, tmp_path: Path) -> None:
    assert golden(site, "").golden() == ()
    assert (tmp_path / "golden.jsonl").read_text() == ""
