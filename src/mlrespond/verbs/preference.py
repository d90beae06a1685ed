"""Measuring what a judge prefers: verdicts on pairs, which the prediction log holds."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.judgment.dispersion import LEAST_SLICES, Slices
from mlrespond.judgment.look import Look
from mlrespond.judgment.preference import Preferences, judge_preference
from mlrespond.model.judge_objective import LOSS, TIE, UNREAD, WIN, JudgeObjective
from mlrespond.model.reading import Profile, Window
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NOT_BY_REPLICA, NoData, Selection, profile


def preference(
    ctx: StepContext,
    name: str,
    objective: JudgeObjective,
    window: Window,
    part: Selection,
    look: Look,
) -> MetricVerdict:
    """Return what a judge's verdicts on the answers of a window say."""
    found = _preferences(ctx, window, part)
    if isinstance(found, NoData):
        return MetricVerdict(
            name=name,
            kind="judge",
            verdict="inconclusive",
            reason="no_data",
            said=f"{name}: {found.reason}",
            estimated=not objective.calibrated,
        )
    return judge_preference(
        name, found, margin=objective.margin, look=look, calibrated=objective.calibrated
    )


def preferences_of(found: Profile) -> Preferences:
    """Return the verdicts that a profile counted; without a judge in the log, none."""
    wins, ties, losses, unread = (
        found.flags.get(one, (0, 0))[0] for one in (WIN, TIE, LOSS, UNREAD)
    )
    return Preferences(wins=wins, ties=ties, losses=losses, unread=unread, slices=_slices(found))


def _preferences(ctx: StepContext, window: Window, part: Selection) -> Preferences | NoData:
    if part.replica or part.region:
        return NoData(NOT_BY_REPLICA)
    found = profile(ctx, window, part.version)
    if isinstance(found, NoData):
        return found
    if WIN not in found.flags and UNREAD not in found.flags:
        return NoData("no verdicts of a judge in the predictions")
    return preferences_of(found)


def _slices(found: Profile) -> Slices | None:
    """Return losses of the pairs with a winner, by slice of the window."""
    losses, wins = (_true(found.over_time.get(one, ())) for one in (LOSS, WIN))
    if min(len(losses), len(wins)) < LEAST_SLICES:
        return None
    pairs = [(lost, lost + won) for lost, won in zip(losses, wins, strict=True)]
    return Slices(found.window.seconds / len(pairs), tuple(pair for pair in pairs if pair[1]))


def _true(slices: Sequence[tuple[int, int]]) -> list[int]:
    return [true for true, _ in slices]
