"""Playbooks: from the model of their front matter."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.model import inner, section

from mlrespond.model.runbook import Playbook


def page() -> Iterator[str]:
    """Yield a section for each part of the front matter."""
    yield from section(Playbook, "###")
    for model in inner(Playbook):
        yield from section(model, "###")
