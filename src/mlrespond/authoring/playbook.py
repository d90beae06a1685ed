"""Playbooks: Markdown for people, with front matter for the machine."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.names import check_expression
from mlrespond.authoring.runbook import check_name
from mlrespond.authoring.source import parse
from mlrespond.authoring.validate import validate
from mlrespond.authoring.written import Path, Source, open_source
from mlrespond.model.json import Json, items, record
from mlrespond.model.runbook import Playbook
from mlrespond.model.shape import Vocabulary

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlaybook:
    """A playbook, its prose, and the source of its front matter."""

    playbook: Playbook | None
    prose: str
    source: Source


def load_playbook(
    path: str,
    content: bytes | str,
    vocabulary: Vocabulary,
    runbooks: Collection[str],
    services: Collection[str] | None = None,
) -> LoadedPlaybook:
    """Return the playbook; mistakes are noted in its source."""
    whole = open_source(path, content)
    if whole.diagnostics:
        return LoadedPlaybook(playbook=None, prose="", source=whole)
    front = _FRONT.match(whole.text)
    if front is None:
        whole.report(
            (), "no-front-matter", "a playbook starts with `---`, its front matter, and `---`"
        )
        return LoadedPlaybook(playbook=None, prose=whole.text, source=whole)
    source = parse(path, front.group(1), first_line=2)
    playbook = _read(source)
    check_name(source, "playbook", PurePath(path).stem)
    _check(source, vocabulary, runbooks, services)
    return LoadedPlaybook(playbook=playbook, prose=whole.text[front.end() :].strip(), source=source)


def _read(source: Source) -> Playbook | None:
    if source.data is None and source.diagnostics:
        return None
    return validate(source, Playbook, {} if source.data is None else source.data)


def _check(
    source: Source,
    vocabulary: Vocabulary,
    runbooks: Collection[str],
    services: Collection[str] | None,
) -> None:
    data = record(source.data)
    for at, choice in enumerate(items(data.get("runbooks"))):
        where: Path = ("runbooks", at)
        _refer(source, (*where, "runbook"), record(choice).get("runbook"), runbooks)
        _expression(source, (*where, "when"), record(choice).get("when"), vocabulary)
    for at, rule in enumerate(items(record(data.get("severity")).get("rules"))):
        place = ("severity", "rules", at, "when")
        _expression(source, place, record(rule).get("when"), vocabulary)
    for at, service in enumerate(items(data.get("services"))):
        if services is not None and isinstance(service, str) and service not in services:
            hint = suggestion(service, services)
            source.report(("services", at), "unknown-name", f"no service `{service}`", hint=hint)


def _refer(source: Source, where: Path, name: Json, runbooks: Collection[str]) -> None:
    if isinstance(name, str) and name not in runbooks:
        message, hint = f"there is no runbook `{name}`", suggestion(name, runbooks)
        source.report(where, "unknown-runbook", message, hint=hint)


def _expression(source: Source, where: Path, text: Json, vocabulary: Vocabulary) -> None:
    def report(column: int, code: str, message: str, hint: str) -> None:
        source.report(where, code, message, hint=hint, column=column)

    if isinstance(text, str):
        check_expression(text, vocabulary.names(), report)
