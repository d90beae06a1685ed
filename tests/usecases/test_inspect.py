"""Looking without an incident: what counts as the present when nobody says."""

from __future__ import annotations

from datetime import timedelta

from tests.rig import SERVICE, rig
from tests.usecases.written import BAD_HISTORY, bad_world

from mlrespond.model.instant import iso
from mlrespond.testing.clock import START
from mlrespond.usecases.inspect import PRESENT, inspect


def test_the_present_begins_at_the_last_release() -> None:
    here = rig(world=bad_world(), history=BAD_HISTORY)

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.verdict == "fail"
    assert found.yields["top"] == "bad_release"
    assert found.yields["onset"] == iso(START + timedelta(seconds=BAD_HISTORY[-1][0]))


def test_the_present_is_a_while_where_nothing_was_released() -> None:
    here = rig(history=((-90_000.0, "2"),))

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.verdict == "pass"
    assert found.yields["onset"] == iso(START - PRESENT)


def test_a_short_past_is_halved() -> None:
    here = rig(history=((-60.0, "2"),))

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.yields["onset"] == iso(START - timedelta(seconds=30))


def test_without_a_past_the_present_is_now() -> None:
    here = rig(history=())

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.verdict == "inconclusive"
    assert found.yields["onset"] == iso(START)


def test_what_was_said_counts() -> None:
    here = rig(world=bad_world(), history=BAD_HISTORY)
    began = START - timedelta(seconds=60)

    found = inspect(here.app, "diagnose", SERVICE, {}, began).found

    assert found.yields["onset"] == iso(began)
