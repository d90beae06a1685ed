"""Pages, acknowledgements and messages as lines of files in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.durable import append_line, locked, said
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Record, dump, parse, text
from mlrespond.model.reading import Acknowledged
from mlrespond.model.service import Component
from mlrespond.ports.clock import Clock


class Config(Component):
    """A folder that people, or another program, look into."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["file"] = Field(description="Files of JSON lines")
    path: str = Field(
        description="The folder: pages go to pages.jsonl, messages to posts.jsonl, and acks.jsonl"
        " says who took a page"
    )


def build(config: Config, site: Site) -> FilePager:
    """Return a folder as pager, or as chat."""
    return FilePager(site.path(config.path), site.clock)


class FilePager:
    """Pager and Chat on the files of one folder: a line a page or message, one line a key."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._pages = folder / "pages.jsonl"
        self._posts = folder / "posts.jsonl"
        self._acks = folder / "acks.jsonl"
        self._clock = clock

    def page(self, key: str, to: str, text: str) -> str:
        """See Pager.page; the receipt names the file and the key."""
        return self._once(self._pages, {"key": key, "to": to, "text": text})

    def post(self, key: str, to: str, text: str) -> str:
        """See Chat.post; the same key posts once."""
        return self._once(self._posts, {"key": key, "to": to, "text": text})

    def acknowledged(self, key: str) -> Acknowledged | None:
        """See Pager.acknowledged; the first one who took it counts."""
        with said(f"{self._acks} cannot be read"):
            found = [_ack(one) for one in _lines(self._acks) if one.get("key") == key]
        return next((one for one in found if one), None)

    def acknowledge(self, key: str, by: str) -> None:
        """See Pager.acknowledge; whoever took it first stays."""
        self._once(self._acks, {"key": key, "by": by})

    def resolve(self, key: str) -> None:
        """See Pager.resolve."""
        self._once(self._pages, {"key": key, "resolved": True})

    def _once(self, path: Path, line: Record) -> str:
        with said(f"{path} cannot be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.with_name(f".{path.name}.lock")):
                if not any(_same(one, line) for one in _lines(path)):
                    append_line(path, dump({**line, "at": iso(self._clock.now())}))
        return f"{path.name}#{line['key']}"


def _same(one: Record, line: Record) -> bool:
    return one.get("key") == line["key"] and one.get("resolved") == line.get("resolved")


def _lines(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                found = parse(line)
            except InvalidInputError:
                continue
            if isinstance(found, dict):
                yield found


def _ack(line: Record) -> Acknowledged | None:
    by, at = text(line.get("by")), text(line.get("at"))
    try:
        return Acknowledged(by=by, at=parse_iso(at)) if by and at else None
    except (InvalidInputError, OverflowError):
        return None
