"""The check of objectives that tell of a sign of their own, such as cost, memory or a quota."""

from __future__ import annotations

from dataclasses import replace

from mlrespond.judgment.sign import DERIVED, PLAIN
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.finding import Finding
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.service import RatioObjective, ValueObjective
from mlrespond.verbs.comparison import compare_objective
from mlrespond.verbs.scene import Scene, finding, judged

_CHECKED = frozenset({*PLAIN.values(), *DERIVED}) - {"clock_off"}


def objectives(scene: Scene) -> list[Finding]:
    """Find which objectives with a sign of their own are not met, such as cost or memory."""
    found: list[Finding] = []
    for name, objective in scene.ctx.service.objectives.items():
        if isinstance(
            objective, ValueObjective | CostObjective | LengthObjective | JudgeObjective
        ) or (isinstance(objective, RatioObjective) and objective.tells is not None):
            verdict = compare_objective(scene.ctx, name, objective, scene.sides)
            sign = objective.tells or f"{name.replace('-', '_').replace('.', '_')}_broken"
            found.append(replace(judged("objective", verdict), sign=sign))
    told = {one.sign for one in found}
    spoken_of = {sign for mode in scene.ctx.modes for way in mode.ways for sign in way.signs} - told
    quiet = [one for one in sorted(spoken_of) if one not in _CHECKED]
    return [*found, *(_untold(sign) for sign in quiet)]


def _untold(sign: str) -> Finding:
    """Return that no objective tells of a sign: the service has nothing that could show it."""
    said = f"no objective tells of {sign.replace('_', ' ')}"
    return replace(finding("objective", "pass", said), sign=sign)
