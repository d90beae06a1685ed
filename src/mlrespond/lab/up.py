"""Starting a lab.

A lab needs a few seconds of history before it is broken: a version counts as healthy after three
seconds of good traffic, labels take up to four, and a comparison needs a window from before. Half a
minute is plenty.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mlrespond.adapters.durable import replace_file
from mlrespond.errors import InvalidInputError, UsageError
from mlrespond.lab.control import Control
from mlrespond.lab.down import stop_all
from mlrespond.lab.fit import examples, fit
from mlrespond.lab.folder import Folder
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model, accuracy
from mlrespond.lab.platform import Catalogue
from mlrespond.lab.playbooks import write_playbooks
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.settings import write_settings
from mlrespond.lab.start import start_replicas, start_router, start_traffic
from mlrespond.lab.state import LabState, known, load, locked, save
from mlrespond.lab.world import golden_cases
from mlrespond.model.codec import encode
from mlrespond.model.json import dump

GOOD_VERSION_ROWS = 3000

_FIRST_VERSION_ROWS = 300
_HELD_OUT_SEED = 90_125
_HELD_OUT_ROWS = 1500
_MOST_RATE = 500.0


def up(folder: Path, *, seed: int = 7, rate: float = 60.0) -> LabState:
    """Start a lab in a folder, and return when it serves traffic; about one second.

    What an earlier lab left there is removed, but for its timeline. Raises UsageError if a lab is
    up there, InvalidInputError for a folder with files of somebody else. If anything fails,
    everything that was started is stopped.
    """
    return raise_up(folder, LabState(phase="starting", seed=seed, rate=rate), _prepare_and_start)


def raise_up(folder: Path, state: LabState, begin: Callable[[Folder, LabState], None]) -> LabState:
    """Clear a folder, start a lab in it, and stop everything again if anything fails."""
    place = Folder(folder.resolve())
    if not 0 < state.rate <= _MOST_RATE:
        raise InvalidInputError(f"rate {state.rate:g} is not between 0 and {_MOST_RATE:g} a second")
    place.root.mkdir(parents=True, exist_ok=True)
    with locked(place):
        _clear(place)
        with ExitStack() as undo:
            undo.callback(stop_all, place)
            save(place, state)
            _prepare_files(place, state)
            begin(place, state)
            save(place, replace(known(place), phase="up"))
            undo.pop_all()
    return known(place)


def first_models(seed: int) -> tuple[Model, Model]:
    """Return the versions that a lab begins with: a first one, and a good one that is served."""
    rows = enumerate((_FIRST_VERSION_ROWS, GOOD_VERSION_ROWS), start=1)
    first, good = (fit(examples(seed + number, count), seed=seed) for number, count in rows)
    return first, good


def register(catalogue: Catalogue, model: Model) -> str:
    """Register a model as a release does, with the accuracy that its training saw."""
    held_out = examples(_HELD_OUT_SEED, _HELD_OUT_ROWS)
    # the defect is not in training, only at serving time: offline evaluation does not see it
    trained = replace(model, defect="none")
    metrics = {"accuracy": round(accuracy(trained, held_out), 4)}
    return catalogue.add(model, {}, metrics)


def _clear(folder: Folder) -> None:
    state = load(folder)
    if state is None:
        taken = [path.name for path in folder.disposable if path.exists()]
        if taken:
            raise InvalidInputError(
                f"{folder.root} holds `{taken[0]}`, which no lab has made",
                hint="give the lab a folder of its own",
            )
    elif state.running:
        raise UsageError(f"a lab is up in {folder.root}", hint="stop it first: mlir lab down")
    for path in folder.disposable:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _prepare_files(folder: Folder, state: LabState) -> None:
    for path in (folder.logs, folder.labels, folder.snapshots, folder.pages, folder.run):
        path.mkdir()
    cases = ({"row": row, "expected": label} for row, label in golden_cases())
    replace_file(folder.golden, "".join(f"{dump(case)}\n" for case in cases).encode())
    write_json(folder.control, encode(Control(seed=state.seed, rate=state.rate)))


def _prepare_and_start(folder: Folder, state: LabState) -> None:
    registry = LabRegistry(folder.registry)
    registry.create()
    for model in first_models(state.seed):
        register(registry, model)
    registry.want(registry.versions()[-1])
    start_replicas(folder, registry.versions())
    start_router(folder, known(folder))
    write_settings(folder, known(folder))
    write_playbooks(folder)
    start_traffic(folder, known(folder))
