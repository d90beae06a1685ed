"""What a team wrote comes before what the product ships."""

from __future__ import annotations

from pathlib import Path

from mlrespond.authoring.lint import lint, load_spec
from mlrespond.bootstrap.authored import authored_files, library, vocabulary


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def test_what_the_product_ships_lints_clean(tmp_path: Path) -> None:
    runbooks = [(str(one), one.read_bytes()) for one in library("runbooks").glob("*.yaml")]
    playbooks = [(str(one), one.read_bytes()) for one in library("playbooks").glob("*.md")]
    files = authored_files(tmp_path)

    assert len(runbooks) >= 6
    assert len(playbooks) >= 6
    assert [one for one in lint(files, vocabulary()) if one.level == "error"] == []
    for path, _ in runbooks:
        assert load_spec(files, Path(path).stem, vocabulary()).name == Path(path).stem


def test_a_teams_runbook_hides_the_shipped_one(tmp_path: Path) -> None:
    title = "Our own way back"
    mine = f"runbook: bad-release\ntitle: {title}\nmitigated_when: run.id is none\nsteps: []\n"
    write(
        tmp_path,
        "runbooks/bad-release.yaml",
        mine.replace("[]", "[{id: over, end: {as: no_fault}}]"),
    )

    found = load_spec(authored_files(tmp_path), "bad-release", vocabulary())

    assert found.title == title
    assert found.source == "runbooks/bad-release.yaml"


def test_a_teams_playbook_hides_the_shipped_one(tmp_path: Path) -> None:
    write(tmp_path, "playbooks/drift.md", "---\nplaybook: drift\n---\n")

    names = [path for path, _ in authored_files(tmp_path).playbooks if path.endswith("drift.md")]

    assert names == ["playbooks/drift.md"]


def test_services_may_stand_in_files_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, "mlir.yaml", "timeline: t.db\n")
    write(tmp_path, "services/one.yaml", "services: {}\n")
    write(tmp_path, "services/two.yaml", "services: {}\n")

    paths = [path for path, _ in authored_files(tmp_path).project]

    assert paths == ["mlir.yaml", "services/one.yaml", "services/two.yaml"]


def test_no_name_leads_out_of_the_library(tmp_path: Path) -> None:
    files = authored_files(tmp_path)

    assert files.library("bad-release") is not None
    assert files.library("../playbooks/drift") is None
    assert files.library("nothing") is None
