"""The pages of this repository, taken apart: code blocks with their marks, prose, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\s*$")
_MARK = re.compile(r"^ *<!-- (?P<mark>run|lab|lint)(?:: (?P<value>.+?))? -->$")
_GENERATED = re.compile(r"^<!-- \[\[\[(?:cog|end)")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block: its language, its text, its line, and the mark above it, if any."""

    page: Path
    line: int
    language: str
    text: str
    mark: str = ""
    value: str = ""

    @property
    def id(self) -> str:
        """Return what a test calls it."""
        return f"{name(self.page)}:{self.line}"


def name(page: Path) -> str:
    """Return the path of a page as a person says it."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page."""
    found: list[Block] = []
    opened: tuple[int, str, str] | None = None
    held: list[str] = []
    mark = re.match("", "")
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        if opened and fence and not fence["language"]:
            said = {"mark": mark["mark"], "value": mark["value"] or ""} if mark else {}
            found.append(Block(page, opened[0], opened[1], "\n".join(held) + "\n", **said))
            opened, held, mark = None, [], None
        elif opened:
            held.append(line.removeprefix(opened[2]))
        elif fence:
            opened = (number, fence["language"], fence["indent"])
        elif line.strip():
            mark = _MARK.match(line)
    assert opened is None, f"{name(page)}:{opened} is not closed"
    return found


def all_blocks(*languages: str) -> list[Block]:
    """Return the code blocks of every page in these languages."""
    return [one for page in PAGES for one in blocks(page) if one.language in languages]


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines outside of code blocks, comments and generated parts, with their numbers."""
    inside = generated = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if _FENCE.match(line):
            inside = not inside
        elif _GENERATED.match(line):
            generated = "cog" in line
        elif not inside and not generated and not line.startswith("<!--"):
            yield number, line


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    found: set[str] = set()
    inside = False
    for line in page.read_text().splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif line.startswith("#") and not inside:
            found.add(anchor(line.lstrip("#").strip()))
    return found


def anchor(heading: str) -> str:
    """Return the anchor of a heading."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")


def links(page: Path) -> Iterator[str]:
    """Yield where the links of a page lead to, generated parts included."""
    inside = False
    for line in page.read_text().splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            yield from (found["to"] for found in _LINK.finditer(line))
