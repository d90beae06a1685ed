"""The services file: from the models that `mlir.yaml` is read into."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.model import inner, section

from mlrespond.model.service import Project


def page() -> Iterator[str]:
    """Yield a section for each part, outermost first."""
    yield from section(Project, "###")
    for model in inner(Project):
        yield from section(model, "###")
