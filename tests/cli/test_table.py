"""Every command of the table helps, shows an example, and prints JSON where it reads."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from importlib import import_module

import click
import pytest
from tests.cli.shop import BACK, SERVICE, Shop

from mlrespond.cli.main import mlir, run
from mlrespond.cli.table import COMMANDS

LAB = ("up", "break", "mend", "status", "down")
ASKED_FOR = {
    "init", "demo", "lab", "respond", "plan", "resume", "tick", "approve", "deny", "stop", "undo",
    "clear",
    "diagnose", "compare", "match", "incidents", "ack", "note", "severity", "mitigate", "resolve",
    "reopen", "merge", "timeline", "at", "watch", "postmortem", "audit", "erase", "lint", "show",
    "schema", "lifecycle", "completion",
}  # fmt: skip
READING = {
    "respond": ("--runbook", "back"),
    "plan": ("--runbook", "back"),
    "tick": (),
    "diagnose": (),
    "compare": (),
    "match": ("alert.json",),
    "incidents": (),
    "timeline": (),
    "at": ("now", SERVICE),
    "postmortem": ("-o", "post"),
    "audit": (),
    "lint": (),
    "show": ("back",),
    "lifecycle": (),
}


def test_the_table_has_every_command_that_was_asked_for() -> None:
    assert set(COMMANDS) >= ASKED_FOR


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_helps_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0

    told = capsys.readouterr()
    assert told.out.startswith(f"Usage: mlir {name}")
    assert f"mlir {name}" in told.out.partition("Example")[2]
    assert max(len(line) for line in told.out.splitlines()) <= 80
    assert told.err == ""


@pytest.mark.parametrize("name", LAB)
def test_a_lab_command_helps_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", name, "--help"]) == 0

    assert f"mlir lab {name}" in capsys.readouterr().out.partition("Example")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_a_command_line_that_parses(name: str) -> None:
    command = import_module(f"mlrespond.cli.{COMMANDS[name][0]}").command
    example = " ".join(command.help.partition("Example")[2].partition(":")[2].split())
    lines = [one for one in example.replace("|", "&&").split("&&") if " mlir " in f" {one} "]

    assert lines
    for one in lines:
        words = shlex.split(one.partition("mlir ")[2].partition(">")[0])
        with click.Context(mlir, info_name="mlir") as context:
            _, found, rest = mlir.resolve_command(context, _after_options(words))
            assert found is not None
            if not isinstance(found, click.Group):
                found.make_context(found.name, rest, parent=context)


def _after_options(words: list[str]) -> list[str]:
    return words[2:] if words[0] == "-C" else words


@pytest.mark.parametrize("name", READING)
def test_a_reading_command_prints_one_json_document(
    name: str, shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    shop.alert()
    if name != "respond":
        shop.mlir("respond", "--runbook", "back", "--no-input")
        capsys.readouterr()

    shop.mlir(name, *READING[name], "--json")

    document = json.loads(capsys.readouterr().out)
    assert document["schema"].startswith("mlrespond/")
    assert document["schema"].endswith("/v1")


@pytest.mark.parametrize("name", [*READING, "resume", "undo"])
def test_every_reading_command_takes_json(name: str) -> None:
    command = import_module(f"mlrespond.cli.{COMMANDS[name][0]}").command

    for one in getattr(command, "commands", {"": command}).values():
        assert "--json" in {option for parameter in one.params for option in parameter.opts}


@pytest.mark.parametrize(
    ("args", "said", "hint"),
    [
        (["respnd"], "no such command 'respnd'; did you mean 'respond'?", "mlir --help"),
        (["foo"], "no such command 'foo'", "mlir --help"),
        (["--nope"], "no such option '--nope'", "mlir --help"),
        (["severity", "INC-1", "SEV9"], "'SEV9' is not one of", "mlir severity --help"),
        (["schema"], "missing argument '{runbook|playbook|project|event}'", "mlir schema --help"),
        (["mitigate"], "missing option '--reason'", "mlir mitigate --help"),
        (["-C", "/no/where", "tick"], "there is no folder /no/where", "see --project"),
        (["timeline", "--last", "0"], "0 is not in the range", "mlir timeline --help"),
        (["timeline", "--tz", "Mars"], "`Mars` is no time zone", "such as Europe/Berlin"),
        (["tick", "--every", "soon"], "`soon` is no duration", "write 250ms, 30s, 5m, 2h or 7d"),
        (["at", "noon", SERVICE], "`noon` is no ISO 8601 time", "`10m ago` or now"),
        (["at", "now", "nobody"], "`nobody` was never looked at", "mlir watch nobody"),
        (["respond", "nobody"], "there is no service `nobody`", f"known: {SERVICE}"),
        (["respond", "--runbook", "bak"], "there is no runbook `bak`", "did you mean `back`?"),
        (["respond", "--runbook", "back", "--set", "a"], "`a` is no input", "--set NAME=VALUE"),
        (["respond", "--runbook", "back", "--set", "a=1"], "there is no input `a`", "inputs: none"),
        (
            ["respond", "--runbook", "back", "--approve", "x"],
            "back has no step `x`",
            "steps: back",
        ),
        (["respond", "--alert", "nofile"], "nofile cannot be read: No such file", ""),
        (["respond", "--incident", "INC-7"], "there is no incident `INC-7`", "mlir incidents"),
        (["respond", "--plan", "nofile"], "nofile cannot be read", ""),
        (["respond", "--since", "today"], "`today` is no ISO 8601 time", "`10m ago` or now"),
        (["diagnose", "--check", "x"], "there is no check `x`", ""),
        (["diagnose", "nobody"], "there is no service `nobody`", f"known: {SERVICE}"),
        (["compare", "--metric", "x"], f"{SERVICE} has no objective `x`", "it has: golden"),
        (["compare", "--window", "x"], "`x` is no duration", ""),
        (["watch", "nobody"], "there is no service `nobody`", f"known: {SERVICE}"),
        (["lifecycle", "nobody"], "there is no service `nobody`", f"known: {SERVICE}"),
        (["show", "bak"], "there is no runbook `bak`", "did you mean `back`?"),
        (["note", "x", "-i", "INC-7"], "there is no incident `INC-7`", "mlir incidents"),
        (["ack", "INC-7"], "there is no incident `INC-7`", "mlir incidents"),
        (["approve"], "no incident is open", "mlir incidents --all"),
        (["postmortem", "INC-7"], "there is no incident `INC-7`", "mlir incidents"),
        (["erase", "x", "--reason", "y", "--yes"], "no event `x`", "mlir timeline INCIDENT --json"),
        (["timeline", "INC-7"], "there is no incident `INC-7`", "mlir incidents"),
        (["timeline", "--kind", "note"], "no event is of kind `note`", "there are: "),
        (["init", "."], "mlir.yaml is there already", "--force"),
        (["lab", "status", "--dir", "nolab"], "there is no lab in", "mlir lab up"),
    ],
)
def test_bad_input_is_told_with_what_helps(
    args: list[str],
    said: str,
    hint: str,
    shop: Shop,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shop.folder)
    before = {
        stream: len(shop.events(stream)) for stream in ("incident:INC-0001", f"service:{SERVICE}")
    }

    assert run(args) == 2

    told = capsys.readouterr()
    assert told.out == ""
    first, _, rest = told.err.partition("\n")
    assert first.startswith("error: ")
    assert said in first
    assert hint in rest
    assert before == {stream: len(shop.events(stream)) for stream in before}


def test_an_error_is_json_where_json_was_asked_for(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("diagnose", "nobody", "--json") == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err) == {
        "schema": "mlrespond/error/v1",
        "code": "usage",
        "message": "there is no service `nobody`",
        "hint": f"known: {SERVICE}",
    }


def test_a_mistyped_option_is_json_too(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("timeline", "--jsonl", "--nope") == 2

    assert json.loads(capsys.readouterr().err)["hint"] == "mlir timeline --help"


@pytest.mark.parametrize("args", [("timeline", "--follow"), ("tick", "--loop")])
def test_what_goes_on_is_no_document(
    args: tuple[str, ...], shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir(*args, "--json") == 2

    told = json.loads(capsys.readouterr().err)
    assert "is no one document" in told["message"]
    assert told["hint"] == "mlir timeline --follow --jsonl"


def test_reading_makes_no_timeline_in_the_wrong_folder(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = shop.folder.parent / "empty"
    empty.mkdir()

    for args in (["incidents"], ["timeline"], ["note", "x"], ["ack"], ["audit"], ["resume"]):
        assert run(["-C", str(empty), *args]) == 2
        told = capsys.readouterr().err
        assert f"there is no timeline at {empty}/.mlir/timeline.db" in told
        assert "mlir -C DIR" in told
    assert list(empty.iterdir()) == []


def test_without_a_project_it_is_said_how_to_make_one(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = shop.folder.parent / "empty"
    empty.mkdir()

    assert run(["-C", str(empty), "respond"]) == 2

    told = capsys.readouterr().err
    assert "no service is defined here" in told
    assert "mlir init" in told


def test_a_closed_pipe_is_no_failure_of_ours(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back", "--no-input")
    program = [sys.executable, "-m", "mlrespond", "-C", str(shop.folder)]
    with subprocess.Popen(
        [*program, "schema", "event"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None

        listing.stdout.close()

        assert listing.stderr.read() == b""
        assert listing.wait(180) == 141


def test_the_shop_lints_clean(shop: Shop) -> None:
    assert BACK in (shop.folder / "runbooks" / "back.yaml").read_text()
    assert shop.mlir("lint") == 0
