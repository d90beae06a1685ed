"""What a registry tells by itself: recorded once, in the ledgers that follow the alias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.errors import AlreadySettledError
from mlrespond.model.event import Actor
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import AliasTold
from mlrespond.ports.timeline import Timeline
from mlrespond.usecases.context import service_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """A message of the registry, found to be its own: `at` is when it says that it was sent.

    `version` is None when the alias was deleted.
    """

    delivery: str
    model: str
    alias: str
    version: str | None
    at: datetime


def record_move(timeline: Timeline, services: Sequence[str], move: AliasMove, teller: str) -> bool:
    """Record a move for the services that follow its alias; return False if that was done before.

    Each ledger learns of it by itself: one that was told before keeps no other from it. When it
    returns, the move is on disk; TimelineError if it could not be.
    """
    said = AliasTold(
        model=move.model,
        alias=move.alias,
        version=move.version,
        delivery=move.delivery,
    )
    new = [_record(timeline, name, said, move.at, teller) for name in services]
    return any(new)


def _record(timeline: Timeline, service: str, said: AliasTold, at: datetime, teller: str) -> bool:
    told = draft(
        service_stream(service),
        said,
        at,
        source="webhook",
        actor=Actor(teller, "signed"),
        once=f"delivery:{said.delivery}:{service}",
    )
    try:
        timeline.append([told])
    except AlreadySettledError:
        return False
    return True
