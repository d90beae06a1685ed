"""What is known of an incident's blast radius, and which decisions were dealt with since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlrespond.model.kind import Body, kind

DecisionOutcome = Literal["reversed", "kept"]


@kind("blast_measured", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class BlastMeasured(Body):
    """The predictions of a window were counted in the log: those of the bad versions, and all.

    Entities are null where the log names none. The newest measurement of an incident counts.
    """

    versions: tuple[str, ...]
    since: datetime
    until: datetime
    why: str
    logged: int
    affected: int
    entities: int | None = None
    entities_affected: int | None = None
    unversioned: int = 0
    to_reverse: int = 0
    decisions: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    file: str = ""
    file_digest: str = ""

    def line(self) -> str:
        named = f"version {', '.join(self.versions)}" if self.versions else "every version"
        told = f"blast radius of {named}: {_share(self.affected, self.logged, 'predictions')}"
        if self.entities is not None and self.entities_affected is not None:
            told += f", {_share(self.entities_affected, self.entities, 'entities')}"
        return told


@kind("decisions_settled", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsSettled(Body):
    """Decisions of the bad versions were reversed, or are kept on purpose.

    `count` are those that were not settled before; which they are is evidence.
    """

    outcome: DecisionOutcome
    count: int
    note: str = ""

    def line(self) -> str:
        note = f": {self.note}" if self.note else ""
        return f"{self.count:,} decisions {self.outcome}{note}"


def _share(part: int, whole: int, what: str) -> str:
    share = f" ({part / whole:.1%})" if whole else ""
    return f"{part:,} of {whole:,} {what}{share}"
