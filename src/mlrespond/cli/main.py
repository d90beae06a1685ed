"""The entry point of the command `mlir`: the table of commands, and what errors become.

Commands are imported when they are called: `--help` costs click and this table.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from importlib import import_module

import click

from mlrespond import __version__
from mlrespond.cli.table import COMMANDS
from mlrespond.errors import EXIT_BUG, Error

_USAGE = 2
_INTERRUPTED = 130
_BROKEN_PIPE = 141


class ReaderGoneError(Exception):
    """Whoever read our output has gone; click itself would call that a failure."""


class Commands(click.Group):
    """A group whose commands stand in a literal table."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that is meant."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as cause:
            raise ReaderGoneError from cause

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        assert ctx.command is self
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            near = _near(cmd_name)
            if near:
                ctx.fail(f"no such command '{cmd_name}'; did you mean '{near}'?")
            return None
        command: click.Command = import_module(f"mlrespond.cli.{COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their short helps, importing none of them."""
        assert ctx.command is self
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _near(name: str) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, COMMANDS, n=1)), "")


@click.command(
    cls=Commands,
    epilog="Start with: mlir demo. Exit codes: mlir lifecycle --exit-codes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("-C", "--project", metavar="DIR", help="The project's folder (MLRESPOND_PROJECT).")
@click.option("--timeline", "timeline_", metavar="FILE", help="The timeline (MLRESPOND_TIMELINE).")
@click.option("--as", "claimed", metavar="HANDLE", help="Who you are; recorded as claimed.")
@click.version_option(__version__, prog_name="mlir")
@click.pass_context
def mlir(
    ctx: click.Context, project: str | None, timeline_: str | None, claimed: str | None
) -> None:
    """Respond to incidents of models in production, and keep the truth about them."""
    known = {"project": project, "timeline": timeline_, "claimed": claimed}
    ctx.ensure_object(dict).update(known)


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    # no plugin of pydantic's is of use here, and looking for them costs a quarter of its import
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show must not end us
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Return the exit code of a command line."""
    known: dict[str, object] = {}
    try:
        code = mlir.main(args=args, prog_name="mlir", standalone_mode=False, obj=known)
    except click.exceptions.Abort:
        return _INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _USAGE
    except click.ClickException as error:
        return _told(_in_our_words(error), _sink(known), as_json=_wants_json(args))
    except Error as error:
        return _told(error, _sink(known), as_json=_wants_json(args))
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return _INTERRUPTED
    except ReaderGoneError:
        return _gone()
    except SystemExit as end:
        return _code(end.code)  # click ends so when it has answered a completion
    except Exception as error:  # noqa: BLE001  # the last handler: a bug of ours must not look like a result
        return _bug(error, _sink(known))
    return _code(code)


def _code(code: object) -> int:
    return code if isinstance(code, int) else 0


def _gone() -> int:
    """Say nothing more, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _BROKEN_PIPE


def _wants_json(args: list[str]) -> bool:
    return not {"--json", "--jsonl"}.isdisjoint(args)


def _in_our_words(error: click.ClickException) -> Error:
    from mlrespond.errors import UsageError

    told = error.format_message().split("Choose from:")[0].strip().removesuffix(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    where = context.command_path if context else "mlir"
    return UsageError(told[:1].lower() + told[1:], hint=f"{where} --help")


def _sink(known: dict[str, object]) -> Callable[[str], str]:
    """Return what an error's text passes: errors may quote a server that quotes a secret."""
    from mlrespond.model.text import printable

    redact = known.get("redact")
    return (lambda text: printable(str(redact(text)))) if callable(redact) else printable


def _told(error: Error, shown: Callable[[str], str], *, as_json: bool) -> int:
    message, hint = shown(error.message), shown(error.hint)
    if as_json:
        import json

        told = {"schema": "mlrespond/error/v1", "code": error.code, "message": message}
        click.echo(json.dumps({**told, "hint": hint}), err=True)
        return error.exit_code
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"  help: {hint}", err=True)
    return error.exit_code


def _bug(error: Exception, shown: Callable[[str], str]) -> int:
    if os.environ.get("MLRESPOND_DEBUG"):
        import traceback

        click.echo(shown(traceback.format_exc()), err=True)
    said = shown(f"{type(error).__name__}: {error}")
    click.echo(f"error: a bug in mlrespond {__version__}: {said}", err=True)
    click.echo("  help: set MLRESPOND_DEBUG=1 to see where, and report it", err=True)
    return EXIT_BUG
