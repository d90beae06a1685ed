"""A scene of the sweep: a world, a runbook, the people in it, and where nobody can know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlrespond.model.json import Json, Record
from mlrespond.testing.fake_signals import Signals
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is played. `undecided` lists the moments after which a person must say what happened."""

    name: str
    runbook: str
    ending: str
    text: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    world: Callable[[], World] = World
    signals: Callable[[], Signals] = SteadySignals
    service: Mapping[str, Json] = field(default_factory=dict)
    history: tuple[tuple[float, str], ...] = ((-7200.0, "1"), (-6000.0, "2"))
    inputs: Record = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    values: Record = field(default_factory=dict)
    undo: bool = False
    undecided: frozenset[str] = frozenset()

    @property
    def runbooks(self) -> dict[str, str]:
        """Return the runbooks that are not of the library."""
        own = {self.runbook: self.text} if self.text else {}
        return {**own, **self.others}


def in_doubt(step: str, effect: str) -> frozenset[str]:
    """Return the moments between an intent and its result: the effect may have happened or not."""
    return frozenset(
        {
            f"after action_intended {step}",
            f"before {effect}",
            f"after {effect}",
            f"inside action_sent {step}",
        }
    )
