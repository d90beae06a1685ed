"""`mlir export`: one incident in one file, with all that is needed to check it."""

from __future__ import annotations

from pathlib import Path

import click

from mlrespond.cli.options import incident_argument, json_option, me, recorded
from mlrespond.cli.timeline import newest
from mlrespond.timeline.spooling import SpoolingTimeline


@click.command("export")
@incident_argument
@click.option("-o", "--out", "file", metavar="FILE", help="Default: INCIDENT.bundle, here.")
@json_option
@click.pass_context
def command(ctx: click.Context, incident: str | None, *, file: str | None, as_json: bool) -> int:
    """Write an incident's events, evidence and postmortem into one file.

    The file needs nothing else to be checked (mlir audit FILE) or to be brought into another
    timeline (mlir import FILE). It holds the whole ledger of the incident's services, too.

    Example: mlir export INC-0042 -o /mnt/share/INC-0042.bundle
    """
    timeline = recorded(ctx)
    name = incident or newest(timeline)
    path, digest, head = exported(ctx, timeline, name, file)
    if as_json:
        from mlrespond.render.document import document

        told = {"incident": name, "path": str(path), "digest": digest, "head": head}
        click.echo(document("export", **told))
        return 0
    click.echo(f"wrote {path}")
    click.echo(f"sha256 {digest}, head {head}", err=True)
    return 0


def exported(
    ctx: click.Context, timeline: SpoolingTimeline, name: str, file: str | None
) -> tuple[Path, str, str]:
    """Write a bundle, and tell the timeline that a copy was made; return path, digest and head."""
    from mlrespond.adapters.system import SystemClock
    from mlrespond.bootstrap.bundle import export
    from mlrespond.model.handover_kind import IncidentExported
    from mlrespond.model.kinds import draft

    path = Path(file or f"{name}.bundle")
    digest, head = export(timeline, name, path)
    what = IncidentExported(path=str(path), digest=digest, head=head)
    at, who = SystemClock().now(), me(ctx)
    timeline.append([draft(f"exports:{name}", what, at, source="person", actor=who)])
    return path, digest, head
