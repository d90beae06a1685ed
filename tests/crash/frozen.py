"""A worker is frozen with SIGSTOP, another takes over, the first is woken: what came of it.

`python -m tests.crash.frozen SCENE MOMENT [UNTIL]` writes one JSON object. The second responder
stops at UNTIL until the first is through; without it, it goes on to the end.
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
from tests.crash.outcome import Outcome, broken_laws, outcome
from tests.crash.scene import Scene
from tests.crash.scenes import SCENES
from tests.crash.sweep import scratch, undisturbed, warm_up

from mlrespond.engine.lease import LEASE_S
from mlrespond.errors import Error


@dataclass(frozen=True, kw_only=True)
class Thawed:
    """What came of it: exit codes, what the first wrote after it was woken, what the second did."""

    codes: tuple[int, int]
    woken: list[str]
    after: list[str]
    effects: list[str]
    again: list[str]
    wrong: list[str]


def main() -> None:
    name, moment, *until = sys.argv[1:]
    sys.stdout.write(json.dumps(asdict(thaw(SCENES[name], moment, *until))))


def thaw(scene: Scene, moment: str, until: str = "") -> Thawed:
    """Freeze one responder at a moment, let another take over, and wake the first."""
    with scratch() as folder:
        place = folder / "place"
        place.mkdir()
        stage(scene, place)
        warm_up(scene, place, folder)
        whole, _ = undisturbed(scene, place, folder)
        first = _begun(scene, place, Death(on=moment, by=signal.SIGSTOP), later_s=0)
        _until_stopped(first)
        second = _begun(scene, place, Death(on=until, by=signal.SIGSTOP), later_s=LEASE_S + 1)
        if until:
            _until_stopped(second)
        else:
            second_code = _code(second)
        before = len(outcome(place).events)
        os.kill(first, signal.SIGCONT)
        first_code = _code(first)
        if until:
            os.kill(second, signal.SIGCONT)
            second_code = _code(second)
        return _thawed((first_code, second_code), first, before, outcome(place), whole)


def _begun(scene: Scene, place: Path, death: Death, *, later_s: float) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        here = compose(scene, place, death)
        here.clock.advance(later_s)
        live(scene, here)
        code = 0
    except Error as error:
        code = error.exit_code
    finally:
        os._exit(code)


def _until_stopped(child: int) -> None:
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"it did not stop, but ended with {status}"


def _code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _thawed(
    codes: tuple[int, int], first: int, before: int, found: Outcome, whole: Outcome
) -> Thawed:
    later = found.events[before:]
    mine = [one for one in later if one.id.startswith(f"{first:08x}")]
    others = [one for one in later if one not in mine]
    return Thawed(
        codes=codes,
        woken=[f"late {one.kind}" if one.late else one.kind for one in mine],
        after=[one.kind for one in others],
        effects=found.effects,
        again=_repeated(found.effects),
        wrong=[one for one in broken_laws(found, whole) if "ended as" in one or "chain" in one],
    )


def _repeated(effects: list[str]) -> list[str]:
    return sorted({one for one in effects if effects.count(one) > 1})


if __name__ == "__main__":
    main()
