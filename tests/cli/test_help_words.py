"""Help breaks its lines between words: no value is cut in the middle."""

from __future__ import annotations

import pytest

from mlrespond.cli.main import run
from mlrespond.lab.faults import MODES


def test_the_help_of_lab_break_tells_every_mode_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "break", "--help"]) == 0

    told = capsys.readouterr().out
    assert [one for one in MODES if f"  {one} " not in told] == []
    assert "{bad-release|" not in told
