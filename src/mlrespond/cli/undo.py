"""`mlir undo`: take back what was changed."""

from __future__ import annotations

import click

from mlrespond.cli.driven import show
from mlrespond.cli.options import incident_argument, json_option
from mlrespond.cli.session import session
from mlrespond.usecases.undo import undo


@click.command("undo")
@incident_argument
@click.argument("step", required=False)
@click.option("--approve", multiple=True, metavar="STEP|all", help="Answer beforehand.")
@click.option("--no-input", is_flag=True, help="Ask nobody; park where an answer is needed.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    incident: str | None,
    step: str | None,
    *,
    approve: tuple[str, ...],
    no_input: bool,
    as_json: bool,
) -> int:
    """Take back one step, or all that an incident's runs changed, last first; each is proven.

    Example: mlir undo INC-0042 back
    """
    opened = session(ctx, no_input=no_input)
    driven = undo(
        opened.app,
        opened.incident(incident),
        step,
        approve=approve,
        interactive=opened.interactive,
    )
    return int(show(opened.app, driven, opened.redact, as_json=as_json))
