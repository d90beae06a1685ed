"""`mlir completion`: scripts that a shell really takes, and what they offer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.shop import Shop

from mlrespond.cli.main import run
from mlrespond.cli.table import COMMANDS

SHELLS = ("bash", "zsh", "fish")
_CHECK = {"bash": ["-n"], "zsh": ["-n"], "fish": ["--no-execute"]}
MLIR = Path(sys.executable).parent / "mlir"


def ask(shell: str, words: str, at: int, *, last: str = "") -> list[str]:
    """Ask as a shell's script does; return what it offers."""
    environ = {
        **os.environ,
        "_MLIR_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": last if shell == "fish" else str(at),
    }
    done = subprocess.run(
        [sys.executable, "-m", "mlrespond"], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0

    told = capsys.readouterr()
    assert "_MLIR_COMPLETE" in told.out
    assert f"{shell}_complete" in told.out
    assert told.err == ""


@pytest.mark.parametrize("shell", [one for one in SHELLS if shutil.which(one)])
def test_its_shell_takes_the_script(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["completion", shell])
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)

    done = subprocess.run([shell, *_CHECK[shell], str(script)], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_are_offered(shell: str) -> None:
    offered = ask(shell, "mlir inc", 1, last="inc")

    assert "incidents" in " ".join(offered)
    assert "timeline" not in " ".join(offered)


def test_options_and_incidents_are_offered(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back")

    options = ask("bash", "mlir timeline --", 2)
    incidents = ask("bash", f"mlir -C {shop.folder} ack INC", 4)
    nothing = ask("bash", f"mlir -C {shop.folder.parent} ack INC", 4)

    assert {"plain,--follow", "plain,--search", "plain,--jsonl"} <= set(options)
    assert incidents == ["plain,INC-0001"]
    assert nothing == []


@pytest.mark.skipif(
    not (shutil.which("bash") and MLIR.exists()), reason="no bash, or not installed"
)
def test_bash_completes_a_typed_word(capsys: pytest.CaptureFixture[str]) -> None:
    run(["completion", "bash"])
    script = capsys.readouterr().out
    typed = f"{script}\nCOMP_WORDS=(mlir po); COMP_CWORD=1; _mlir_completion {MLIR}\n"

    done = subprocess.run(
        ["bash", "-c", typed + 'echo "${COMPREPLY[@]}"'],  # noqa: S607  # whichever bash is there
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "postmortem\n"


def test_every_command_is_offered() -> None:
    assert [one.removeprefix("plain,") for one in ask("bash", "mlir ", 1)] == list(COMMANDS)
