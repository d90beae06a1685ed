"""Getting started, word by word on a real lab; and the README's transcript is what is printed.

One lab serves both: a person at a terminal approves the rollback, as the page says.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, ROOT, Block, blocks
from tests.docs.project import environ, shell
from tests.docs.terminal import Seen, run
from tests.lab.observed import HEALTHY_S, healthy_s

from mlrespond.lab.deadline import wait_until

HURT_ROWS = 400  # of predictions
FASTER = "lab up --rate 240"  # more requests, so that less time is enough
RESPOND = "mlir -C lab respond --alert lab/alert.json"
APPROVE = {"your answer: ": "fraud-scorer"}
_VARIES = re.compile(
    r"\d{2}:\d{2}:\d{2}Z?|\b[0-9a-f]{12}\b|[+-]?\d+m\d{2}s|[+-]?\d[\d.,]*(?:%|ms|s\b)?"
)


@pytest.mark.live
@pytest.mark.xdist_group("live")  # one lab at a time
def test_getting_started_works_word_by_word(tmp_path: Path) -> None:
    seen: list[Seen] = []
    try:
        for block in [one for one in blocks(DOCS / "getting-started.md") if one.mark == "lab"]:
            if "diagnose" in block.text:
                _in_time(partial(_ends_well, block.text, tmp_path))
            elif RESPOND in block.text:
                _in_time(partial(_has_rows, _rows(tmp_path) + HURT_ROWS, tmp_path))
                seen.append(run(shlex.split(RESPOND), tmp_path, environ(tmp_path), APPROVE, 300.0))
            else:
                if "lab break" in block.text:
                    _in_time(lambda: healthy_s(tmp_path / "lab") > HEALTHY_S)
                _ran(block, tmp_path, block.text.replace("lab up", FASTER))
    finally:
        shell("mlir lab down", tmp_path, tmp_path)

    assert [one.code for one in seen] == [0], seen
    assert list(_missing(_transcript(), seen[0].lines)) == []
    assert "`steps.recovered.verdict" in (tmp_path / "INC-0001.md").read_text()


def test_transcript_is_of_the_command_that_is_tried() -> None:
    assert next(iter(_transcript())) == f"$ {RESPOND}"


def test_what_varies_between_runs_is_left_out_of_account() -> None:
    assert list(_missing(["14:19:33 ✓ took 3.1s"], ["03:00:00 ✓ took 310ms"])) == []
    assert list(_missing(["serving 2 on eu-1"], ["serving 2 on us-1"])) == ["serving 2 on eu-1"]
    assert list(_missing(["b", "a"], ["a", "b"])) == ["a"]


def _ran(block: Block, folder: Path, text: str) -> None:
    code, told = shell(text, folder, folder)

    assert code == 0, f"{block.id}\n{text}\n{told}"


def _transcript() -> list[str]:
    text = next(one.text for one in blocks(ROOT / "README.md") if one.language == "text")
    return [line for line in text.splitlines() if line.strip()]


def _missing(expected: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Return the expected lines that were not printed, in that order; figures may differ."""
    left = iter([_shape(line) for line in printed])
    shapes = [line for line in expected if not line.startswith("$ ")]
    return [line for line in shapes if not any(_shape(line) == one for one in left)]


def _shape(line: str) -> str:
    return _VARIES.sub("N", line).strip()


def _rows(folder: Path) -> int:
    logs = (folder / "lab" / "logs").glob("*.jsonl")
    return sum(path.read_bytes().count(b"\n") for path in logs)


def _ends_well(text: str, folder: Path) -> bool:
    return shell(text, folder, folder)[0] == 0


def _has_rows(rows: int, folder: Path) -> bool:
    return _rows(folder) >= rows


def _in_time(condition: Callable[[], bool]) -> None:
    """Wait as the page says to: there must be a past, and it must hurt."""
    assert wait_until(condition, 240.0, 0.5)
