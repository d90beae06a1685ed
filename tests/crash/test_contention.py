"""Many responders at once on one file: one holds the run, the others are sent away with exit 6."""

from __future__ import annotations

import json

import pytest
from tests.crash.contention import Crowd
from tests.crash.swept import played


@pytest.mark.parametrize("scene", ["bad-release", "own"])
def test_of_eight_responders_one_drives_and_the_others_exit_6(scene: str) -> None:
    found = Crowd(**json.loads(played("contention", scene, "8")))

    assert found.codes == [0, *[6] * 7]
    assert (found.incidents, found.runs, found.claims) == (1, 1, 1)
    assert found.wrong == []
