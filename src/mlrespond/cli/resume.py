"""`mlir resume`: go on with a run."""

from __future__ import annotations

import click

from mlrespond.cli.driven import show
from mlrespond.cli.options import json_option
from mlrespond.cli.respond import pace_of
from mlrespond.cli.session import session
from mlrespond.usecases.resume import resume


@click.command("resume")
@click.argument("name", required=False, metavar="[INCIDENT|RUN]")
@click.option("--break-lease", multiple=True, metavar="RESOURCE", help="Take it from its holder.")
@click.option("--no-input", is_flag=True, help="Ask nobody; park where an answer is needed.")
@click.option("--park-after", default="5m", metavar="DURATION", help="Wait here at most so long.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    name: str | None,
    *,
    break_lease: tuple[str, ...],
    no_input: bool,
    park_after: str,
    as_json: bool,
) -> int:
    """Go on with a run that was interrupted, parked or killed; what was begun is settled first.

    Example: mlir resume INC-0042
    """
    opened = session(ctx, no_input=no_input, pace=pace_of(park_after))
    driven = resume(
        opened.app,
        opened.incident(name),
        interactive=opened.interactive,
        breaking=break_lease,
    )
    return int(show(opened.app, driven, opened.redact, as_json=as_json))
