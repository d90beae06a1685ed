"""A worker frozen with SIGSTOP and woken when another drives the run writes only a late event."""

from __future__ import annotations

import json

from tests.crash.frozen import Thawed
from tests.crash.swept import played


def _thawed(scene: str, moment: str, until: str = "") -> Thawed:
    told = json.loads(played("frozen", scene, moment, *([until] if until else [])))
    return Thawed(**{**told, "codes": tuple(told["codes"])})


def test_an_action_in_flight_is_told_late_and_the_service_is_verified_again() -> None:
    found = _thawed("back", "before activate", "after action_settled back")

    assert found.codes == (6, 0)
    assert found.woken == ["late action_sent"]
    assert found.after[:4] == ["look_taken"] * 3 + ["action_settled"]
    assert found.again == ["activate eu-1 2"]
    assert found.wrong == []


def test_one_that_has_not_acted_yet_does_nothing_and_writes_nothing() -> None:
    found = _thawed("back", "after action_intended back", "after action_settled back")

    assert found.codes == (6, 0)
    assert found.woken == []
    assert found.again == []
    assert found.wrong == []


def test_one_that_was_only_reading_writes_nothing() -> None:
    found = _thawed("back", "after action_sent back", "after action_settled back")

    assert found.codes == (6, 0)
    assert found.woken == []
    assert found.again == []
    assert found.wrong == []


def test_one_that_wakes_after_the_end_changes_no_ending() -> None:
    found = _thawed("bad-release", "before activate")

    assert found.codes == (6, 0)
    assert found.woken == ["late action_sent"]
    assert found.after == []
    assert found.wrong == []


def test_what_has_no_key_and_was_in_flight_happens_once_more_at_most() -> None:
    found = _thawed("telling", "before command", "after action_settled told")

    assert found.codes == (6, 0)
    assert found.woken == ["late action_sent"]
    assert found.effects == ["command tell desk"] * 2
