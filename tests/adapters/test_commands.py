"""Commands without a shell, against real processes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from tests.adapters.ending import ended

from mlrespond.adapters.commands import KEPT, SystemCommands
from mlrespond.errors import AccessRefusedError, UnreachableError
from mlrespond.model.reading import Finished
from mlrespond.ports.service import Commands
from mlrespond.testing.contract.commands import CommandsContract


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


class TestSystemCommands(CommandsContract):
    @pytest.fixture
    def commands(self, tmp_path: Path) -> Commands:
        return SystemCommands(tmp_path)

    @pytest.fixture
    def echo(self) -> list[str]:
        return python("import sys; print('hello'); print('aside', file=sys.stderr)")

    @pytest.fixture
    def failing(self) -> list[str]:
        return python("import sys; print('no', file=sys.stderr); sys.exit(3)")

    @pytest.fixture
    def endless(self) -> list[str]:
        return python("import time; time.sleep(60)")

    @pytest.fixture
    def missing(self) -> list[str]:
        return ["no-such-command-of-mlrespond"]


@pytest.fixture
def commands(tmp_path: Path) -> SystemCommands:
    return SystemCommands(tmp_path, grace_s=0.3)


def test_the_environment_is_the_declared_one(
    commands: SystemCommands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter22")
    monkeypatch.setenv("LANG", "C.UTF-8")

    done = commands.run(python("import os; print(sorted(os.environ))"), {"MINE": "1"}, 20)

    assert set(eval(done.out)) - {"LC_CTYPE"} == {"HOME", "LANG", "MINE", "PATH"}  # noqa: S307  # of our own child


def test_arguments_are_no_shell(commands: SystemCommands, tmp_path: Path) -> None:
    words = ["$HOME", "; touch owned", "`id`", "a b", "*"]

    done = commands.run([*python("import sys; print(sys.argv[1:])"), *words], {}, 20)

    assert done.out.strip() == str(words)
    assert not (tmp_path / "owned").exists()


def test_our_input_is_not_theirs(commands: SystemCommands) -> None:
    assert commands.run(python("print(repr(input('')))"), {}, 20).code == 1


def test_a_command_runs_in_the_folder(commands: SystemCommands, tmp_path: Path) -> None:
    done = commands.run(python("import os; print(os.getcwd())"), {}, 20)

    assert done.out.strip() == str(tmp_path)


def test_a_folder_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        SystemCommands(tmp_path / "gone").run(python(""), {}, 20)


def test_what_may_not_be_executed_is_refused(commands: SystemCommands, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("echo")

    with pytest.raises(AccessRefusedError):
        commands.run([str(tmp_path / "script")], {}, 20)


def test_the_whole_group_ends_at_the_deadline(commands: SystemCommands, tmp_path: Path) -> None:
    child = "import time, os; open('child', 'w').write(str(os.getpid())); time.sleep(60)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    done = commands.run(python(program), {}, 1.0)

    assert done.timed_out
    pid = int((tmp_path / "child").read_text())
    assert ended(pid)


def test_who_ignores_term_is_killed(commands: SystemCommands) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print('ready', flush=True); time.sleep(60)"
    )
    began = time.monotonic()

    done = commands.run(python(program), {}, 0.7)

    assert (done.timed_out, done.code, done.out) == (True, -9, "ready\n")
    assert time.monotonic() - began < 20


def test_who_obeys_term_may_say_goodbye(commands: SystemCommands) -> None:
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(4));"
        " time.sleep(60)"
    )

    assert commands.run(python(program), {}, 0.7).code == 4


def test_a_long_output_keeps_head_and_tail(commands: SystemCommands) -> None:
    program = "print('first'); print('x' * 5_000_000); print('last')"

    done = commands.run(python(program), {}, 20)

    assert done.out.startswith("first\n")
    assert done.out.endswith("last\n")
    assert "bytes left out" in done.out
    assert len(done.out) < KEPT + 100


def test_output_that_is_no_text_is_told_all_the_same(commands: SystemCommands) -> None:
    done = commands.run(python("import os; os.write(1, b'\\xff\\n')"), {}, 20)

    assert done.out == "\ufffd\n"


DAEMON = """
import os, time
open("aside", "w").write(str(os.getpid()))
os.rename("aside", "child")
while not os.path.exists("stop"):
    time.sleep(0.01)
"""


def test_a_daemon_left_behind_is_not_waited_for_and_lives(
    commands: SystemCommands, tmp_path: Path
) -> None:
    program = (
        f"import subprocess, sys, os, time; subprocess.Popen([sys.executable, '-c', {DAEMON!r}]);"
        "\nwhile not os.path.exists('child'): time.sleep(0.01)\nprint('started')"
    )

    done = commands.run(python(program), {}, 20)

    assert done == Finished(code=0, out="started\n")
    pid = int((tmp_path / "child").read_text())
    assert not ended(pid, within_s=0)
    (tmp_path / "stop").touch()
    assert ended(pid)
