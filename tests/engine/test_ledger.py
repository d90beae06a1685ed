"""The ledger of a service: who served what when, what changed, and which versions were well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.story import START, recorded

from mlrespond.engine.ledger import (
    Ledger,
    changes,
    fold_ledger,
    healthy_versions,
    previous_version,
    spells,
)
from mlrespond.model.event import Event
from mlrespond.model.kind import Body
from mlrespond.model.service_kind import (
    ServiceLooked,
    StandingCleared,
    StandingSet,
    VersionCleared,
    VersionQuarantined,
    VersionSuspected,
)

HOUR_S = 3600.0


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def look(
    version: str | None,
    *,
    us: str | None = "same",
    well: bool = True,
    route: str = "primary",
    wanted: str | None = None,
) -> ServiceLooked:
    """Return a look at two replicas."""
    served: Mapping[str, str | None] = {"eu-1": version, "us-1": version if us == "same" else us}
    return ServiceLooked(
        wanted=wanted or version,
        served=served,
        objectives={"error_ratio": "pass" if well else "fail"},
        route=route,
    )


def ledger(*said: tuple[float, Body], incident: str | None = None) -> Ledger:
    """Return the ledger of what was said at which minute."""
    return fold_ledger("fraud", [event(one, minute, incident) for minute, one in said])


def watched(since: float, until: float, what: ServiceLooked) -> list[tuple[float, Body]]:
    """Return the looks of a watcher that goes on seeing the same."""
    return [(minute, what) for minute in range(int(since), int(until), 15)]


def event(what: Body, minute: float, incident: str | None = None, *, late: bool = False) -> Event:
    return recorded(what, 1, at(minute), stream="service:fraud", incident=incident, late=late)


def test_a_look_knows_the_version_only_if_all_replicas_serve_it() -> None:
    known = ledger((0, look("1")), (1, look("1", us="2")), (2, look("1", us=None)))

    assert [one.version for one in known.looks] == ["1", None, None]


def test_without_an_objective_that_was_judged_nothing_is_healthy() -> None:
    bare = ServiceLooked(wanted="1", served={"eu-1": "1"})

    known = ledger((0, look("1")), (1, look("1", well=False)), (2, bare))

    assert [one.healthy for one in known.looks] == [True, False, False]


def test_the_newest_look_and_the_newest_before_a_time_are_found() -> None:
    known = ledger((0, look("1")), (10, look("2")))

    assert known.last == known.looks[1]
    assert known.before(at(10)) == known.looks[1]
    assert known.before(at(9)) == known.looks[0]
    assert known.before(at(-1)) is None


def test_a_version_is_suspect_until_it_is_cleared() -> None:
    suspected = VersionSuspected(version="2", reason="rolled back in INC-1")
    quarantined = VersionQuarantined(version="2", reason="leaving it helped")

    known = ledger((0, suspected), (1, quarantined))
    assert (known.suspects, known.quarantined) == (
        {"2": "rolled back in INC-1"},
        {"2": "leaving it helped"},
    )

    cleared = ledger((0, suspected), (1, quarantined), (2, VersionCleared(version="2", reason="")))
    assert (cleared.suspects, cleared.quarantined) == ({}, {})


def test_what_stands_stands_until_it_is_cleared_and_says_since_when() -> None:
    drained = StandingSet(sort="drain", what="eu-1")
    switched = StandingSet(sort="switch", what="rules")

    known = ledger((0, drained), (1, switched), (2, StandingCleared(sort="drain", what="eu-1")))

    assert set(known.standing) == {"switch"}
    assert known.standing["switch"].since == at(1)


def test_to_end_one_s_own_hold_again_ends_no_other_s() -> None:
    held, ended = (
        StandingSet(sort="hold", what="deploy"),
        StandingCleared(sort="hold", what="deploy"),
    )
    said = ((held, "INC-1"), (held, "INC-2"), (ended, "INC-1"), (ended, "INC-1"))

    known = fold_ledger("fraud", [event(one, at, name) for at, (one, name) in enumerate(said)])

    assert set(known.standing) == {"hold:deploy"}


def test_there_is_one_switch_whatever_it_is_to() -> None:
    known = ledger(
        (0, StandingSet(sort="switch", what="rules")),
        (1, StandingSet(sort="switch", what="old")),
        (2, StandingCleared(sort="switch", what="primary")),
    )

    assert known.standing == {}


def test_a_version_that_appears_is_a_change_between_two_looks() -> None:
    known = ledger((0, look("1")), (10, look("2")))

    found = changes(known, at(0), at(60))

    versions = [one for one in found if one.what == "version"]
    assert [(one.before, one.to, one.after, one.at) for one in versions] == [
        ("1", "2", at(0), at(10))
    ]


def test_what_changed_while_a_look_was_under_way_changed_after_it_began() -> None:
    slow = replace(look("1"), began_at=at(1))
    known = ledger((9, slow), (10, look("2")))

    assert {one.after for one in changes(known, at(0), at(5))} == {at(1)}
    assert changes(known, at(0), at(0.5)) == ()


def test_a_wish_and_a_route_that_change_are_changes_too() -> None:
    known = ledger((0, look("1")), (10, look("1", wanted="2", route="rules")))

    assert {one.what for one in changes(known, at(0), at(60))} == {"wanted", "route"}


@pytest.mark.parametrize(
    ("since", "until", "counts"), [(11, 60, False), (10, 60, True), (-9, 0, True), (-9, -1, False)]
)
def test_a_change_counts_when_it_may_have_happened_in_the_stretch(
    since: int, until: int, *, counts: bool
) -> None:
    known = ledger((0, look("1")), (10, look("2")))

    assert bool(changes(known, at(since), at(until))) == counts


def test_a_replica_that_falls_silent_or_comes_back_is_no_release() -> None:
    known = ledger((0, look("1")), (1, look("1", us=None)), (2, look("1")))

    assert changes(known, at(0), at(60)) == ()


def test_a_spell_lasts_until_something_else_is_served() -> None:
    known = ledger((0, look("1")), (10, look("1", well=False)), (20, look("2")))

    found = spells(known, at(30))

    assert [(one.version, one.since, one.until, one.healthy_s) for one in found] == [
        ("1", at(0), at(20), 600.0),
        ("2", at(20), at(30), 600.0),
    ]


@pytest.mark.parametrize(("gap", "healthy_s"), [(15, 900.0), (30, 1800.0), (31, 0.0), (600, 0.0)])
def test_a_time_in_which_nobody_looked_again_is_not_seen_healthy(
    gap: float, healthy_s: float
) -> None:
    looked_again = ledger((0, look("1")), (gap, look("2")))
    never_again = ledger((0, look("1")))

    assert spells(looked_again, at(gap))[0].healthy_s == healthy_s
    assert spells(never_again, at(gap))[0].healthy_s == healthy_s


def test_looks_before_and_after_a_gap_count_and_the_gap_does_not() -> None:
    known = ledger(*watched(0, 30, look("1")), *watched(300, 330, look("1")), (330, look("2")))

    (first, _) = spells(known, at(330))

    assert (first.since, first.until, first.healthy_s) == (at(0), at(330), 45 * 60.0)


def test_time_in_an_incident_is_not_healthy() -> None:
    known = ledger((0, look("1")), incident="INC-1")

    assert spells(known, at(30))[0].healthy_s == 0.0


@given(
    st.lists(
        st.tuples(
            st.integers(1, 60), st.sampled_from(["1", "2", None]), st.booleans(), st.booleans()
        ),
        max_size=12,
    )
)
def test_spells_are_in_order_and_never_healthier_than_long(
    drawn: list[tuple[int, str | None, bool, bool]],
) -> None:
    minute, said = 0, []
    for gap, version, well, mixed in drawn:
        minute += gap
        said.append((float(minute), look(version, us="3" if mixed else "same", well=well)))

    found = spells(ledger(*said), at(minute + 5))

    for one, following in pairwise(found):
        assert one.until <= following.since
    for one in found:
        assert 0 <= one.healthy_s <= (one.until - one.since).total_seconds()


def healthy(known: Ledger, now: float, onset: float) -> tuple[list[str], dict[str, str]]:
    good, rejected = healthy_versions(known, at(now), HOUR_S, at(onset))
    return list(good), {one.candidate: one.reason for one in rejected}


def test_the_newest_version_that_was_well_for_long_enough_is_the_best() -> None:
    known = ledger(
        *watched(0, 100, look("1")), *watched(100, 200, look("2")), (200, look("3", well=False))
    )

    good, rejected = healthy(known, 210, 205)

    assert good == ["2", "1"]
    assert rejected == {"3": "seen healthy for 0 s, less than 3600 s"}


def test_a_version_that_is_suspect_or_quarantined_is_rejected_and_it_is_said_why() -> None:
    known = ledger(
        *watched(0, 100, look("1")),
        *watched(100, 200, look("2")),
        *watched(200, 310, look("3")),
        (300, VersionSuspected(version="2", reason="s")),
        (300, VersionQuarantined(version="1", reason="q")),
    )

    good, rejected = healthy(known, 310, 305)

    assert good == ["3"]
    assert rejected == {"2": "suspect: s", "1": "quarantined: q"}


def test_a_version_first_served_after_the_onset_is_rejected() -> None:
    known = ledger(*watched(0, 100, look("1")), (100, look("2")))

    good, rejected = healthy(known, 300, 50)

    assert good == ["1"]
    assert rejected == {"2": "first served after the onset"}


def test_a_version_served_again_after_the_onset_counts_by_its_time_before_it() -> None:
    known = ledger(
        *watched(0, 100, look("1")),
        (100, look("2", well=False)),
        (120, look("1", well=False)),
    )

    good, _ = healthy(known, 130, 110)

    assert good == ["1"]


def test_an_empty_ledger_knows_no_healthy_version() -> None:
    assert healthy(ledger(), 10, 5) == ([], {})


def previous(known: Ledger, current: str | None, onset: float = 500) -> str | None:
    found = previous_version(known, at(onset), current)
    return found.version if found else None


def test_the_previous_version_is_the_one_served_before_the_present_one() -> None:
    known = ledger((0, look("1")), (100, look("2")), (200, look("3")))

    assert previous(known, "3") == "2"
    assert previous(known, "2") == "1"
    assert previous(known, "1") is None


def test_a_version_judged_bad_is_no_previous_one() -> None:
    known = ledger(
        *watched(0, 100, look("1")),
        *watched(100, 200, look("2")),
        *watched(200, 310, look("3")),
        (300, VersionSuspected(version="2", reason="s")),
    )

    assert previous(known, "3") == "1"


def test_where_replicas_differ_the_previous_version_is_the_last_one_before_the_onset() -> None:
    known = ledger((0, look("1")), (100, look("1", us="2")), (600, look("9")))

    assert previous(known, None) == "1"


def test_what_was_erased_or_came_late_is_not_in_the_ledger() -> None:
    from tests.engine.story import erased

    events = [erased(event(look("1"), 0)), event(look("2"), 1, late=True)]

    assert fold_ledger("fraud", events).looks == ()
