"""Looking without an incident: what counts as the present when nobody says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rig import SERVICE, rig
from tests.usecases.written import BAD_HISTORY, bad_world

from mlrespond.model.instant import iso
from mlrespond.model.reading import Edges, Profile, Window
from mlrespond.testing.clock import START
from mlrespond.testing.steady import SteadySignals
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


class Young(SteadySignals):
    """Signals of a service whose log begins a minute ago."""

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        """Return no rows of a time before the log."""
        if window.until <= START - timedelta(seconds=60):
            return Profile(window=window, n=0)
        return super().profile(window, version, edges)


def test_a_short_past_is_halved() -> None:
    here = rig(history=((-60.0, "2"),), signals=Young())

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.yields["onset"] == iso(START - timedelta(seconds=30))


@pytest.mark.parametrize("history", [(), ((-60.0, "2"),)])
def test_a_log_knows_a_past_that_nobody_saw(history: tuple[tuple[float, str], ...]) -> None:
    here = rig(history=history)

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.verdict == "pass"
    assert found.yields["onset"] == iso(START - PRESENT)


def test_without_a_past_it_cannot_be_told() -> None:
    here = rig(history=(), signals=Young())

    found = inspect(here.app, "diagnose", SERVICE, {}).found

    assert found.verdict == "inconclusive"
    assert "a release is not ruled out" in str(found.yields["findings"])


def test_what_was_said_counts() -> None:
    here = rig(world=bad_world(), history=BAD_HISTORY)
    began = START - timedelta(seconds=60)

    found = inspect(here.app, "diagnose", SERVICE, {}, began).found

    assert found.yields["onset"] == iso(began)
