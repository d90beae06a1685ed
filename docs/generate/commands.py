"""The reference of commands: from click, as `mlir COMMAND --help` has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click
from docs.generate.markdown import code, codes, sentence, table

from mlrespond.cli.main import mlir
from mlrespond.cli.table import COMMANDS

# beside 0, and beside what any command may end with: 2, 3, and the code of an error
EXITS: Mapping[str, str] = {
    "demo": "as `respond`",
    "init": "",
    "lab": "",
    "respond": "1, 4, 5, 6, 7, 8, 130: how the run ended",
    "plan": "",
    "resume": "as `respond`",
    "tick": "the code that counts among its runs; a run that waits on is 0",
    "approve": "",
    "deny": "",
    "answer": "",
    "stop": "",
    "undo": "as `respond`",
    "clear": "",
    "diagnose": "1 something is wrong, 9 it cannot be told",
    "compare": "1 worse, 9 not enough to tell",
    "gate": "1 worse, 6 a hold of deploys stands, 9 not enough to tell",
    "profile": "1 nothing was logged in the window",
    "alerts": "1 a monitor does not answer, or --webhook and nothing fires",
    "match": "1 no playbook matches",
    "incidents": "",
    "ack": "",
    "note": "",
    "pin": "",
    "severity": "",
    "mitigate": "",
    "resolve": "1 it is not over, 9 it cannot be told",
    "reopen": "",
    "merge": "",
    "timeline": "",
    "at": "",
    "watch": "",
    "postmortem": "1 `check` found parts that nobody has written",
    "report": "",
    "blast": "",
    "actions": "",
    "export": "",
    "import": "1 no bundle; with --take-over as `respond`",
    "handover": "6 another process drives its run",
    "audit": "1 something is not right, or no bundle",
    "erase": "130 the question was answered with no",
    "lint": "2 there are mistakes",
    "show": "",
    "schema": "",
    "lifecycle": "",
    "completion": "",
}


def index() -> Iterator[str]:
    """Yield the table of all commands."""
    rows = [(f"[`{name}`](#mlir-{name})", about) for name, (_, about) in COMMANDS.items()]
    yield from table(("Command", "What it does"), rows)


def common() -> Iterator[str]:
    """Yield the options that stand before the command."""
    yield from _options(mlir)


def page() -> Iterator[str]:
    """Yield a section for each command."""
    with click.Context(mlir, info_name="mlir") as context:
        for name in mlir.list_commands(context):
            command = mlir.get_command(context, name)
            assert command is not None
            yield from _section(command, context, f"mlir {name}", "##")
            if isinstance(command, click.Group):
                yield from _members(command, context, name)
            exits = EXITS[name]
            if exits:
                yield from (f"Exit codes beside 0: {sentence(exits)}", "")


def _members(group: click.Group, parent: click.Context, name: str) -> Iterator[str]:
    with click.Context(group, parent=parent, info_name=name) as context:
        for member in group.list_commands(context):
            command = group.get_command(context, member)
            assert command is not None
            yield from _section(command, context, f"mlir {name} {member}", "###")


def _section(
    command: click.Command, parent: click.Context, title: str, level: str
) -> Iterator[str]:
    context = click.Context(command, parent=parent, info_name=title.rpartition(" ")[2])
    about, _, example = (command.help or "").partition("Example")
    yield from (f"{level} {title}", "")
    yield from (sentence(" ".join(about.split())), "")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from ("```text", f"{title} {pieces}", "```", "")
    yield from _options(command)
    if example:
        said, _, line = example.partition(": ")
        yield from (f"Example{said}:", "", "```sh", " ".join(line.split()), "```", "")


def _options(command: click.Command) -> Iterator[str]:
    rows = [_option(one) for one in command.params if isinstance(one, click.Option)]
    yield from table(("Option", "Default", "What it does"), rows)


def _option(option: click.Option) -> tuple[str, str, str]:
    names = codes([*option.opts, *option.secondary_opts])
    takes = "" if option.is_flag or option.count else f" {code(_takes(option))}"
    default = option.default if isinstance(option.default, str | int | float) else ""
    shown = "" if option.is_flag or default == "" else code(str(default))
    again = " May be given again." if option.multiple else ""
    return names + takes, shown, f"{sentence(option.help or '')}{again}"


def _takes(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(str(one) for one in option.type.choices)
    return option.type.name.upper()
