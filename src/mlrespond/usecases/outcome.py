"""The exit code of a driven run, from what was recorded of it."""

from __future__ import annotations

from mlrespond.engine.state import RunState
from mlrespond.model.exit_code import ExitCode, worst
from mlrespond.model.run_kind import QuestionSort
from mlrespond.model.word import Ending
from mlrespond.usecases.runner import Driven, Ended, Interrupted, Parked

_GOOD: frozenset[Ending] = frozenset({"mitigated", "no_fault", "done"})
_DOUBTS: frozenset[QuestionSort] = frozenset({"unknown", "undecided"})
_FLAGS = {
    "unknown": ExitCode.UNKNOWN,
    "stale_plan": ExitCode.STALE,
    "access_refused": ExitCode.ACCESS,
}


def exit_code(driven: Driven) -> ExitCode:
    """Return what `mlir` tells the shell of a run (DESIGN §8)."""
    codes = [_FLAGS[flag] for flag in _flags(driven.state)]
    match driven:
        case Ended(state):
            assert state.ended is not None
            codes.append(ExitCode.DONE if state.ended.ending in _GOOD else ExitCode.FAILED)
            if state.ended.ending == "unknown":
                codes.append(ExitCode.UNKNOWN)
        case Parked():
            codes.append(ExitCode.WAITING)
        case Interrupted():
            codes.append(ExitCode.INTERRUPTED)
    return worst(codes)


def _flags(state: RunState) -> tuple[str, ...]:
    if state.ended is not None:
        return state.ended.flags
    doubts = (one for one in state.questions.values() if one.pending and one.asked.sort in _DOUBTS)
    return ("unknown",) if any(doubts) else ()
