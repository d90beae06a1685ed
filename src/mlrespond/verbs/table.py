"""The verbs there are: a literal table; a module is imported when its verb is used."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

from mlrespond.errors import InvalidInputError
from mlrespond.model.shape import VerbShape, YieldType
from mlrespond.verbs.interface import Verb

VERBS: dict[str, str] = {
    "diagnose": "mlrespond.verbs.diagnose",
    "compare": "mlrespond.verbs.compare",
    "rollback": "mlrespond.verbs.rollback",
    "activate": "mlrespond.verbs.activate",
    "drain": "mlrespond.verbs.drain",
    "restart": "mlrespond.verbs.restart",
    "switch": "mlrespond.verbs.switch",
    "hold": "mlrespond.verbs.hold",
    "retrain": "mlrespond.verbs.retrain",
    "escalate": "mlrespond.verbs.escalate",
    "ask": "mlrespond.verbs.ask",
    "notify": "mlrespond.verbs.notify",
    "wait": "mlrespond.verbs.wait",
    "command": "mlrespond.verbs.command",
    "http": "mlrespond.verbs.http",
    "end": "mlrespond.verbs.end",
}
ESCALATION = "escalate"


@cache
def verb(name: str) -> Verb:
    """Return a verb; InvalidInputError if there is none of that name."""
    if name not in VERBS:
        raise InvalidInputError(f"there is no verb `{name}`")
    found: Verb = import_module(VERBS[name]).VERB
    return found


class Table:
    """The table as authoring and the engine are handed it; `modes` are those of a diagnosis."""

    def __init__(self, modes: tuple[str, ...] = ()) -> None:
        self._modes = modes

    def names(self) -> tuple[str, ...]:
        """See VerbTable.names."""
        return tuple(VERBS)

    def shape(self, name: str) -> VerbShape:
        """See VerbTable.shape."""
        shape = verb(name).shape
        if self._modes and "likely" in shape.yields:
            likely: YieldType = dict.fromkeys(self._modes, "bool")
            return replace(shape, yields={**shape.yields, "likely": likely, "top": self._modes})
        return shape

    def escalation(self) -> str:
        """See VerbTable.escalation."""
        return ESCALATION
