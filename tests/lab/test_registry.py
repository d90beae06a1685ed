"""The registry's folder."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlrespond.errors import InvalidInputError, NotThereError, UnreachableError
from mlrespond.lab.artefact import read_artefact
from mlrespond.lab.fit import examples, fit
from mlrespond.lab.model import Model
from mlrespond.lab.registry import LabRegistry


@pytest.fixture(scope="module")
def model() -> Model:
    return fit(examples(1, 60), seed=1, epochs=2)


@pytest.fixture
def registry(tmp_path: Path) -> LabRegistry:
    registry = LabRegistry(tmp_path / "registry")
    registry.create()
    return registry


def test_versions_are_numbered_and_read_back(
    registry: LabRegistry, model: Model, tmp_path: Path
) -> None:
    assert registry.add(model, {"mlir.key": "k"}, {"accuracy": 0.5}) == "1"
    assert registry.add(model, {}, {}) == "2"

    assert registry.versions() == ("1", "2")
    assert read_artefact(tmp_path / "registry", "2") == model
    told = json.loads((tmp_path / "registry/fraud-scorer/versions/1/version.json").read_text())
    assert told.pop("created_at").endswith("Z")
    assert told == {"name": "1", "tags": {"mlir.key": "k"}, "metrics": {"accuracy": 0.5}}


def test_versions_added_at_once_get_different_numbers(registry: LabRegistry, model: Model) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: registry.add(model, {}, {}), range(16)))

    assert sorted(map(int, names)) == list(range(1, 17))


def test_the_alias_moves_to_versions_there_are(registry: LabRegistry, model: Model) -> None:
    assert registry.wanted() is None
    registry.add(model, {}, {})

    registry.want("1")

    assert registry.wanted() == "1"
    with pytest.raises(NotThereError, match="no version `2`"):
        registry.want("2")


def test_a_version_is_found_by_its_key(registry: LabRegistry, model: Model) -> None:
    registry.add(model, {"mlir.key": "a"}, {})
    registry.add(model, {"mlir.key": "b"}, {})

    assert registry.with_key("b") == "2"
    assert registry.with_key("c") is None


@pytest.mark.parametrize("name", ["9", "..", "../../x", "", ".hidden"])
def test_an_unknown_version_is_not_there(
    registry: LabRegistry, model: Model, tmp_path: Path, name: str
) -> None:
    registry.add(model, {}, {})

    with pytest.raises(NotThereError):
        read_artefact(tmp_path / "registry", name)


def test_a_broken_artefact_is_refused(registry: LabRegistry, model: Model, tmp_path: Path) -> None:
    registry.add(model, {}, {})
    artefact = tmp_path / "registry/fraud-scorer/versions/1/model.json"

    artefact.write_text('{"bias": 1')
    with pytest.raises(InvalidInputError, match="not JSON"):
        read_artefact(tmp_path / "registry", "1")

    artefact.unlink()
    with pytest.raises(InvalidInputError):
        read_artefact(tmp_path / "registry", "1")


def test_a_registry_that_is_away_is_not_made_anew(
    registry: LabRegistry, model: Model, tmp_path: Path
) -> None:
    (tmp_path / "registry").rename(tmp_path / "away")

    with pytest.raises(UnreachableError):
        registry.add(model, {}, {})
    with pytest.raises(UnreachableError):
        registry.wanted()
    with pytest.raises(UnreachableError):
        read_artefact(tmp_path / "registry", "1")

    assert not (tmp_path / "registry").exists()
