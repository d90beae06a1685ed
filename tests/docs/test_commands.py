"""Every command, option and variable is documented; every command line in a page can be read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import pytest
from docs.generate.commands import EXITS
from tests.docs.pages import DOCS, PAGES, ROOT, Block, all_blocks, anchors, name, prose

from mlrespond.cli.main import mlir
from mlrespond.cli.table import COMMANDS

_REFERENCE = DOCS / "reference" / "commands.md"
_CONFIGURATION = DOCS / "reference" / "configuration.md"
_INLINE = re.compile(r"`(?P<words>mlir (?!COMMAND)[^`]+)`")
_VARIABLE = re.compile(r"MLRESPOND_[A-Z]+")


def test_every_command_has_a_section() -> None:
    assert {f"mlir-{name}" for name in COMMANDS} <= anchors(_REFERENCE)


def test_every_command_says_how_it_ends() -> None:
    assert set(EXITS) == set(COMMANDS)


def test_every_command_stands_in_a_guide() -> None:
    pages = [ROOT / "README.md", DOCS / "getting-started.md", *DOCS.glob("guides/*.md")]
    told = "\n".join(page.read_text() for page in pages)

    missing = [name for name in COMMANDS if f"mlir {name}" not in told and f"`{name}`" not in told]

    assert not missing


@pytest.mark.parametrize("command", [one for _, one in sorted(COMMANDS.items())])
def test_command_and_its_options_say_what_they_do(command: tuple[str, str]) -> None:
    for one in _all(_loaded(command[0])):
        assert one.help, one.name
        for option in one.params:
            assert not isinstance(option, click.Option) or option.help, (one.name, option.name)


def test_every_variable_is_documented_and_read_by_something() -> None:
    told = set(_VARIABLE.findall(_CONFIGURATION.read_text()))
    read = {
        found
        for path in (ROOT / "src").rglob("*.py")
        for found in _VARIABLE.findall(path.read_text())
    }

    assert told == read


@pytest.mark.parametrize("block", all_blocks("sh"), ids=lambda one: one.id)
def test_command_lines_can_be_read(block: Block) -> None:
    for line in _command_lines(block.text):
        _parse(line)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_in_sentences_are_commands(page: Path) -> None:
    for _, line in prose(page):
        for found in _INLINE.finditer(line):
            command, context, rest = _resolved(shlex.split(found["words"].replace("…", "x")))
            command.make_parser(context).parse_args(rest)


def test_an_option_without_its_value_is_seen() -> None:
    command, context, rest = _resolved(["mlir", "demo", "--stack"])

    with pytest.raises(click.UsageError, match="--stack"):
        command.make_parser(context).parse_args(rest)


def _loaded(module: str) -> click.Command:
    with click.Context(mlir) as context:
        found = mlir.get_command(context, next(k for k, v in COMMANDS.items() if v[0] == module))
    assert found is not None
    return found


def _all(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for one in command.commands.values():
            yield from _all(one)


def _command_lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each call of `mlir`, between the operators of the shell."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        for operator, words in groupby(lexer, key=lambda one: set(one) <= set("|&;<>")):
            found = list(words)
            if not operator and found[0] == "mlir":
                yield found


def _parse(words: list[str]) -> None:
    """Read a command line as click does, and run nothing."""
    command, context, rest = _resolved(words)
    if not isinstance(command, click.Group):
        command.make_context(context.info_name, rest, parent=context.parent)


def _resolved(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """Return the command that is meant, its context, and what it is given."""
    command: click.Command = mlir
    context = click.Context(mlir, info_name="mlir")
    rest = words[1:]
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(rest)
        if not rest:
            break
        known, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=known)
    return command, context, rest
