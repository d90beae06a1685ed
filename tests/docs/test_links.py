"""Every link leads somewhere, and every page can be reached from the README."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.pages import DOCS, PAGES, ROOT, anchor, anchors, links, name

from mlrespond.adapters.table import ADAPTERS


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if fragment:
            assert fragment in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        found = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        todo += [one for one in found if one.suffix == ".md" and one.is_file()]
        todo = [one for one in todo if one not in reached]

    assert not [name(page) for page in DOCS.rglob("*.md") if page not in reached]


def test_every_adapter_has_a_section() -> None:
    known = anchors(DOCS / "reference" / "adapters.md")

    missing = [
        f"{port}: {kind}"
        for port, kinds in ADAPTERS.items()
        for kind in kinds
        if not any(one.endswith(f"-{kind}") and port in one for one in known)
    ]

    assert not missing


def test_anchors_are_those_of_code_hosts() -> None:
    assert anchor("`mlir lab up`: what it starts") == "mlir-lab-up-what-it-starts"
    assert anchor("error_ratio & more") == "error_ratio--more"
