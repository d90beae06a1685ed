"""The ports of a service: built by kind, missing parts say so, secrets are read when used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.loopback import Loopback
from tests.adapters.replica import Replica

from mlrespond.adapters.exposition import Exposition
from mlrespond.adapters.files import LogFiles
from mlrespond.adapters.local import LocalRegistry
from mlrespond.adapters.open_inference import OpenInference
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.bootstrap.place import place
from mlrespond.bootstrap.ports import PortsBuilder
from mlrespond.errors import AccessRefusedError, UnsupportedError
from mlrespond.model.json import Json, Record
from mlrespond.model.service import Project
from mlrespond.ports.service import ServicePorts

FILE: Json = {"kind": "file", "path": "pages"}


@pytest.fixture
def server() -> Iterator[Loopback]:
    found = Loopback(Replica())
    yield found
    found.close()


def definition(url: str, **more: Json) -> Record:
    serving: Json = {
        "kind": "open_inference",
        "model": "fraud",
        "replicas": [{"name": "eu-1", "region": "eu", "url": url}],
        "probe": {"amount": 1.5},
        "auth": {"bearer": "env:SERVING_TOKEN"},
    }
    return {"owner": "ana", "serving": serving, **more}


def build(tmp_path: Path, known: Record, environ: dict[str, str] | None = None) -> ServicePorts:
    return builder(tmp_path, {} if environ is None else environ).of("fraud-scorer", known)


def builder(tmp_path: Path, environ: dict[str, str]) -> PortsBuilder:
    project = Project.model_validate(
        {
            "teams": {"ml": {"members": ["ana"]}, "ops": {"members": ["ben"], "page": FILE}},
            "people": {"ana": {"page": FILE}, "ben": {}},
            "chats": {"room": FILE},
        }
    )
    return PortsBuilder(place(str(tmp_path)), EnvSecrets(tmp_path, environ), project)


def test_each_kind_becomes_its_adapter(tmp_path: Path) -> None:
    known = definition(
        "http://127.0.0.1:9",
        registry={"kind": "local", "path": "registry", "model": "fraud"},
        metrics={"kind": "exposition", "targets": [{"name": "a", "url": "http://127.0.0.1:9/m"}]},
        predictions={"kind": "files", "path": "logs/*.jsonl"},
    )

    ports = build(tmp_path, known)

    assert isinstance(ports.registry, LocalRegistry)
    assert isinstance(ports.serving, OpenInference)
    assert isinstance(ports.metrics, Exposition)
    assert isinstance(ports.predictions, LogFiles)


def test_a_part_that_is_not_written_says_so_when_it_is_needed(tmp_path: Path) -> None:
    ports = build(tmp_path, definition("http://127.0.0.1:9"))

    with pytest.raises(UnsupportedError, match="fraud-scorer has no registry"):
        ports.registry.wanted()
    with pytest.raises(UnsupportedError, match="golden"):
        ports.cases.golden()


def test_the_same_definition_is_built_once(tmp_path: Path) -> None:
    found = builder(tmp_path, {})

    one = found.of("fraud-scorer", definition("http://127.0.0.1:9"))

    assert found.of("fraud-scorer", definition("http://127.0.0.1:9")) is one
    assert found.of("fraud-scorer", definition("http://127.0.0.1:8")) is not one
    assert found.of("other", definition("http://127.0.0.1:9")) is not one


def test_a_secret_is_read_when_it_is_used_and_not_before(tmp_path: Path, server: Loopback) -> None:
    environ: dict[str, str] = {}
    ports = build(tmp_path, definition(server.url), environ)
    assert ports.registry is not None

    with pytest.raises(AccessRefusedError, match="SERVING_TOKEN"):
        ports.serving.served("eu-1")
    environ["SERVING_TOKEN"] = "s3cr3t-token"

    assert ports.serving.served("eu-1").version == "6"
    assert server.seen[-1].headers["authorization"] == "Bearer s3cr3t-token"


def test_a_team_without_a_way_has_its_first_members(tmp_path: Path) -> None:
    ports = build(tmp_path, definition("http://127.0.0.1:9"))

    for name in ("ana", "ml", "ops"):
        ports.pager.page(f"INC-0001:{name}", name, "it hurts")
    with pytest.raises(UnsupportedError, match="nobody knows how to reach ben"):
        ports.pager.page("INC-0001:ben", "ben", "it hurts")

    written = "".join(one.read_text() for one in (tmp_path / "pages").rglob("*") if one.is_file())
    assert all(f"INC-0001:{name}" in written for name in ("ana", "ml", "ops"))
