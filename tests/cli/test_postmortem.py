"""`mlir postmortem`: a file that is made again without losing what people wrote into it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from tests.cli.shop import Shop

from mlrespond.render.postmortem import PARTS


@pytest.fixture
def incident(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Shop:
    shop.mlir("respond", "--alert", str(shop.alert()), "--runbook", "back", "--approve", "all")
    capsys.readouterr()
    return shop


def write(incident: Shop, *more: str) -> Path:
    folder = incident.folder / "post"
    assert incident.mlir("postmortem", "INC-0001", "-o", str(folder), *more) == 0
    return folder / "INC-0001.md"


def test_it_says_where_it_is_and_what_waits_for_people(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(incident)

    told = capsys.readouterr()
    assert told.out == f"wrote {path}\n"
    assert told.err == f"waiting for you: {', '.join(PARTS)}\n"
    assert path.read_text().startswith("# INC-0001: Golden cases fail\n")
    names = sorted(one.name for one in path.parent.iterdir())
    assert names == ["INC-0001.md", "INC-0001.svg"]


def test_what_people_wrote_is_kept_and_no_longer_waited_for(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(incident)
    asked = f"_{PARTS['impact']}_"
    path.write_text(path.read_text().replace(asked, "Nobody: it was caught in shadow."))
    incident.mlir("note", "TODO: alert earlier")
    capsys.readouterr()

    write(incident)

    text = path.read_text()
    assert "Nobody: it was caught in shadow." in text
    assert "- seed: alert earlier (note, [#" in text
    assert "impact" not in capsys.readouterr().err


def test_the_timeline_knows_of_the_copy(incident: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    before = incident.events()

    path = write(incident, "--json")

    (copy,) = incident.events("exports:INC-0001")
    told = json.loads(capsys.readouterr().out)
    assert copy.data["path"] == told["path"] == str(path)
    assert copy.data["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert copy.data["head"] == told["head"] == before[-1].hash
    assert incident.events() == before


def test_printing_it_writes_nothing(incident: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(incident)
    written = path.read_text()
    capsys.readouterr()

    assert incident.mlir("postmortem", "INC-0001", "--stdout") == 0

    assert capsys.readouterr().out == written
    assert len(incident.events("exports:INC-0001")) == 1


def test_a_file_that_cannot_be_read_is_not_written_over(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = incident.folder / "post"
    folder.mkdir()
    (folder / "INC-0001.md").write_bytes(b"\xff\xfe what somebody wrote")

    assert incident.mlir("postmortem", "-o", str(folder)) == 2

    assert "is there, but cannot be read" in capsys.readouterr().err
    assert (folder / "INC-0001.md").read_bytes() == b"\xff\xfe what somebody wrote"


def test_a_file_that_is_not_ours_is_not_written_over(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = incident.folder / "post"
    folder.mkdir()
    (folder / "INC-0001.md").write_text("# What I saw that night\n")

    assert incident.mlir("postmortem", "-o", str(folder)) == 2

    assert "marks are as they were" in capsys.readouterr().err
    assert (folder / "INC-0001.md").read_text() == "# What I saw that night\n"


@pytest.mark.parametrize(
    ("mark", "instead"),
    [
        ("<!-- mlir:human impact -->", ""),
        ("<!-- /mlir:human -->", ""),
        ("<!-- mlir:human impact -->", "<!-- mlir:human summary -->"),
    ],
)
def test_a_part_whose_marks_are_gone_is_not_lost(incident: Shop, mark: str, instead: str) -> None:
    path = write(incident)
    text = path.read_text().replace(mark, instead, 1)
    path.write_text(text)

    assert incident.mlir("postmortem", "INC-0001", "-o", str(path.parent)) == 2

    assert path.read_text() == text


def test_the_check_fails_until_people_have_written(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(incident)
    incident.mlir("note", "rolled back to 99")
    capsys.readouterr()

    assert incident.mlir("postmortem", "check", "INC-0001", "-o", str(path.parent)) == 1

    told = capsys.readouterr()
    assert told.out.splitlines()[: len(PARTS)] == [f"not written: {name}" for name in PARTS]
    assert "contradiction: note #" in told.out
    text = path.read_text()
    for name in PARTS:
        text = text.replace(f"_{PARTS[name]}_", f"What we say of {name}.")
    path.write_text(text)
    assert incident.mlir("postmortem", "check", "-o", str(path.parent), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["waiting"] == []
    assert any(one["kind"] == "contradiction" for one in found["doubts"])


def test_a_check_without_a_document_says_how_to_make_one(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert incident.mlir("postmortem", "check", "-o", str(incident.folder / "none")) == 1

    assert "is not there: mlir postmortem INC-0001 -o" in capsys.readouterr().err


@pytest.mark.parametrize("as_", ["md", "html", "json"])
def test_without_names_nobody_is_named_and_the_document_stays_as_it_is(
    as_: str, incident: Shop
) -> None:
    path = write(incident)
    own = "<!-- mlir:human own -->\nNo question was put to ana here.\n<!-- /mlir:human -->\n"
    path.write_text(path.read_text().replace(f"_{PARTS['well']}_", "ana was quick.") + own)
    written = path.read_text()

    write(incident, "--anonymise", "--format", as_)

    hidden = (path.parent / f"INC-0001.anonymous.{as_}").read_text()
    assert "was quick." in hidden
    assert "No question was put to" in hidden
    assert re.search(r"\bana\b", hidden) is None
    assert path.read_text() == written
    assert re.search(r"\bana\b", written)


def test_json_has_the_facts_and_what_people_wrote(incident: Shop) -> None:
    path = write(incident)
    path.write_text(path.read_text().replace(f"_{PARTS['well']}_", "It was quick."))

    write(incident, "--format", "json")

    told = json.loads((path.parent / "INC-0001.json").read_text())
    assert told["schema"] == "mlrespond/postmortem/v1"
    assert told["human"]["well"] == "It was quick."
    assert told["incident"]["id"] == "INC-0001"
    assert told["head"] == incident.events()[-1].hash


def test_the_page_takes_what_people_wrote_from_the_document(incident: Shop) -> None:
    path = write(incident)
    path.write_text(path.read_text().replace(f"_{PARTS['well']}_", "It was **quick**."))

    write(incident, "--format", "html")

    assert "It was <strong>quick</strong>." in (path.parent / "INC-0001.html").read_text()
