"""Many responders at once on one file: one holds the run, the others are sent away with exit 6."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pytest
from tests.crash.contention import Crowd
from tests.crash.scenes import SCENES
from tests.crash.swept import played
from tests.rig import Rig, rig

from mlrespond.model.event import Draft, Event
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.app import Store
from mlrespond.usecases.runner import Ended


@pytest.mark.parametrize("scene", ["bad-release", "own"])
def test_of_eight_responders_one_drives_and_the_others_exit_6(scene: str) -> None:
    found = Crowd(**json.loads(played("contention", scene, "8")))

    assert found.codes == [0, *[6] * 7]
    assert (found.incidents, found.runs, found.claims) == (1, 1, 1)
    assert found.wrong == []


def test_a_run_that_ends_while_another_would_claim_it_is_not_claimed_again() -> None:
    store = _Overtaken(FixedClock().now, CountingIds())
    scene = SCENES["telling"]

    def responder(pid: int) -> Rig:
        kept = cast("Store", store)
        here = rig(runbooks=scene.runbooks, store=kept, history=(), pid=pid)
        here.processes.dead = {1}
        return here

    with pytest.raises(_DiedError):
        responder(1).respond(runbook="telling", approve=("all",))
    store.before_claim = lambda: responder(2).resume()

    driven = responder(3).resume()

    assert isinstance(driven, Ended)
    kinds = [one.kind for one in store.read("incident:INC-0001")]
    assert kinds.count("run_ended") == 1
    assert kinds[-1] == "run_ended"


class _DiedError(Exception):
    """The first responder died."""


class _Overtaken(MemoryTimeline):
    """A timeline on which the first dies as it claims, and another is faster than the next."""

    before_claim: Callable[[], object] | None = None
    died = False

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if drafts[0].kind == "run_claimed" and not self.died:
            self.died = True
            super().append(drafts, expect)
            raise _DiedError
        if drafts[0].kind == "run_claimed" and self.before_claim:
            work, self.before_claim = self.before_claim, None
            work()
        return super().append(drafts, expect)
