"""Putting the program together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from mlrespond import __version__
from mlrespond.adapters.process import SystemProcesses
from mlrespond.adapters.redaction import Redactor
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.system import SystemClock
from mlrespond.authoring.lint import project_of
from mlrespond.bootstrap.authored import authored_files, shipped_modes, vocabulary
from mlrespond.bootstrap.place import Place, caller, open_timeline
from mlrespond.bootstrap.ports import PortsBuilder
from mlrespond.model.event import Actor
from mlrespond.model.service import Project
from mlrespond.ports.person import Approver, Progress
from mlrespond.ports.trace import Tracer, Untraced
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.app import App, Pace
from mlrespond.verbs.table import verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The App, and what only the command line needs beside it."""

    app: App
    where: Place
    redact: Redactor
    secrets: EnvSecrets
    timeline: SpoolingTimeline


def compose(
    where: Place,
    people: Callable[[Callable[[str], str], Actor], tuple[Approver, Progress]],
    *,
    claimed: str | None = None,
    pace: Pace | None = None,
) -> Composed:
    """Return the program, put together; InvalidFileError when the project's files are not valid.

    `people` is given the redacting sink and the caller, and says who is asked and told.
    """
    files = authored_files(where.folder)
    words = vocabulary(files.project)
    project = project_of(files, words)
    secrets = EnvSecrets(where.folder)
    redact = Redactor(secrets)
    timeline = open_timeline(where, redact)
    clock = SystemClock()
    me = _known_person(project, caller(claimed))
    approver, progress = people(redact, me)
    app = App(
        store=timeline,
        clock=clock,
        processes=SystemProcesses(),
        approver=approver,
        progress=progress,
        me=me,
        project=project,
        files=files,
        vocabulary=words,
        verb=verb,
        ports=PortsBuilder(where, secrets, project).of,
        pace=pace or Pace(),
        modes=shipped_modes(),
        versions={"mlrespond": __version__},
        tracer=_tracer(progress),
        traceparent=os.environ.get("TRACEPARENT", ""),
    )
    return Composed(app=app, where=where, redact=redact, secrets=secrets, timeline=timeline)


def _tracer(progress: Progress) -> Tracer:
    from mlrespond.adapters.otlp import OtlpTracer, wanted

    if not wanted(os.environ):
        return Untraced()
    return OtlpTracer(os.environ, __version__, progress.note)


def _known_person(project: Project, actor: Actor) -> Actor:
    """Return the person whose login it is, or the handle as it is."""
    if actor.assurance != "os":
        return actor
    for handle, person in project.people.items():
        if f"os:{actor.handle}" in person.login:
            return Actor(handle, "os")
    return actor
