"""The timeline's head in what leaves this machine: an anchor that nobody here can change later."""

from __future__ import annotations

from mlrespond.verbs.interface import StepContext

_SHOWN = 16


def anchored(ctx: StepContext, said: str) -> str:
    """Return a message that ends with the head of the incident, for `mlir audit --anchor`."""
    return f"{said} (timeline {ctx.incident.head[:_SHOWN]})" if ctx.incident.head else said
