"""`mlir completion`: a script for your shell; it never asks the network."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mlrespond.errors import UsageError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a completion script.

    Example: mlir completion bash > ~/.local/share/bash-completion/completions/mlir
    """
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"no completion for {shell}")
    script = found(ctx.find_root().command, {}, "mlir", "_MLIR_COMPLETE")
    click.echo(script.source())
    return 0
