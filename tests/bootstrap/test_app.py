"""The program put together: whose login it is, and one sink that every text passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.rig import Silent, Talker

from mlrespond.authoring.diagnostic import InvalidFileError
from mlrespond.bootstrap.app import Composed, compose
from mlrespond.bootstrap.place import place
from mlrespond.model.event import Actor
from mlrespond.ports.person import Approver, Progress
from mlrespond.usecases.note import note

SETTINGS = """
services:
  fraud-scorer:
    owner: ana
    serving:
      kind: open_inference
      model: fraud
      replicas: [{name: eu-1, region: eu, url: "http://127.0.0.1:9"}]
      auth: {bearer: env:SERVING_TOKEN}
people:
  ana: {login: [os:dana]}
"""


def put_together(folder: Path, *, claimed: str | None = None) -> Composed:
    def people(_: Callable[[str], str], me: Actor) -> tuple[Approver, Progress]:
        return Talker(actor=me), Silent()

    return compose(place(str(folder)), people, claimed=claimed)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGNAME", "dana")
    monkeypatch.setenv("SERVING_TOKEN", "s3cr3t-token")
    (tmp_path / "mlir.yaml").write_text(SETTINGS)
    return tmp_path


def test_a_login_is_the_person_it_belongs_to(project: Path) -> None:
    assert put_together(project).app.me == Actor("ana", "os")


def test_a_claim_stays_a_claim(project: Path) -> None:
    assert put_together(project, claimed="dana").app.me == Actor("dana", "claimed")


def test_a_login_that_nobody_has_stays_itself(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "eve")

    assert put_together(project).app.me == Actor("eve", "os")


def test_files_that_are_not_valid_are_told_with_every_mistake(project: Path) -> None:
    (project / "mlir.yaml").write_text("services: {a: {ownr: x}, b: {}}\n")

    with pytest.raises(InvalidFileError) as told:
        put_together(project)

    assert "mlir.yaml:1:16 unknown-key `ownr` is no key here" in told.value.message
    assert "mlir.yaml:1:29 missing-key `owner` is missing" in told.value.message


def test_a_secret_that_was_handed_out_never_reaches_the_timeline(project: Path) -> None:
    made = put_together(project)
    service = made.app.project.services["fraud-scorer"]
    ports = made.app.ports("fraud-scorer", service.model_dump(mode="json", exclude_none=True))
    said = "the server said s3cr3t-token"
    assert ports.serving.served("eu-1").version is None  # nothing listens; the secret was read

    note(made.timeline, "INC-0001", said, actor=made.app.me, at=made.app.clock.now())
    made.timeline.close()

    assert made.redact(said) == "the server said [secret]"
    stored = b"".join(one.read_bytes() for one in (project / ".mlir").iterdir())
    assert b"the server said" in stored
    assert b"s3cr3t-token" not in stored
