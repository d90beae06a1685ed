"""`mlir match`: which playbook and runbook an alert leads to, and why. Nothing is opened."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option
from mlrespond.cli.respond import alerts_of
from mlrespond.cli.say import say
from mlrespond.cli.session import session
from mlrespond.model.codec import encode
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.json import record
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.usecases.opening import service_of
from mlrespond.usecases.respond import choose


@click.command("match")
@click.argument("alert", metavar="FILE|-")
@json_option
@click.pass_context
def command(ctx: click.Context, alert: str, *, as_json: bool) -> int:
    """Explain which service, playbook and runbook an alert leads to.

    Example: mlir match alert.json
    """
    opened = session(ctx)
    alerts = alerts_of(alert)
    service = service_of(opened.app, None, alerts)
    found = choose(opened.app, service, alerts)
    code = ExitCode.DONE if found.playbook else ExitCode.FAILED
    if as_json:
        click.echo(opened.redact(document("match", service=service, **record(encode(found)))))
        return int(code)
    lines = [f"service   {service}", f"playbook  {found.playbook or 'none matches'}"]
    lines += [
        f"  {'✓' if one.matches else '-'} {one.playbook}: {one.why}" for one in found.considered
    ]
    lines += [f"runbook   {found.runbook or 'none; first-look would run'}"]
    lines += [f"  {one}" for one in found.runbooks]
    lines += [f"severity  {found.severity}"]
    lines += [f"commander {found.commander}"] if found.commander else []
    for line in lines:
        say(printable(opened.redact(line)))
    return int(code)
