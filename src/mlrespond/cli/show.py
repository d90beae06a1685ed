"""`mlir show`: a runbook as it would run, or what a verb takes and yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from mlrespond.authoring.lint import load_spec, runbook_names
from mlrespond.bootstrap.authored import authored_files, vocabulary
from mlrespond.cli.options import json_option, where
from mlrespond.cli.say import say
from mlrespond.model.codec import encode
from mlrespond.model.json import Record, dump, record
from mlrespond.model.shape import VerbShape, YieldType
from mlrespond.model.spec import RunbookSpec
from mlrespond.model.text import printable
from mlrespond.render.document import document


@click.command("show")
@click.argument("name", required=False)
@json_option
@click.pass_context
def command(ctx: click.Context, name: str | None, *, as_json: bool) -> int:
    """Show a runbook, expanded, or a verb; without a name, what there is.

    Example: mlir show bad-release
    """
    files = authored_files(where(ctx).folder)
    words = vocabulary(files.project)
    if name is None:
        runbooks, verbs = list(runbook_names(files)), list(words.verbs.names())
        if as_json:
            click.echo(document("catalogue", runbooks=runbooks, verbs=verbs))
        else:
            click.echo(f"runbooks: {', '.join(runbooks)}\nverbs: {', '.join(verbs)}")
        return 0
    if name in words.verbs.names():
        shape = words.verbs.shape(name)
        lines = _verb(shape)
        told: Record = {"verb": name, "body": shape.body.model_json_schema()}
    else:
        spec = load_spec(files, name, words)
        lines = _runbook(spec)
        told = record(encode(spec))
    if as_json:
        click.echo(document("shown", **told))
        return 0
    for line in lines:
        say(printable(line))
    return 0


def _runbook(spec: RunbookSpec) -> Iterator[str]:
    yield f"{spec.name}: {spec.title}   ({spec.source}, {spec.digest[:12]})"
    for name, one in spec.inputs.items():
        need = "required" if one.required else f"default {one.default}"
        yield f"  input {name}: {one.type}, {need}"
    for step in spec.all_steps:
        where_ = "finally " if step in spec.finally_steps else ""
        when = f"  when {step.when}" if step.when else ""
        body = "" if step.block else f" {dump(step.body)}"
        yield f"  {where_}{step.id}: {step.verb}{body}{when}"
    yield f"  mitigated when {spec.mitigated_when}, for {spec.mitigated_for}"


def _verb(shape: VerbShape) -> Iterator[str]:
    yield f"{shape.name}: a verb that {'reads' if shape.family == 'read' else shape.family + 's'}"
    for name, field in shape.body.model_fields.items():
        default = field.get_default(call_default_factory=True)
        need = "required" if field.is_required() else f"default {_shown(default)}"
        yield f"  {field.alias or name}: {field.description} ({need})"
    yield "  yields " + ", ".join(_yields(shape.all_yields))


def _shown(value: object) -> str:
    return "none" if value is None else dump(value)  # type: ignore[arg-type]  # a default is JSON


def _yields(types: Mapping[str, YieldType]) -> list[str]:
    return [
        f"{name} ({'|'.join(one) if isinstance(one, tuple) else one})"
        if not isinstance(one, Mapping)
        else f"{name}.{{{', '.join(one)}}}"
        for name, one in types.items()
    ]
