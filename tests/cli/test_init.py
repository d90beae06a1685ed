"""`mlir init`: first files that lint clean, whose comments teach, and that nothing overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.cli.main import run

FILES = ["golden/golden.jsonl", "mlir.yaml", "playbooks/my-first.md", "runbooks/my-first.yaml"]


def written(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_what_it_writes_lints_clean_and_is_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "models"

    assert run(["init", str(folder), "--service", "fraud-scorer"]) == 0

    assert written(folder) == FILES
    told = capsys.readouterr()
    assert sorted(told.out.splitlines()) == sorted(f"wrote {folder / one}" for one in FILES)
    assert f"mlir -C {folder} lint" in told.err
    assert run(["-C", str(folder), "lint"]) == 0
    assert capsys.readouterr().err == "3 files, 0 mistakes\n"
    assert run(["-C", str(folder), "show", "my-first"]) == 0
    assert run(["-C", str(folder), "lifecycle"]) == 0
    assert "fraud-scorer (owner my-team)" in capsys.readouterr().out


def test_its_comments_name_the_next_command(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])

    settings = (tmp_path / "mlir.yaml").read_text()
    runbook = (tmp_path / "runbooks" / "my-first.yaml").read_text()
    assert "mlir lint" in settings
    assert "who is asked before anything changes" in settings
    assert "mlir show" in runbook
    assert "asks the owner first" in runbook
    assert "SERVICE" not in settings + runbook


def test_it_writes_over_nothing_unless_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mlir.yaml").write_text("mine: true\n")

    assert run(["init", str(tmp_path)]) == 2

    assert "error: mlir.yaml is there already" in capsys.readouterr().err
    assert written(tmp_path) == ["mlir.yaml"]
    assert (tmp_path / "mlir.yaml").read_text() == "mine: true\n"
    assert run(["init", str(tmp_path), "--force"]) == 0
    assert "mine" not in (tmp_path / "mlir.yaml").read_text()


@pytest.mark.parametrize("name", ["My Model", "a: {b}", "", "x/y", "-x"])
def test_a_name_that_is_none_writes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(tmp_path), f"--service={name}"]) == 2

    assert "such as fraud-scorer" in capsys.readouterr().err
    assert written(tmp_path) == []


def test_a_folder_that_cannot_be_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert run(["init", str(tmp_path / "file" / "deeper")]) == 2

    assert "cannot be written" in capsys.readouterr().err
