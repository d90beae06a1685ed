"""`mlir lint`: check authored files; every mistake at once. No network, no process, no secret."""

from __future__ import annotations

from pathlib import Path

import click

from mlrespond.authoring.diagnostic import Diagnostic
from mlrespond.authoring.lint import File, Files, is_runbook, lint
from mlrespond.cli.options import json_option, where
from mlrespond.errors import InvalidInputError
from mlrespond.model.text import plural, printable


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@json_option
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], *, as_json: bool) -> int:
    """Check services, playbooks and runbooks; all of the project's by default.

    Golden sets that its services name are read too.

    Example: mlir lint runbooks/bad-release.yaml
    """
    from mlrespond.bootstrap.authored import authored_files, vocabulary

    known = authored_files(where(ctx).folder, shipped_playbooks=False)
    files = _chosen(paths, known) if paths else known
    found = lint(files, vocabulary(files.project or known.project))
    if files.project:
        from mlrespond.bootstrap.golden import golden_mistakes

        found = sorted({*found, *golden_mistakes(where(ctx).folder, files.project)})
    errors = [one for one in found if one.level == "error"]
    if as_json:
        _print_json(found)
    else:
        for one in found:
            click.echo(printable(str(one)))
        count = len(files.project) + len(files.runbooks) + len(files.playbooks)
        told = f"{plural(count, 'file')}, {plural(len(errors), 'mistake')}"
        click.echo(told if count else "no file to check", err=True)
    return 2 if errors else 0


def _chosen(paths: tuple[str, ...], known: Files) -> Files:
    project: list[File] = []
    runbooks: list[File] = []
    playbooks: list[File] = []
    for path in paths:
        content = _read(path)
        if path.endswith(".md"):
            playbooks.append((path, content))
        elif is_runbook(path, content):
            runbooks.append((path, content))
        else:
            project.append((path, content))
    own = {Path(path).stem: (path, content) for path, content in known.runbooks}
    return Files(
        project=tuple(project),
        runbooks=tuple(runbooks),
        playbooks=tuple(playbooks),
        library=lambda name: own.get(name) or known.library(name),
        library_names=tuple({*own, *known.library_names}),
    )


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as cause:
        raise InvalidInputError(f"{path} cannot be read: {cause.strerror}") from cause


def _print_json(found: list[Diagnostic]) -> None:
    from mlrespond.model.codec import encode
    from mlrespond.render.document import document

    click.echo(document("lint", diagnostics=[encode(one) for one in found]))
