"""Many responders at once on one file: one drives, the others are told that it is held.

`python -m tests.crash.contention SCENE COUNT` writes one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.crash.death import Death
from tests.crash.life import compose, live, stage
from tests.crash.outcome import broken_laws, outcome
from tests.crash.scene import Scene
from tests.crash.scenes import SCENES
from tests.crash.sweep import scratch, undisturbed, warm_up

from mlrespond.errors import Error

LONGEST_S = 60


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What came of it: how each responder ended, and how the file differs from one responder's."""

    codes: list[int]
    incidents: int
    runs: int
    claims: int
    wrong: list[str]


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    sys.stdout.write(json.dumps(asdict(crowd(SCENES[name], count))))


def crowd(scene: Scene, count: int) -> Crowd:
    """Let responders begin at one moment; whoever comes to act waits until the others are gone."""
    signal.alarm(LONGEST_S)
    with scratch() as folder:
        place = folder / "place"
        place.mkdir()
        stage(scene, place)
        warm_up(scene, place, folder)
        whole, _ = undisturbed(scene, place, folder)
        start, go = os.pipe(), os.pipe()
        for _ in range(count):
            _begin(scene, place, start, go)
        os.close(start[0])
        os.close(start[1])  # they all read the end of the pipe now, and begin
        codes = [_next_code() for _ in range(count - 1)]
        os.close(go[1])
        codes.append(_next_code())
        found = outcome(place)
    kinds = [one.kind for one in found.events]
    return Crowd(
        codes=sorted(codes),
        incidents=kinds.count("incident_opened"),
        runs=kinds.count("run_requested"),
        claims=kinds.count("run_claimed"),
        wrong=broken_laws(found, whole),
    )


def _begin(scene: Scene, place: Path, start: tuple[int, int], go: tuple[int, int]) -> None:
    if os.fork():
        return
    code = 1
    try:
        os.close(start[1])
        os.close(go[1])
        here = compose(scene, place, Death())
        here.world.before = lambda _: _wait(go[0])
        _wait(start[0])
        live(scene, here)
        code = 0
    except Error as error:
        code = error.exit_code
    finally:
        os._exit(code)


def _wait(pipe: int) -> None:
    os.read(pipe, 1)


def _next_code() -> int:
    return os.waitstatus_to_exitcode(os.wait()[1])


if __name__ == "__main__":
    main()
