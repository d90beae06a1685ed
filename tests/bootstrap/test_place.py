"""Where things are: options before variables, variables before the nearest project."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemClock
from mlrespond.bootstrap.place import caller, must_be_there, open_timeline, place
from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Actor
from mlrespond.usecases.note import note

AT_ONCE = "services: {}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder two levels down, which is where we stand."""
    folder = tmp_path / "models"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "mlir.yaml").write_text(AT_ONCE)
    monkeypatch.chdir(folder / "src" / "deep")
    return folder


def test_the_nearest_project_above_is_ours(project: Path) -> None:
    found = place()

    assert found.folder == project
    assert found.settings == project / "mlir.yaml"
    assert found.timeline == project / ".mlir" / "timeline.db"


def test_without_a_project_it_is_where_we_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert place().folder == tmp_path


def test_an_option_comes_before_a_variable(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("option", "variable"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("MLRESPOND_PROJECT", str(tmp_path / "variable"))
    monkeypatch.setenv("MLRESPOND_TIMELINE", str(tmp_path / "variable.db"))

    assert place().folder == tmp_path / "variable"
    assert place().timeline == tmp_path / "variable.db"
    assert place(str(project), str(tmp_path / "option.db")).folder == project
    assert place(str(project), str(tmp_path / "option.db")).timeline == tmp_path / "option.db"
    assert place(str(tmp_path / "option")).timeline == tmp_path / "variable.db"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        place(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("timeline: data/t.db\n", "data/t.db"),
        ("timeline: data/t.db   # where it is\n", "data/t.db"),
        ('timeline: "data/t.db"\n', "data/t.db"),
        ("timeline: 'data/#1.db'\n", "data/#1.db"),
        ("{timeline: data/t.db}\n", "data/t.db"),
        ("services:\n  timeline: {owner: x}\n", ".mlir/timeline.db"),
        ("# timeline: other.db\n", ".mlir/timeline.db"),
        ("timeline: >-\n  data/t.db\n", "data/t.db"),
        ("timeline: 7\n", "7"),
        ("", ".mlir/timeline.db"),
    ],
)
def test_the_settings_name_the_timeline(written: str, found: str, project: Path) -> None:
    (project / "mlir.yaml").write_text(written)

    assert place().timeline == project / found


def test_a_timeline_elsewhere_is_taken_as_it_is(project: Path, tmp_path: Path) -> None:
    (project / "mlir.yaml").write_text(f"timeline: {tmp_path}/shared.db\n")

    assert place().timeline == tmp_path / "shared.db"


def test_private_state_is_apart_for_each_timeline(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = place(str(project)), place(str(project), str(tmp_path / "other.db"))

    assert one.state != other.state
    assert one.state == place(str(project)).state
    assert one.state.is_relative_to(tmp_path / "home-state" / "mlrespond")
    assert not one.state.is_relative_to(project)
    monkeypatch.setenv("MLRESPOND_STATE", str(tmp_path / "elsewhere"))
    assert place(str(project)).state.parent == tmp_path / "elsewhere"


def test_who_calls_is_claimed_or_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "dana")

    assert caller() == Actor("dana", "os")
    assert caller("ana") == Actor("ana", "claimed")
    monkeypatch.setenv("MLRESPOND_AS", "ben")
    assert caller() == Actor("ben", "claimed")
    assert caller("ana") == Actor("ana", "claimed")


def test_whoever_only_reads_makes_no_timeline(project: Path) -> None:
    found = place()

    with pytest.raises(NotRecordedError) as told:
        must_be_there(found)

    assert str(found.timeline) in told.value.message
    assert "mlir -C DIR" in told.value.hint
    assert not (project / ".mlir").exists()


def test_a_timeline_that_is_there_is_read(project: Path) -> None:
    found = place(str(project))
    timeline = open_timeline(found)
    note(timeline, "INC-0001", "seen", actor=Actor("ana", "os"), at=SystemClock().now())
    timeline.close()

    again = open_timeline(must_be_there(found))

    assert [event.summary for event in again.read("incident:INC-0001")] == ["seen"]
    again.close()
