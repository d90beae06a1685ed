"""A line for a person: folded to the terminal it is shown on, whole everywhere else."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from mlrespond.render.fold import folded


def say(line: str, *, err: bool = False, hang: int | None = None) -> None:
    """Print a line; `hang` is the column under which it goes on, where it must be folded."""
    width = columns(sys.stderr if err else sys.stdout)
    click.echo(folded(line, width, hang) if width else line, err=err)


def columns(stream: TextIO) -> int:
    """Return how wide a terminal is; 0 for what is none, or does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        return 0
