"""All authored files of a project at once: every mistake, sorted by place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from mlrespond.authoring.check import check_approvers, check_runbook
from mlrespond.authoring.diagnostic import Diagnostic, refuse
from mlrespond.authoring.inputs import check_given, declared
from mlrespond.authoring.runbook import Loading, expand, read_runbook
from mlrespond.authoring.source import parse
from mlrespond.authoring.written import Source
from mlrespond.model.json import items, record, text
from mlrespond.model.shape import Vocabulary
from mlrespond.model.spec import RunbookSpec

if TYPE_CHECKING:
    from mlrespond.authoring.playbook import LoadedPlaybook
    from mlrespond.authoring.project import LoadedProject
    from mlrespond.model.service import Project

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What stands in a project's folders; `library` finds what the product ships, by name."""

    project: tuple[File, ...] = ()
    runbooks: tuple[File, ...] = ()
    playbooks: tuple[File, ...] = ()
    library: Callable[[str], File | None] = field(default=lambda _: None)
    library_names: tuple[str, ...] = ()


def is_runbook(path: str, content: bytes) -> bool:
    """Return whether a YAML file is a runbook, by its own keys: what else there is, is services.

    Of a file that is no YAML a line that begins with the key decides.
    """
    data = parse(path, content).data
    if isinstance(data, dict):
        return "runbook" in data
    return re.search(rb"^runbook\s*:", content, re.MULTILINE) is not None


def load_spec(files: Files, name: str, vocabulary: Vocabulary) -> RunbookSpec:
    """Return one runbook, expanded; InvalidFileError with every mistake in it and what it uses."""
    loading = _loading(files, vocabulary)
    found = loading.resolve(name)
    if found is None:
        raise _no_runbook(files, name)
    spec = _checked(found, loading)
    refuse([one for source in loading.sources for one in source.diagnostics])
    return spec


def load_playbooks(
    files: Files, vocabulary: Vocabulary, services: Iterable[str]
) -> tuple[LoadedPlaybook, ...]:
    """Return all playbooks; InvalidFileError with every mistake in them."""
    from mlrespond.authoring.playbook import load_playbook

    names = runbook_names(files)
    known = set(services)
    loaded = tuple(
        load_playbook(path, content, vocabulary, names, known) for path, content in files.playbooks
    )
    refuse([one for playbook in loaded for one in playbook.source.diagnostics])
    return loaded


def project_of(files: Files, vocabulary: Vocabulary) -> Project:
    """Return the project; InvalidFileError with every mistake in its files."""
    from mlrespond.authoring.project import load_project

    loaded = load_project(files.project, vocabulary)
    refuse([one for source in loaded.sources for one in source.diagnostics])
    assert loaded.project is not None
    return _with_modes(loaded.project)


def _with_modes(project: Project) -> Project:
    """Give each service the project's failure modes, so that a run records them with it."""
    if not project.modes:
        return project
    services = {
        name: one.model_copy(update={"modes": {**project.modes, **one.modes}})
        for name, one in project.services.items()
    }
    return project.model_copy(update={"services": services})


def lint(files: Files, vocabulary: Vocabulary) -> list[Diagnostic]:
    """Return every mistake in every file."""
    project = _lint_project(files, vocabulary) if files.project else None
    sources = _lint_runbooks(files, vocabulary, project.handles if project else None)
    if files.playbooks:
        sources += _lint_playbooks(files, vocabulary, project.services if project else None)
    if project:
        sources += project.sources
    return sorted({one for source in sources for one in source.diagnostics})


def _lint_project(files: Files, vocabulary: Vocabulary) -> LoadedProject:
    from mlrespond.authoring.project import load_project

    return load_project(files.project, vocabulary)


def _lint_playbooks(
    files: Files, vocabulary: Vocabulary, services: frozenset[str] | None
) -> list[Source]:
    from mlrespond.authoring.playbook import load_playbook

    names = runbook_names(files)
    sources = [
        load_playbook(path, content, vocabulary, names, services).source
        for path, content in files.playbooks
    ]
    for source in sources:
        _lint_choices(files, source)
    return sources


def _lint_choices(files: Files, source: Source) -> None:
    """Note inputs that a playbook gives to runbooks and that they do not take."""
    resolve = _resolver(files)
    for at, choice in enumerate(items(record(source.data).get("runbooks"))):
        name = text(record(choice).get("runbook"))
        found = resolve(name) if name is not None else None
        given = record(record(choice).get("inputs"))
        if found and given:
            inputs = declared(parse(*found).data)
            check_given(source, ("runbooks", at), given, inputs, str(name), whole=False)


def runbook_names(files: Files) -> tuple[str, ...]:
    """Return the names of all runbooks, the team's and the library's."""
    return tuple(
        sorted({*(PurePath(path).stem for path, _ in files.runbooks), *files.library_names})
    )


def _lint_runbooks(
    files: Files, vocabulary: Vocabulary, handles: frozenset[str] | None
) -> list[Source]:
    sources: list[Source] = []
    seen: dict[str, str] = {}
    for path, content in files.runbooks:
        loading = _loading(files, vocabulary)
        _checked((path, content), loading)
        if handles is not None:
            for runbook in loading.runbooks.values():
                check_approvers(runbook, handles)
        other = seen.setdefault(PurePath(path).stem, path)
        if other != path:
            source = loading.sources[0]
            source.report(("runbook",), "defined-twice", f"{other} goes by the same name")
        sources += loading.sources
    return sources


def _loading(files: Files, vocabulary: Vocabulary) -> Loading:
    return Loading(vocabulary, _resolver(files), runbook_names(files))


def _checked(file: File, loading: Loading) -> RunbookSpec:
    spec = expand(read_runbook(*file, loading), loading)
    for one in list(loading.runbooks.values()):
        check_runbook(one, loading.vocabulary, loading.runbooks)
    return spec


def _resolver(files: Files) -> Callable[[str], File | None]:
    own = {PurePath(path).stem: (path, content) for path, content in files.runbooks}
    return lambda name: own.get(name) or files.library(name)


def _no_runbook(files: Files, name: str) -> Exception:
    from mlrespond.authoring.diagnostic import suggestion
    from mlrespond.errors import UsageError

    hint = suggestion(name, runbook_names(files))
    return UsageError(f"there is no runbook `{name}`", hint=hint)
