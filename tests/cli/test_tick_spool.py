"""`mlir tick` brings in what waits in the spool, and does the rest even while it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.cli.main import run


@pytest.fixture
def noted_while_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a project whose timeline was away while somebody noted something; it is back."""
    folder = tmp_path / "project"
    assert run(["init", str(folder)]) == 0
    timeline = folder / ".mlir" / "timeline.db"
    timeline.mkdir(parents=True)  # a folder where the file should be: even root cannot open that
    assert run(["-C", str(folder), "note", "the disk was full", "--incident", "INC-0001"]) == 0
    assert "in the spool" in capsys.readouterr().err
    return folder


def test_tick_brings_in_what_waits_in_the_spool(
    noted_while_away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (noted_while_away / ".mlir" / "timeline.db").rmdir()

    code = run(["-C", str(noted_while_away), "tick"])

    assert code == 0
    assert "1 event brought in from the spool" in capsys.readouterr().err
    assert run(["-C", str(noted_while_away), "timeline", "INC-0001"]) == 0
    assert "the disk was full" in capsys.readouterr().out


def test_a_second_tick_brings_in_nothing(
    noted_while_away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (noted_while_away / ".mlir" / "timeline.db").rmdir()
    run(["-C", str(noted_while_away), "tick"])
    capsys.readouterr()

    code = run(["-C", str(noted_while_away), "tick"])

    assert code == 0
    assert "spool" not in capsys.readouterr().err
