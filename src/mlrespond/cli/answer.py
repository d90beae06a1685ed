"""`mlir answer`: answer any question of a run."""

from __future__ import annotations

import click

from mlrespond.cli.answering import give
from mlrespond.cli.inputs import input_option, read_inputs
from mlrespond.cli.options import reason_option


@click.command("answer")
@click.argument("incident")
@click.argument("choice")
@click.option("--step", help="Which step's question; default: the only open one.")
@input_option
@reason_option
@click.pass_context
def command(
    ctx: click.Context,
    incident: str,
    choice: str,
    *,
    step: str | None,
    inputs: tuple[str, ...],
    reason: str,
) -> int:
    """Answer a question: again, continue, escalate, stop, done, not_done, answer, ...

    Example: mlir answer INC-0042 answer --set region=eu
    """
    return give(ctx, incident, choice, step=step, because=reason, values=read_inputs(inputs))
