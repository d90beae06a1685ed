"""A scorer of the team's own: a process that reads cases as JSON lines and says true or false.

It runs without a shell and without secrets, in the project's folder, and has a deadline. A
function is called in such a process as well, never in ours.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from mlrespond.adapters.commands import SystemCommands
from mlrespond.errors import BadReplyError, InvalidInputError, NoAnswerError
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, dump, parse
from mlrespond.model.reading import Case
from mlrespond.model.service import CustomScorer
from mlrespond.model.text import one_line

# isolated, so that no variable decides what is imported; only the project's folder is added
_PROGRAM = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].partition(":")
score = getattr(importlib.import_module(module), name)
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(bool(score(case["output"], case["expected"], case["row"]))))
"""


class CustomScore:
    """Asks a scorer of the team's own."""

    def __init__(self, config: CustomScorer, commands: SystemCommands, folder: Path) -> None:
        self._config = config
        self._commands = commands
        self._folder = folder

    def score(self, cases: Sequence[Case], outputs: Sequence[Json]) -> tuple[bool, ...]:
        """See Cases.score; a PortError says what the scorer did instead."""
        lines = [
            dump({"row": one.row, "expected": one.expected, "output": output})
            for one, output in zip(cases, outputs, strict=True)
        ]
        given = "".join(f"{line}\n" for line in lines).encode()
        within_s = parse_duration(self._config.within)
        finished = self._commands.run(self._command(), {}, within_s, given)
        if finished.timed_out:
            raise NoAnswerError(f"the scorer took longer than {self._config.within}")
        if finished.code != 0:
            last = (finished.out.strip().splitlines() or ["it said nothing"])[-1]
            raise BadReplyError(f"the scorer ended with {finished.code}: {one_line(last, 200)}")
        found = [_word(line) for line in finished.out.splitlines() if line.strip()]
        if len(found) != len(lines):
            raise BadReplyError(f"the scorer said {len(found)} words to {len(lines)} cases")
        return tuple(found)

    def _command(self) -> list[str]:
        if self._config.function is None:
            return list(self._config.command)
        place = str(self._folder.absolute())
        return [sys.executable, "-I", "-c", _PROGRAM, place, self._config.function]


def _word(line: str) -> bool:
    try:
        word = parse(line)
    except InvalidInputError:
        word = None
    if not isinstance(word, bool):
        raise BadReplyError(f"a scorer says true or false, not `{one_line(line, 60)}`")
    return word
