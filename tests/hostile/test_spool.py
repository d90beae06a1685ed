"""What waits in the spool comes in, whatever lies beside it."""

from __future__ import annotations

import subprocess
import sys

from tests.hostile.test_mutations import QUICK, QUICKLY
from tests.hostile.town import SERVICE, Town


def _away(town: Town, *args: str) -> str:
    """Run `mlir note` while the timeline cannot be opened."""
    kept = town.timeline.with_name("kept.db")
    town.copied(kept)
    for path in town.timeline.parent.iterdir():
        if path != kept:
            path.unlink()
    town.timeline.mkdir()
    said = town.mlir("note", "-i", "INC-0001", *args)
    town.timeline.rmdir()
    kept.rename(town.timeline)
    assert said.code == 0, said.all
    return said.err


def test_a_correction_of_what_cannot_be_corrected_keeps_its_text(town: Town) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    town.mlir("respond", SERVICE, *QUICKLY)
    _away(town, "it was the cat", "--corrects", "018f0000-0000-7000-8000-000000000000")

    said = town.mlir("note", "and then it rained")

    assert said.code == 0, said.all
    shown = town.mlir("timeline").out
    assert "it was the cat" in shown
    assert "and then it rained" in shown
    assert not list(town.folder.glob("state/*/spool/*.json"))
    assert town.mlir("audit").code == 0


def test_an_event_that_the_database_refuses_waits_and_holds_nobody_up(town: Town) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    town.mlir("respond", SERVICE, *QUICKLY)
    _away(town, "first")
    _away(town, "second")
    first, _ = sorted(town.folder.glob("state/*/spool/*.json"))
    first.write_text(first.read_text().replace('"person"', '"nobody"'))

    said = town.mlir("note", "third")

    assert said.code == 0, said.all
    assert [path.name for path in town.folder.glob("state/*/spool/*.json")] == [first.name]
    shown = [line.split("  [")[0].split()[-1] for line in town.mlir("timeline").out.splitlines()]
    assert {"second", "third"} <= set(shown)


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))  # as if the disk were full: small files fit
from mlrespond.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_note_on_a_full_disk_is_spooled_and_comes_in_later(town: Town) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    town.mlir("respond", SERVICE, *QUICKLY)
    line = [sys.executable, "-c", FULL, "-C", str(town.folder), "note", "-i", "INC-0001", "no room"]

    said = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    assert said.returncode == 0, said.stderr
    assert "spool" in said.stderr
    assert list(town.folder.glob("state/*/spool/*.json"))
    assert town.mlir("note", "room again").code == 0
    assert "no room" in town.mlir("timeline").out
    assert not list(town.folder.glob("state/*/spool/*.json"))
    assert town.rows("SELECT COUNT(*) FROM body WHERE summary='no room'") == [(1,)]
    assert town.mlir("audit").code == 0
