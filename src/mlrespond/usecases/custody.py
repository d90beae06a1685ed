"""Where an incident is driven from: here, unless it was handed over or came as a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlrespond.errors import HeldError
from mlrespond.model.event import Event
from mlrespond.model.handover_kind import IncidentHandedOver, IncidentTakenOver
from mlrespond.model.instant import iso
from mlrespond.model.kinds import body

if TYPE_CHECKING:  # `mlir incidents` starts without it
    from mlrespond.usecases.app import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Whether an incident is driven from this timeline; `elsewhere` says why not."""

    handed_over: bool
    elsewhere: str = ""

    @property
    def here(self) -> bool:
        """Return whether it is driven from here."""
        return not self.elsewhere


def imports_stream(incident: str) -> str:
    """Return the stream that tells which bundles of an incident came in."""
    return f"imports:{incident}"


def custody(store: Store, incident: str, events: Sequence[Event] | None = None) -> Custody:
    """Return where an incident is driven from; the last word of its stream counts."""
    known = store.read(f"incident:{incident}") if events is None else events
    last = next((one for one in reversed(known) if one.kind in _WORDS and not one.late), None)
    match body(last) if last else None:
        case IncidentTakenOver(place=place, host=host) if last is not None:
            if place == store.identity():
                return Custody(handed_over=False)
            who = f"{last.actor.handle} on {host}"
            return Custody(handed_over=False, elsewhere=f"was taken over by {who}{_when(last)}")
        case IncidentHandedOver(to=to) if last is not None:
            return Custody(handed_over=True, elsewhere=f"was handed over to {to}{_when(last)}")
        case _ if _is_copy(store, incident):
            return Custody(handed_over=False, elsewhere="is a copy, and driven elsewhere")
        case _:
            return Custody(handed_over=False)


def _is_copy(store: Store, incident: str) -> bool:
    """Return whether it came in; a bundle that came back to where it is driven changes nothing."""
    came = store.read(imports_stream(incident))
    return any(one.data.get("driven_here") is not True for one in came)


_WORDS = frozenset({IncidentTakenOver.kind, IncidentHandedOver.kind})


def must_be_here(store: Store, incident: str) -> None:
    """Raise HeldError for an incident that is not driven from here; a note may still be written."""
    found = custody(store, incident)
    if not found.here:
        raise HeldError(
            f"{incident} {found.elsewhere}; nothing is changed from here",
            hint="with the other side's bundle: mlir import FILE --take-over",
        )


def _when(event: Event) -> str:
    return f" at {iso(event.occurred_at)[:19]}Z"
