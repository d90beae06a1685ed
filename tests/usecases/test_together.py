"""Readings at the same time: in their order, each in its own place of the transcript, or late."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from tests.rig import SERVICE, rig

from mlrespond.errors import UnreachableError
from mlrespond.model.curve import Curve
from mlrespond.model.json import Json, items, parse, record
from mlrespond.testing.clock import START
from mlrespond.usecases.looking import bare_context
from mlrespond.usecases.recorder import Transcript, recorded, replayed
from mlrespond.usecases.together import concurrently
from mlrespond.verbs import examination
from mlrespond.verbs.diagnose import DiagnoseBody

LONG_S = 60.0
ENOUGH_S = 5.0  # for what takes milliseconds; what hangs is given no more


def transcript() -> Transcript:
    return Transcript(now=START, ledger_seq=0, incident_seq=0)


def test_all_are_under_way_at_once() -> None:
    meet = threading.Barrier(3)

    found = concurrently(transcript())(
        {name: partial(meet.wait, LONG_S) for name in ("a", "b", "c")}, LONG_S
    )

    assert sorted(found.values()) == [0, 1, 2]  # type: ignore[type-var]  # numbers
    assert list(found) == ["a", "b", "c"]


def test_one_that_hangs_is_late_and_the_others_count() -> None:
    never = threading.Event()

    tasks: dict[str, Callable[[], object]] = {
        "slow": partial(never.wait, LONG_S),
        "quick": lambda: True,
    }
    found = concurrently(transcript())(tasks, ENOUGH_S)
    never.set()

    assert found == {"slow": None, "quick": True}


class EndsMeanwhile(Transcript):
    """A transcript: what is late ends as soon as it is dropped, before anything else is asked."""

    def __init__(self, go_on: threading.Event) -> None:
        super().__init__(now=START, ledger_seq=0, incident_seq=0)
        self.go_on = go_on
        self.before = set(threading.enumerate())

    def drop(self, name: str) -> None:
        super().drop(name)
        self.go_on.set()
        for one in set(threading.enumerate()) - self.before:
            one.join(LONG_S)


@pytest.mark.parametrize("fails", [False, True])
def test_one_that_ends_once_it_was_dropped_stays_late(*, fails: bool) -> None:
    go_on = threading.Event()

    def late() -> str:
        go_on.wait(LONG_S)
        if fails:
            raise UnreachableError("too late")
        return "too late"

    assert concurrently(EndsMeanwhile(go_on))({"late": late}, 0.0) == {"late": None}


def test_a_curve_of_a_late_reading_is_not_kept() -> None:
    go_on = threading.Event()
    seen = EndsMeanwhile(go_on)
    quick, slow = (
        Curve(
            name=name,
            kind="ratio",
            side="current",
            since=START,
            until=START + timedelta(seconds=60),
            step_s=60.0,
            points=((START + timedelta(seconds=60), 1, 2),),
        )
        for name in ("quick", "slow")
    )

    def late() -> None:
        go_on.wait(LONG_S)
        seen.keep(slow)

    concurrently(seen)({"late": late}, 0.0)
    seen.keep(quick)
    seen.keep(quick)

    kept = record(parse(seen.evidence().content))["curves"]
    assert [record(one)["name"] for one in items(kept)] == ["quick"]


def test_the_first_error_is_raised_once_the_others_have_ended() -> None:
    done: list[str] = []

    def fail(name: str) -> None:
        raise UnreachableError(name)

    tasks: dict[str, Callable[[], object]] = {
        "a": partial(done.append, "a"),
        "b": partial(fail, "b"),
        "c": partial(fail, "c"),
    }
    with pytest.raises(UnreachableError, match="b"):
        concurrently(transcript())(tasks, LONG_S)
    assert done == ["a"]


def test_a_replay_gives_each_its_own_replies_and_finds_who_was_late() -> None:
    here = rig()
    ports = bare_context(here.app, SERVICE).ports
    seen = transcript()
    known = recorded(ports, seen)
    stuck, go_on = threading.Event(), threading.Event()

    def late() -> Json:
        known.registry.wanted()
        stuck.set()
        go_on.wait(LONG_S)
        return known.registry.wanted()

    tasks = {"late": late, "one": known.registry.wanted, "other": known.registry.wanted}
    found = concurrently(seen)(tasks, ENOUGH_S)
    assert stuck.wait(LONG_S)
    go_on.set()

    assert found == {"late": None, "one": "2", "other": "2"}
    assert sorted(str(record(one)["scope"]) for one in seen.calls) == ["one", "other"]
    again = recorded(replayed(seen.calls), transcript())
    wanted = again.registry.wanted
    replies = concurrently(transcript())({"late": wanted, "one": wanted, "other": wanted}, LONG_S)
    assert replies == found


def test_a_check_that_hangs_leaves_its_part_unknown() -> None:
    never = threading.Event()

    def one_hangs(
        tasks: Mapping[str, Callable[[], object]], limit_s: float
    ) -> Mapping[str, object | None]:
        assert limit_s == examination.CHECK_LIMIT_S
        return concurrently(seen)({**tasks, "latency": partial(never.wait, LONG_S)}, 2 * ENOUGH_S)

    here = rig()
    context = bare_context(here.app, SERVICE)
    seen = transcript()
    context = replace(context, ports=recorded(context.ports, seen), together=one_hangs)

    found = examination.examine(context, DiagnoseBody())
    never.set()

    late = [one for one in found.findings if one.kind == "latency"]
    assert [(one.verdict, one.said) for one in late] == [
        ("inconclusive", "the check `latency` took longer than 25s")
    ]
    assert found.verdict == "inconclusive"
