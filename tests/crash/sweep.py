"""Plays a scene once, then again and again, killed with SIGKILL at one moment after another.

`python -m tests.crash.sweep SCENE [TRIES]` writes one JSON line a point. Each life is a process of
its own, forked from this one.
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
from tests.crash.life import compose, live, outwait, stage
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


@dataclass(frozen=True, kw_only=True)
class Tries:
    """Which moments are tried: every `step`th from `first` on.

    With `twice`, the life that resumes is killed too, at so many moments drawn by a seed. With
    `afar`, every life is on a machine of its own: nobody can prove that another is dead.
    """

    first: int = 1
    step: int = 1
    twice: int = 0
    afar: bool = False


def main() -> None:
    scene, tries = SCENES[sys.argv[1]], Tries(**json.loads(sys.argv[2] if sys.argv[2:] else "{}"))
    for point in sweep(scene, tries):
        sys.stdout.write(json.dumps(asdict(point)) + "\n")
        sys.stdout.flush()


def sweep(scene: Scene, tries: Tries) -> Iterator[Point]:
    """Yield what became of each point."""
    with scratch() as folder:
        staged = folder / "staged"
        staged.mkdir()
        stage(scene, staged)
        warm_up(scene, staged, folder)
        whole, moments = undisturbed(scene, staged, folder)
        for at in range(tries.first, len(moments) + 1, tries.step):
            for second in _drawn(scene, at, len(moments), tries.twice):
                place = folder / "place"
                shutil.copytree(staged, place)
                yield _try(scene, place, [at, second], whole, afar=tries.afar)
                shutil.rmtree(place)


def _drawn(scene: Scene, at: int, moments: int, count: int) -> list[int]:
    if not count:
        return [0]
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


def _try(scene: Scene, place: Path, kills: list[int], whole: Outcome, *, afar: bool) -> Point:
    deaths = []
    for at in [*kills, *[0] * MOST_LIVES]:
        told = _life(scene, place, at, afar=afar)
        if told is not None:
            break
        deaths.append((place / "died").read_text())
    found = outcome(place)
    return Point(
        scene=scene.name,
        deaths=deaths,
        undecided=undecided(found.events),
        wrong=broken_laws(found, whole),
    )


def _life(scene: Scene, place: Path, at: int, *, afar: bool = False) -> list[str] | None:
    """Live once, to the end or to the death at a moment; return the moments, None if it died."""

    def lived() -> None:
        death = Death(at, place / "died")
        (outwait if afar else live)(scene, compose(scene, place, death, afar=afar))
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
