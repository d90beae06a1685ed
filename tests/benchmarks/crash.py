"""How many points were tried at which a responder died, froze or met others.

`python -m tests.benchmarks.crash SCENE…` prints the table of some scenes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.benchmarks.heading import heading, rows
from tests.crash.contention import Crowd
from tests.crash.frozen import Thawed
from tests.crash.scenes import SCENES
from tests.crash.spooled import Left
from tests.crash.sweep import Point, Tries
from tests.crash.swept import played, swept

AT_ONCE = 10  # a point waits for threads and forks more than it computes
EVERY = 5  # moments, for a second death
FROZEN = (
    ("bad-release", "before activate", "after action_settled back"),
    ("bad-release", "after action_intended back", "after action_settled back"),
    ("bad-release", "before activate"),
)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A scene, killed once at every moment, and twice at some."""

    name: str
    once: list[Point]
    twice: list[Point]

    @property
    def cells(self) -> list[str]:
        """Return the scene's line of the table."""
        both = [*self.once, *self.twice]
        asked = sum(bool(one.undecided) for one in self.once)
        listed = len(SCENES[self.name].undecided)
        twice = sum(len(one.deaths) > 1 for one in self.twice)
        same = sum(not one.wrong for one in both)
        return [
            self.name,
            str(len(self.once)),
            str(twice),
            f"{same} of {len(both)}",
            f"{asked} of {listed} listed",
        ]


def table(names: Sequence[str] = tuple(SCENES)) -> str:
    """Sweep the scenes, all by default, and return how many points were tried."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        twice = {one: pool.submit(swept, one, Tries(step=EVERY, twice=1)) for one in names}
        once = {one: pool.submit(swept, one) for one in names}
    scenes = [Tried(name=one, once=once[one].result(), twice=twice[one].result()) for one in names]
    total = sum(len(one.once) + len(one.twice) for one in scenes)
    columns = ["scene", "SIGKILL once", "and again", "same end", "undecided"]
    lines = [one.cells for one in scenes]
    told = heading(f"Crash safety: {total} points in {len(names)} of {len(SCENES)} scenes")
    return (
        f"{told}\n{rows(columns, lines)}\n{rows(['besides', 'tried', 'as promised'], _besides())}"
    )


def _besides() -> Sequence[Sequence[str]]:
    spooled = [Left(**json.loads(one)) for one in played("spooled", "0", "1").splitlines()]
    whole = [one for one in spooled if not (one.lost or one.doubled or one.problems)]
    frozen = [Thawed(**json.loads(played("frozen", *one))) for one in FROZEN]
    well = [one for one in frozen if _only_late(one)]
    crowd = Crowd(**json.loads(played("contention", "bad-release", "8")))
    sent_away = crowd.codes.count(6)
    return [
        ["SIGKILL at a line of spooling and importing", str(len(spooled)), str(len(whole))],
        ["SIGSTOP, taken over, woken: a late event at most", str(len(frozen)), str(len(well))],
        ["responders at once: one drives, the others exit 6", "8", f"1 and {sent_away}"],
    ]


def _only_late(found: Thawed) -> bool:
    return not found.wrong and set(found.woken) <= {"late action_sent"}


if __name__ == "__main__":
    sys.stdout.write(table(sys.argv[1:] or tuple(SCENES)))
