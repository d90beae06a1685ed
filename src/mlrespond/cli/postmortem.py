"""`mlir postmortem`: the document, rendered from the timeline."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from mlrespond.cli.options import incident_argument, json_option, me, recorded
from mlrespond.cli.timeline import newest
from mlrespond.errors import InvalidInputError
from mlrespond.model.incident_kind import PostmortemRendered
from mlrespond.model.kinds import draft
from mlrespond.render.document import document
from mlrespond.render.postmortem import human_parts, render, would_lose
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.postmortem import Postmortem, gather


@click.command("postmortem")
@incident_argument
@click.option("-o", "--out", "folder", default=".", metavar="DIR", help="Where to write it.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print it instead.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, incident: str | None, *, folder: str, to_stdout: bool, as_json: bool
) -> int:
    """Render the postmortem as Markdown. What people wrote into it is never overwritten.

    Example: mlir postmortem INC-0042 -o postmortems/
    """
    timeline = recorded(ctx)
    doc = gather(timeline, incident or newest(timeline))
    if to_stdout:
        click.echo(render(doc), nl=False)
        return 0
    path = Path(folder) / f"{doc.incident.id}.md"
    text = render(doc, _before(path))
    _write(path, text)
    _record(ctx, timeline, doc, path, text)
    waiting = [name for name, part in human_parts(text).items() if part.startswith("_")]
    if as_json:
        told = {"incident": doc.incident.id, "path": str(path), "head": doc.head}
        click.echo(document("postmortem", **told, waiting=list(waiting)))
    else:
        click.echo(f"wrote {path}")
        click.echo(f"waiting for you: {', '.join(waiting) or 'nothing'}", err=True)
    return 0


def _before(path: Path) -> str:
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidInputError(f"{path} is there, but cannot be read: {cause}") from cause
    if would_lose(before):
        raise InvalidInputError(
            f"{path} is there, and not all `<!-- mlir:human … -->` marks are as they were",
            hint="put the marks back, or write elsewhere: -o DIR",
        )
    return before


def _write(path: Path, text: str) -> None:
    """Write aside and rename, so that nothing people wrote can be lost half-way."""
    aside = path.with_suffix(".md.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as cause:
        raise InvalidInputError(f"{path} cannot be written: {cause.strerror}") from cause


def _record(
    ctx: click.Context, timeline: SpoolingTimeline, doc: Postmortem, path: Path, text: str
) -> None:
    """Tell the timeline that a copy was made, in a stream of its own."""
    from mlrespond.adapters.system import SystemClock

    rendered = PostmortemRendered(
        path=str(path), digest=hashlib.sha256(text.encode()).hexdigest(), head=doc.head
    )
    timeline.append(
        [
            draft(
                f"exports:{doc.incident.id}",
                rendered,
                SystemClock().now(),
                source="person",
                actor=me(ctx),
            )
        ]
    )
