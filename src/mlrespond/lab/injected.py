"""How a process of the lab misbehaves on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from mlrespond.errors import InvalidInputError
from mlrespond.lab.json_file import parse_json
from mlrespond.model.json import number, record

_LONGEST_DELAY_S = 60.0


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """The share of requests that fail, and how long each takes on top."""

    errors: float = 0.0
    delay_s: float = 0.0


def read_fault(body: bytes) -> InjectedFault:
    """Return the fault that a request asks for; InvalidInputError for one that cannot be."""
    told = record(parse_json(body, "the fault"))
    errors, delay_s = number(told.get("errors", 0.0)), number(told.get("delay_s", 0.0))
    if errors is None or not 0 <= errors <= 1:
        raise InvalidInputError(f"`errors` is {told.get('errors')!r}, not 0 to 1")
    if delay_s is None or not 0 <= delay_s <= _LONGEST_DELAY_S:
        raise InvalidInputError(f"`delay_s` is {told.get('delay_s')!r}, not 0 to 60")
    return InjectedFault(errors, delay_s)
