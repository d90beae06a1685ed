"""What only reads files reaches no network, starts no process, and reads no secret."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.hostile.town import Town

GUARD = """
import sys
FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec",
             "os.posix_spawn", "os.fork", "urllib.Request")
def watch(event, args):
    if event in FORBIDDEN or (event == "open" and "secrets/key" in str(args[0])):
        sys.stderr.write(f"REACHED {event} {args}\\n")
        sys.stderr.flush()
        import os
        os._exit(99)
sys.addaudithook(watch)
from mlrespond.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def guarded(town: Town, *args: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", GUARD, "-C", str(town.folder), *args]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["lint", "match", "show", "schema"])
def test_a_command_that_reads_files_reaches_nothing_else(town: Town, name: str) -> None:
    serving = town.definition["serving"]
    assert isinstance(serving, dict)
    town.definition["serving"] = {**serving, "auth": {"bearer": "file:secrets/key"}}
    town.settle()
    town.write("secrets/key", "tok-9f3A-b7Zq")
    more = {"match": [str(town.folder / "alert.json")], "show": ["look-and-move"]}

    said = guarded(town, name, *more.get(name, []), *(["runbook"] if name == "schema" else []))

    assert said.returncode == 0, said.stderr


def test_the_guard_sees_a_command_that_does_reach_out(town: Town) -> None:
    assert guarded(town, "diagnose").returncode == 99


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../../b", "/etc/passwd", "..", "a\x1b[1m"])
def test_a_runbook_name_is_no_path(town: Town, name: str) -> None:
    for args in (("show", name), ("respond", "--no-input", "--runbook", name)):
        said = town.mlir(*args)

        assert said.code == 2, said.all
        assert "root:" not in said.all
        assert "\x1b" not in said.all
