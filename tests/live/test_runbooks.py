"""Each fault of the real lab, answered by the real program: first move, ending, proof, record.

Faults that nobody released share a lab, one after another; a release is a past of its own, so each
of those has its own lab.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.live.lab import DRIFT_ROWS, SYMPTOM_ROWS, LiveLab, Response, live_lab
from tests.render.browser import Browser
from tests.render.courses import records_in
from tests.render.opened import check_page

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]  # one lab at a time


def _settled(lab: LiveLab, found: Response, ending: str, version: str) -> None:
    """Check what holds of every end: all replicas asked, the record whole, the paper written."""
    served = lab.served()
    assert found.ending == ending, found.told
    assert (served["eu-1"], served["us-1"]) == (version, version), found.told
    paper = lab.told(found.incident)
    assert found.incident in paper
    assert ending in paper


def _opens(lab: LiveLab, found: Response, name: str) -> None:
    """Open the paper as its readers do."""
    lab.inside("postmortem", found.incident, "--format", "html", "-o", str(lab.root))
    with Browser() as browser:
        records = records_in(lab.root, found.incident)
        check_page(browser, lab.root / f"{found.incident}.html", records, f"lab-{name}")


def _good(lab: LiveLab) -> str:
    return str(lab.served()["eu-1"])


def _answered(lab: LiveLab, mode: str, symptoms: int = SYMPTOM_ROWS) -> Response:
    lab.broken(mode, symptoms=symptoms)
    return lab.respond()


def test_faults_that_nobody_released(tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        good = _good(lab)

        calm = _answered(lab, "nothing")

        assert calm.first is None
        assert calm.code == 0
        _settled(lab, calm, "no_fault", good)
        lab.over(calm.incident)

        failing = _answered(lab, "serving-errors")

        assert (failing.first or "").startswith("about to restart ")
        assert failing.code == 0
        _settled(lab, failing, "mitigated", good)
        assert lab.standing() == []
        lab.over(failing.incident)

        empty = _answered(lab, "null-surge")

        assert (empty.first or "").startswith("about to send ")
        _settled(lab, empty, "mitigated", good)
        assert sorted(lab.standing()) == ["hold", "switch"]
        lab.over(empty.incident)
        assert lab.standing() == []


def test_changed_units_lead_to_the_fallback_and_never_to_a_release(tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        good = _good(lab)

        found = _answered(lab, "unit-change")

        assert (found.first or "").startswith("about to send ")
        _settled(lab, found, "mitigated", good)
        assert sorted(lab.standing()) == ["hold", "switch"]
        assert lab.served()["wanted"] == good


def test_a_registry_that_is_away_is_waited_for(tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        good = _good(lab)
        lab.broken("registry-down", symptoms=100)

        with lab.mended_after(12.0):
            found = lab.respond()

        assert (found.first or "").startswith("about to hold deploy ")
        _settled(lab, found, "mitigated", good)


@pytest.mark.parametrize("mode", ["bad-release", "slow-release"])
def test_a_bad_release_is_rolled_back(mode: str, tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        good = _good(lab)

        found = _answered(lab, mode)

        assert (found.first or "").startswith(f"about to make the registry want {good} ")
        assert found.code == 0
        _settled(lab, found, "mitigated", good)
        assert lab.served()["wanted"] == good
        assert lab.standing() == []
        if mode == "bad-release":
            _opens(lab, found, mode)


def test_a_stuck_replica_gets_the_wanted_version(tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        lab.broken("stuck-replica")
        wanted = str(lab.served()["wanted"])

        found = lab.respond()

        assert (found.first or "").startswith(f"about to serve {wanted} on us-1")
        assert found.code == 0
        _settled(lab, found, "mitigated", wanted)
        assert lab.standing() == []


def test_drift_leads_to_a_trained_version_that_labels_confirm(tmp_path: Path) -> None:
    with live_lab(tmp_path / "lab") as lab:
        good = _good(lab)

        found = _answered(lab, "concept-drift", DRIFT_ROWS)

        assert (found.first or "").startswith("about to freeze the data ")
        asked = [str(one["step"]) for one in found.of("question_asked")]
        assert asked == ["fresh", "live"]  # training and promoting are approved each on its own
        trained = str(lab.served()["wanted"])
        assert trained != good
        _settled(lab, found, "mitigated", trained)
