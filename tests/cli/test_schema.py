"""`mlir schema`: what it prints takes what the product ships, and what the timeline says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.authoring.fits import fits
from tests.cli.shop import Shop

from mlrespond.bootstrap.authored import library
from mlrespond.cli.main import run
from mlrespond.model.json import Json, Record, items, record, text


def printed(name: str, capsys: pytest.CaptureFixture[str]) -> Record:
    assert run(["schema", name]) == 0
    found: Record = json.loads(capsys.readouterr().out)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    return found


def loaded(text: str) -> Json:
    found: Json = json.loads(json.dumps(yaml.safe_load(text)))
    return found


@pytest.mark.parametrize(
    "path", sorted(library("runbooks").glob("*.yaml")), ids=lambda one: one.stem
)
def test_the_librarys_runbooks_fit(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = printed("runbook", capsys)

    assert fits(whole, whole, loaded(path.read_text()))
    assert not fits(whole, whole, loaded(path.read_text().replace("title:", "titel:", 1)))


@pytest.mark.parametrize(
    "path", sorted(library("playbooks").glob("*.md")), ids=lambda one: one.stem
)
def test_the_librarys_playbooks_fit(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = printed("playbook", capsys)
    front = path.read_text().split("---\n")[1]

    assert fits(whole, whole, loaded(front))
    assert not fits(whole, whole, loaded(front.replace("match:", "mach:", 1)))


def test_a_project_fits(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    whole = printed("project", capsys)
    written = (shop.folder / "mlir.yaml").read_text()

    assert fits(whole, whole, loaded(written))
    assert not fits(whole, whole, loaded(written.replace("owner:", "ownr:", 1)))


def test_every_recorded_event_has_its_variant(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--alert", str(shop.alert()), "--runbook", "back", "--approve", "all")
    capsys.readouterr()
    shop.mlir("timeline", "--all", "--json")
    events = json.loads(capsys.readouterr().out)["events"]

    kinds = [record(one) for one in items(printed("event", capsys)["oneOf"])]
    variants = {text(one["title"]): record(one["properties"]) for one in kinds}

    for event in events:
        data = record(variants[event["kind"]]["data"])
        required = {text(one) for one in items(data["required"])}
        assert required <= set(event["data"]) <= set(record(data["properties"]))
