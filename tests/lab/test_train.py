"""Retraining: a window is frozen once, and a key trains one version."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlrespond.errors import InvalidInputError, UnreachableError
from mlrespond.lab import freeze, train
from mlrespond.lab.artefact import read_artefact
from mlrespond.lab.fit import examples
from mlrespond.lab.folder import Folder
from mlrespond.lab.model import accuracy
from mlrespond.lab.process import python
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.snapshot import read_snapshot, snapshot_name
from mlrespond.lab.world import QUARTER_TURN
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, dump

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WINDOW = ("--from", iso(START), "--to", iso(START + timedelta(minutes=5)))


def write(path: Path, lines: list[Json]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{dump(line)}\n" for line in lines))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A lab's folder with ten minutes of labelled predictions, one a second, after a drift."""
    predictions: list[Json] = []
    labels: list[Json] = []
    for second, (row, label) in enumerate(examples(3, 600, QUARTER_TURN)):
        served_at = iso(START + timedelta(seconds=second))
        told: Record = {"request_id": str(second), "served_at": served_at, "ok": second % 100 != 0}
        predictions.append({**told, **row})
        if second % 100 != 1:
            labels.append({"request_id": str(second), "y": label})
    write(tmp_path / "logs" / "predictions-eu-1.jsonl", predictions[::2])
    write(tmp_path / "logs" / "predictions-us-1.jsonl", predictions[1::2])
    write(tmp_path / "labels" / "labels.jsonl", labels)
    LabRegistry(tmp_path / "registry").create()
    return Folder(tmp_path)


def frozen(folder: Folder, key: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert freeze.main(["--folder", str(folder.root), *WINDOW, "--key", key]) == 0
    return capsys.readouterr().out.strip()


def test_a_window_is_frozen_with_its_labels_in_order(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    name = frozen(folder, "k1", capsys)

    assert name == "k1.jsonl"
    lines = [json.loads(line) for line in (folder.snapshots / name).read_text().splitlines()]
    seconds = [int(line["request_id"]) for line in lines]
    assert seconds == [second for second in range(300) if second % 100 not in {0, 1}]
    assert [(row["hour"], label) for row, label in read_snapshot(folder, name)] == [
        (line["hour"], line["y"]) for line in lines
    ]


def test_a_key_freezes_once(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    name = frozen(folder, "k1", capsys)
    before = (folder.snapshots / name).read_bytes()
    write(folder.labels / "more.jsonl", [{"request_id": "1", "y": "allow"}])

    assert frozen(folder, "k1", capsys) == name
    assert (folder.snapshots / name).read_bytes() == before
    assert (folder.snapshots / frozen(folder, "k2", capsys)).read_bytes() != before


def test_keys_of_runs_become_safe_and_different_names() -> None:
    names = {snapshot_name(key) for key in ("RUN:re/train:1", "RUN:re_train:1", "../x", "a" * 300)}

    assert len(names) == 4
    assert all("/" not in name and len(name) < 130 for name in names)


def test_a_window_without_labels_cannot_be_frozen(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.labels / "labels.jsonl").unlink()

    assert freeze.main(["--folder", str(folder.root), *WINDOW, "--key", "k"]) == 2

    assert "is labelled" in capsys.readouterr().err
    assert not folder.snapshots.exists()


def test_training_learns_the_snapshot_and_registers_it_with_its_key(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    name = frozen(folder, "k1", capsys)

    code = train.main(["--folder", str(folder.root), "--snapshot", name, "--key", "k1"])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == '{"version":"1"}'
    registry = LabRegistry(folder.registry)
    assert accuracy(read_artefact(folder.registry, "1"), examples(9, 1000, QUARTER_TURN)) > 0.9
    assert registry.wanted() is None
    version = folder.registry / "fraud-scorer" / "versions" / "1" / "version.json"
    told = json.loads(version.read_text())
    assert told["tags"] == {"mlir.key": "k1", "snapshot": name}
    assert 0.85 < told["metrics"]["accuracy"] <= 1


def test_a_key_trains_once_and_another_key_another_version(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    name = frozen(folder, "k1", capsys)

    versions = [train.train(folder, name, key) for key in ("k1", "k1", "k2", "k1")]

    assert versions == ["1", "1", "2", "1"]


@pytest.mark.live
def test_a_key_trains_once_even_when_asked_twice_at_once(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    name = frozen(folder, "k1", capsys)
    place = ("--folder", str(folder.root), "--snapshot", name, "--key", "k1")
    command = python("mlrespond.lab.train", *place)

    asked = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=120)[0] for process in asked]

    assert told == ['{"version":"1"}\n'] * 3
    assert LabRegistry(folder.registry).versions() == ("1",)


def test_what_cannot_be_learnt_from_is_refused(folder: Folder) -> None:
    rows: list[Json] = [{**row, "y": "allow"} for row, _ in examples(3, 100)]
    write(folder.snapshots / "alike.jsonl", rows)
    write(folder.snapshots / "few.jsonl", rows[:10])

    for name in ("alike.jsonl", "few.jsonl", "none.jsonl", "../state.json"):
        with pytest.raises(InvalidInputError):
            train.train(folder, name, "k")
    assert LabRegistry(folder.registry).versions() == ()


def test_without_the_registry_nothing_is_trained(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    name = frozen(folder, "k1", capsys)
    folder.registry.rename(folder.registry_away)

    with pytest.raises(UnreachableError):
        train.train(folder, name, "k1")
