"""What lint says of authored files, as the text that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from tests.rig import ROOT

from mlrespond.authoring.lint import File, Files, lint
from mlrespond.bootstrap.authored import shipped_modes
from mlrespond.errors import InvalidInputError
from mlrespond.model.authored import Authored
from mlrespond.model.service import Component
from mlrespond.model.shape import Vocabulary
from mlrespond.verbs.table import Table

HEAD = """\
runbook: a
title: A
mitigated_when: steps.look.verdict == "pass"
steps:
  - id: look
    diagnose: {}
"""
SERVICE = """\
services:
  fraud-scorer:
    owner: payments-ml
    serving: {kind: fake, model: fraud, url: "http://fraud"}
teams: {payments-ml: {members: [ana]}}
people: {ana: {}}
"""
PLAYBOOK = """\
---
playbook: p
match: {alertname: Drift}
---
Look at the inputs.
"""
SHIPPED: Mapping[str, bytes] = {
    path.stem: path.read_bytes() for path in sorted((ROOT / "runbooks").glob("*.yaml"))
}
KINDS: Mapping[str, tuple[str, ...]] = {
    "registry": ("mlflow", "local"),
    "serving": ("triton", "fake"),
    "metrics": ("prometheus",),
    "predictions": ("files",),
    "pipeline": ("command",),
    "pager": ("pagerduty", "file"),
    "chat": ("slack",),
}


class Adapters:
    """Adapters of some kinds, whose other settings are not looked at."""

    def config_class(self, port: str, kind: str) -> type[Authored]:
        if kind not in KINDS[port]:
            message = f"no adapter for a {port} of kind `{kind}`"
            raise InvalidInputError(message, hint=f"there are: {', '.join(KINDS[port])}")
        return Component


MODES = tuple(one.name for one in shipped_modes())
VOCABULARY = Vocabulary(verbs=Table(MODES), adapters=Adapters(), modes=MODES)


def files(
    runbooks: Mapping[str, str | bytes] | None = None,
    project: Mapping[str, str | bytes] | None = None,
    playbooks: Mapping[str, str | bytes] | None = None,
) -> Files:
    """Return authored files by name, beside the library."""
    return Files(
        runbooks=_contents(runbooks or {}, "{}.yaml"),
        project=_contents(project or {}, "{}.yaml"),
        playbooks=_contents(playbooks or {}, "{}.md"),
        library=lambda name: (f"{name}.yaml", SHIPPED[name]) if name in SHIPPED else None,
        library_names=tuple(SHIPPED),
    )


def _contents(given: Mapping[str, str | bytes], pattern: str) -> tuple[File, ...]:
    return tuple(
        (pattern.format(name), text if isinstance(text, bytes) else text.encode())
        for name, text in given.items()
    )


def of(given: Files) -> str:
    """Return every diagnostic, one after another."""
    return "\n".join(str(one) for one in lint(given, VOCABULARY))


def of_runbook(text: str | bytes, **others: str) -> str:
    """Return what lint says of a runbook `a` and others that it may use."""
    return of(files({"a": text, **others}))


def of_steps(text: str, **others: str) -> str:
    """Return what lint says of a runbook whose second step on begins in line 7."""
    return of_runbook(HEAD + text, **others)


def of_project(text: str | bytes, **others: str) -> str:
    """Return what lint says of `mlir.yaml` and other files beside it."""
    return of(files(project={"mlir": text, **others}))


def of_playbook(text: str | bytes) -> str:
    """Return what lint says of a playbook `p`."""
    return of(files(playbooks={"p": text}))


def told(text: str) -> str:
    """Return expected lines, written indented."""
    return dedent(text).strip("\n")
