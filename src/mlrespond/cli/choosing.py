"""Which events of a timeline are meant: filters, layers, and events by number or id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mlrespond.engine.curate import curated, pins
from mlrespond.errors import UsageError
from mlrespond.model.event import Event
from mlrespond.render.timeline import in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are shown, and how.

    `pinned` is what the whole stream says of its layers, where what is chosen from does not.
    """

    everything: bool
    kinds: tuple[str, ...]
    steps: tuple[str, ...]
    actors: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    last: int | None
    zone: tzinfo | None
    as_json: bool
    jsonl: bool
    pinned: Mapping[str, bool] | None = None

    def chosen(self, events: Sequence[Event]) -> list[Event]:
        """Return the events that are shown, by when they happened."""
        pinned = pins(events) if self.pinned is None else self.pinned
        known = [one for one in events if self._fits(one)]
        shown = known if self.everything or self.kinds else curated(known, pinned)
        return in_order(shown)[-(self.last or 0) :]

    def _fits(self, event: Event) -> bool:
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.steps or event.step in self.steps)
            and (not self.actors or event.actor.handle in self.actors)
            and (self.since is None or event.occurred_at >= self.since)
            and (self.until is None or event.occurred_at <= self.until)
        )


def event_named(stream: Sequence[Event], incident: str, named: str) -> Event:
    """Return the event of a number, as `24` or `#24`, or of an id; UsageError if there is none."""
    number = named.removeprefix("#")
    for event in stream:
        if event.id == named or (number.isdigit() and event.seq == int(number)):
            return event
    raise UsageError(
        f"{incident} has no event `{named}`", hint=f"the numbers: mlir timeline {incident} --all"
    )


def known_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds if all are ours; UsageError with what was probably meant."""
    if kinds:
        from difflib import get_close_matches

        from mlrespond.model.kinds import KINDS

        for kind in kinds:
            if kind not in KINDS:
                near = get_close_matches(kind, KINDS, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(KINDS)}"
                raise UsageError(f"no event is of kind `{kind}`", hint=hint)
    return kinds


def zone_named(name: str | None) -> tzinfo | None:
    """Return a time zone by its name; `local` is this machine's."""
    if name is None:
        return None
    from datetime import UTC

    if name == "local":
        return datetime.now(UTC).astimezone().tzinfo
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as cause:
        raise UsageError(f"`{name}` is no time zone", hint="such as Europe/Berlin") from cause
