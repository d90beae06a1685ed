"""`mlir schema`: JSON Schemas, for editors and for whoever reads our events."""

from __future__ import annotations

import json

import click

from mlrespond.authoring.schema import SCHEMAS, schema
from mlrespond.bootstrap.authored import vocabulary


@click.command("schema")
@click.argument("name", type=click.Choice([*SCHEMAS, "event"]))
def command(name: str) -> int:
    """Print the JSON Schema of runbooks, playbooks, the project, or events.

    Example: mlir schema runbook > .vscode/runbook.schema.json
    """
    if name == "event":
        from mlrespond.render.event_schema import event_schema

        found = event_schema()
    else:
        found = schema(name, vocabulary().verbs)
    click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    return 0
