"""Plays a scene once, then again and again, killed with SIGKILL at one moment after another.

`python -m tests.crash.sweep SCENE [FIRST [STEP [TWICE]]]` writes one JSON line a point. Each life
is a process of its own, forked from this one; with TWICE, the life that resumes is killed too, at
that many moments drawn by a seed.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.crash.death import Death
from tests.crash.life import compose, live, stage
from tests.crash.outcome import Outcome, broken_laws, outcome, undecided
from tests.crash.scene import Scene
from tests.crash.scenes import SCENES

MEMORY = Path("/dev/shm")  # noqa: S108  # SIGKILL leaves the page cache: memory is as good as a disk
MOST_LIVES = 6


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point that was tried: where it died, and what was wrong after it was resumed."""

    scene: str
    deaths: list[str]
    undecided: list[str]
    wrong: list[str]


def main() -> None:
    name = sys.argv[1]
    first, step, twice = (int(one) for one in [*sys.argv[2:], *"110"[len(sys.argv) - 2 :]])
    for point in sweep(SCENES[name], first, step, twice):
        sys.stdout.write(json.dumps(asdict(point)) + "\n")
        sys.stdout.flush()


def sweep(scene: Scene, first: int = 1, step: int = 1, twice: int = 0) -> Iterator[Point]:
    """Try every `step`th moment from `first` on; `twice` times each with a second death."""
    with scratch() as folder:
        staged = folder / "staged"
        staged.mkdir()
        stage(scene, staged)
        warm_up(scene, staged, folder)
        whole, moments = undisturbed(scene, staged, folder)
        for at in range(first, len(moments) + 1, step):
            seconds = [0] if not twice else _drawn(scene, at, len(moments), twice)
            for second in seconds:
                yield _try(scene, staged, folder, [at, second], whole)


def _drawn(scene: Scene, at: int, moments: int, count: int) -> list[int]:
    chance = random.Random(f"{scene.name} {at}")  # noqa: S311  # which points are tried, by seed
    return [chance.randint(1, max(2, moments - at)) for _ in range(count)]


def warm_up(scene: Scene, staged: Path, folder: Path) -> None:
    """Play it once in this very process, so that what is forked has imported all that it needs."""
    place = folder / "warm"
    shutil.copytree(staged, place)
    live(scene, compose(scene, place, Death()))
    for one in threading.enumerate():
        if one is not threading.current_thread():
            one.join()
    gc.collect()
    gc.freeze()  # what is never looked at again need not be copied at each fork


def undisturbed(scene: Scene, staged: Path, folder: Path) -> tuple[Outcome, list[str]]:
    """Return what comes of a scene when nobody dies, and the moments that there were."""
    place = folder / "undisturbed"
    shutil.copytree(staged, place)
    told = _life(scene, place, 0)
    assert told is not None
    found = outcome(place)
    assert found.final["endings"]["INC-0001.1"] == scene.ending, found.final["endings"]  # type: ignore[index, call-overload]  # runs by name
    wrong = broken_laws(found, found)
    assert not wrong, wrong
    assert not undecided(found.events)
    return found, told


def _try(scene: Scene, staged: Path, folder: Path, kills: list[int], whole: Outcome) -> Point:
    place = folder / "place"
    shutil.copytree(staged, place)
    deaths = []
    for at in [*kills, *[0] * MOST_LIVES]:
        told = _life(scene, place, at)
        if told is not None:
            break
        deaths.append((place / "died").read_text())
    found = outcome(place)
    wrong = broken_laws(found, whole)
    shutil.rmtree(place)
    return Point(scene=scene.name, deaths=deaths, undecided=undecided(found.events), wrong=wrong)


def _life(scene: Scene, place: Path, at: int) -> list[str] | None:
    """Live once, to the end or to the death at a moment; return the moments, None if it died."""

    def lived() -> None:
        death = Death(at, place / "died")
        live(scene, compose(scene, place, death))
        (place / "moments").write_text(json.dumps(death.moments))

    number = forked(lived)
    if number == -signal.SIGKILL:
        return None
    assert number == 0, f"{scene.name} at {at}: a life ended with {number}"
    moments: list[str] = json.loads((place / "moments").read_text())
    return moments


def forked(work: Callable[[], None]) -> int:
    """Do work in a process of its own; return its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  # whatever it is, it must not go on as the parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as name:
        yield Path(name)


if __name__ == "__main__":
    main()
