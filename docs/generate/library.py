"""The runbooks and playbooks that ship: from their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.generate.markdown import code, codes, sentence, table

from mlrespond.authoring.lint import Files, load_playbooks, load_spec
from mlrespond.authoring.source import parse
from mlrespond.bootstrap.authored import authored_files, vocabulary
from mlrespond.model.json import Json, Record, dump, record, text
from mlrespond.model.runbook import Playbook
from mlrespond.model.spec import RunbookSpec

_NOWHERE = Path(__file__).parent  # a folder without authored files: only the library is left


def runbooks() -> Iterator[str]:
    """Yield a section for each runbook of the library."""
    files = authored_files(_NOWHERE)
    for name in files.library_names:
        yield from _runbook(load_spec(files, name, vocabulary()), _written(files, name))


def playbooks() -> Iterator[str]:
    """Yield the table of the library's playbooks."""
    loaded = load_playbooks(authored_files(_NOWHERE), vocabulary(), ())
    found = [one.playbook for one in loaded if one.playbook is not None]
    rows = [(code(one.playbook), one.title, _alerts(one), _choices(one)) for one in found]
    yield from table(("Playbook", "For", "Alerts", "Runbooks"), rows)


def _written(files: Files, name: str) -> Record:
    found = files.library(name)
    assert found is not None
    return record(parse(*found).data)


def _runbook(spec: RunbookSpec, written: Record) -> Iterator[str]:
    yield from (f"### {spec.name}", "", f"{sentence(spec.title)}")
    yield from (" ".join(str(written.get("description", "")).split()).replace(". ", ".\n"), "")
    yield from (f"Mitigated when {code(' '.join(str(spec.mitigated_when).split()))}.", "")
    asked = [one.id for one in spec.all_steps if not one.block and _changes(one.verb)]
    yield from (f"Steps that change something: {codes(asked) or 'none'}.", "")
    told = record(written.get("inputs"))
    rows = [
        (
            code(name),
            one.type,
            code(text(one.default) or dump(one.default)),
            _description(told[name]),
        )
        for name, one in spec.inputs.items()
    ]
    yield from table(("Input", "Type", "Default", "What it is"), rows)


def _default(value: Json) -> str:
    return code(text(value) or dump(value))


def _description(written: Json) -> str:
    return text(record(written).get("description")) or ""


def _changes(verb: str) -> bool:
    shape = vocabulary().verbs.shape(verb)
    return shape.family == "change" and shape.effect({}) == "change"


def _alerts(playbook: Playbook) -> str:
    named = playbook.match.get("alertname", [])
    return codes([named] if isinstance(named, str) else named)


def _choices(playbook: Playbook) -> str:
    return ", else ".join(
        code(one.runbook) + (f" when {code(one.when)}" if one.when else "")
        for one in playbook.runbooks
    )
