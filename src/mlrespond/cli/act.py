"""What the commands that record one word of a person have in common."""

from __future__ import annotations

import click

from mlrespond.cli.session import session
from mlrespond.model.event import Event
from mlrespond.model.text import printable
from mlrespond.usecases.app import App


def app_and_incident(ctx: click.Context, incident: str | None) -> tuple[App, str]:
    """Return the App, and the incident that is meant."""
    opened = session(ctx)
    return opened.app, opened.incident(incident)


def told(event: Event) -> int:
    """Print what was recorded."""
    click.echo(printable(f"{event.incident}: {event.summary}"))
    return 0
