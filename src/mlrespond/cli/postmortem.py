"""`mlir postmortem`: the document, rendered from the timeline, and the check of what it lacks."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import click

from mlrespond.cli.options import incident_argument, json_option, me, recorded
from mlrespond.cli.timeline import newest
from mlrespond.cli.written import before, write
from mlrespond.model.incident_kind import PostmortemRendered
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.text import plural
from mlrespond.render.document import document
from mlrespond.render.postmortem import human_parts, unfilled
from mlrespond.render.postmortem.written import Made, made
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.postmortem import Postmortem, gather
from mlrespond.usecases.postmortem.doubt import doubts

Format = Literal["md", "html", "json"]


class Rendering(click.Group):
    """A group in which an incident, an option, or nothing at all means `render`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return the arguments with the member that is meant."""
        known = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if known else ["render", *args])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the member that is meant, and what is left for it."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["render", *args])


@click.group("postmortem", cls=Rendering)
def command() -> None:
    """Render the postmortem; without a word before the incident, `render` is meant.

    Example: mlir postmortem INC-0042 -o postmortems/
    """


_FOLDER = click.option(
    "-o", "--out", "folder", default=".", metavar="DIR", help="Where the documents are."
)


@command.command("render")
@incident_argument
@_FOLDER
@click.option(
    "--format",
    "as_",
    type=click.Choice(["md", "html", "json"]),
    default="md",
    help="Markdown, which people write into; one HTML file to read; or JSON.",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print it instead.")
@click.option("--anonymise", is_flag=True, help="Roles instead of names, in a file of its own.")
@json_option
@click.pass_context
def render_(
    ctx: click.Context,
    incident: str | None,
    *,
    folder: str,
    as_: Format,
    to_stdout: bool,
    anonymise: bool,
    as_json: bool,
) -> int:
    """Render the document. What people wrote into the Markdown is never written over.

    Example: mlir postmortem INC-0042 --format html -o postmortems/
    """
    timeline = recorded(ctx)
    doc = gather(timeline, incident or newest(timeline))
    source = Path(folder) / f"{doc.incident.id}.md"
    written = "" if to_stdout and as_ == "md" else before(source)
    files = made(doc, written, as_, anonymous=anonymise)
    if to_stdout:
        click.echo(files.text, nl=False)
        return 0
    _write(Path(folder), files)
    path = Path(folder) / files.name
    _record(ctx, timeline, doc, path, files.text)
    waiting = unfilled(files.human)
    if as_json:
        told = {"incident": doc.incident.id, "path": str(path), "head": doc.head}
        click.echo(document("postmortem-written", **told, waiting=list(waiting)))
        return 0
    click.echo(f"wrote {path}")
    for said in files.notes:
        click.echo(said, err=True)
    click.echo(f"waiting for you: {', '.join(waiting) or 'nothing'}", err=True)
    return 0


@command.command("check")
@incident_argument
@_FOLDER
@json_option
@click.pass_context
def check(ctx: click.Context, incident: str | None, *, folder: str, as_json: bool) -> int:
    """Say what the document still lacks, and where notes and records contradict each other.

    Example: mlir postmortem check INC-0042 -o postmortems/
    """
    timeline = recorded(ctx)
    doc = gather(timeline, incident or newest(timeline))
    path = Path(folder) / f"{doc.incident.id}.md"
    text = before(path)
    waiting = unfilled(text)
    found = doubts(doc, human_parts(text))
    if as_json:
        told: list[Json] = [
            {"kind": one.kind, "said": one.said, "refs": list(one.refs)} for one in found
        ]
        about: dict[str, Json] = {"incident": doc.incident.id, "path": str(path)}
        about |= {"written": bool(text), "waiting": list(waiting), "doubts": told}
        click.echo(document("postmortem-check", **about))
        return 1 if waiting else 0
    if not text:
        click.echo(f"{path} is not there: mlir postmortem {doc.incident.id} -o {folder}", err=True)
    for name in waiting:
        click.echo(f"not written: {name}")
    for one in found:
        click.echo(f"{one.kind}: {one.said}")
    click.echo(f"{_waits(len(waiting))} for you, {plural(len(found), 'doubt')}", err=True)
    return 1 if waiting else 0


def _waits(count: int) -> str:
    return f"{plural(count, 'part')} {'waits' if count == 1 else 'wait'}"


def _write(folder: Path, files: Made) -> None:
    for name, content in files.beside.items():
        write(folder / name, content)
    write(folder / files.name, files.text)


def _record(
    ctx: click.Context, timeline: SpoolingTimeline, doc: Postmortem, path: Path, text: str
) -> None:
    """Tell the timeline that a copy was made, in a stream of its own."""
    from mlrespond.adapters.system import SystemClock

    digest = hashlib.sha256(text.encode()).hexdigest()
    rendered = PostmortemRendered(path=str(path), digest=digest, head=doc.head)
    stream, now = f"exports:{doc.incident.id}", SystemClock().now()
    timeline.append([draft(stream, rendered, now, source="person", actor=me(ctx))])
