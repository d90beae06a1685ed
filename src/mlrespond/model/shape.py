"""What authoring and the engine know of a verb: its family, body, effect, times and yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from mlrespond.model.json import Json, Record
from mlrespond.model.word import ENDINGS, OUTCOMES, VERDICTS, Effect

if TYPE_CHECKING:
    from mlrespond.model.authored import Authored

Family = Literal["read", "change", "ask", "end"]
# a word (text, number, bool, time, version, list, any), a closed set of texts, or a record of
# types, in which "*" stands for any field
YieldType: TypeAlias = "str | tuple[str, ...] | Mapping[str, YieldType]"

COMMON_YIELDS: Mapping[str, YieldType] = {
    "outcome": OUTCOMES,
    "reason": "text",
    "started_at": "time",
    "finished_at": "time",
    "handled_by": "text",
}
VERDICT_YIELD: Mapping[str, YieldType] = {"verdict": VERDICTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbShape:
    """A verb as data. `timeout_s` and `effect` may depend on the rendered body.

    `needs_verify` marks a change that cannot prove itself; `concludes` a change that looks once
    more when its actions are done.
    """

    name: str
    family: Family
    body: type[Authored]
    effect: Callable[[Record], Effect]
    timeout_s: Callable[[Record], float]
    yields: Mapping[str, YieldType] = field(default_factory=dict)
    attempts: int = 1
    needs_verify: bool = False
    concludes: bool = False

    def mistake(self, body: Json) -> str:
        """Return what is wrong with a rendered body, or nothing."""
        from pydantic import ValidationError

        try:
            self.body.model_validate(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            said = first["msg"].removeprefix("Value error, ")
            return f"{'.'.join(str(part) for part in first['loc'])}: {said}"
        return ""

    @property
    def all_yields(self) -> Mapping[str, YieldType]:
        """Return everything an expression may read of a step with this verb."""
        verdict = VERDICT_YIELD if self.family == "read" else {}
        return {**COMMON_YIELDS, **verdict, **self.yields}


class VerbTable(Protocol):
    """The verbs there are; a shape is loaded when it is asked for."""

    def names(self) -> tuple[str, ...]:
        """Return every verb's name."""
        ...

    def shape(self, name: str) -> VerbShape:
        """Return a verb's shape; InvalidInputError if there is no such verb."""
        ...

    def escalation(self) -> str:
        """Return the verb that `escalate` in an `on_…` key stands for."""
        ...


class AdapterTable(Protocol):
    """The adapters there are; a config model is loaded when it is asked for."""

    def config_class(self, port: str, kind: str) -> type[Authored]:
        """Return the model of an adapter's configuration; InvalidInputError if there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All that authored files may speak of."""

    verbs: VerbTable
    adapters: AdapterTable
    modes: tuple[str, ...]
    signs: tuple[str, ...] = ()

    def names(self) -> Mapping[str, YieldType]:
        """Return the namespaces that need no runbook: all but `inputs` and `steps`."""
        likely: Mapping[str, YieldType] = dict.fromkeys(self.modes, "bool")
        return {**NAMES, "likely": likely}


_CHANGE: Mapping[str, YieldType] = {"before": "text", "to": "text", "at": "time"}
NAMES: Mapping[str, YieldType] = {
    "service": {"name": "text", "owner": "text", "description": "text"},
    "incident": {
        "id": "text",
        "severity": ("SEV1", "SEV2", "SEV3", "SEV4"),
        "title": "text",
        "onset": "time",
        "opened_at": "time",
        "drill": "bool",
    },
    "alert": {
        "name": "text",
        "status": ("firing", "resolved"),
        "fingerprint": "text",
        "starts_at": "time",
        "labels": {"*": "text"},
        "annotations": {"*": "text"},
    },
    "changes": {
        "version": _CHANGE,
        "wanted": _CHANGE,
        "route": _CHANGE,
    },
    "run": {
        "id": "text",
        "runbook": "text",
        "started_at": "time",
        "requested_by": "text",
        "ending": tuple(one for one in ENDINGS if one != "done"),  # so ends an undo, and only that
    },
}

__all__ = ["Json", "VerbShape", "VerbTable", "Vocabulary"]
