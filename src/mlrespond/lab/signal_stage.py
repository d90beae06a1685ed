"""A fault on stage: all that a harness needs to set up its world, ledger, alert and signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlrespond.lab.alert import Alert
from mlrespond.lab.folder import MODEL
from mlrespond.lab.signal import PHI, RATE, SimulatedSignals
from mlrespond.lab.signal_chance import drawn
from mlrespond.lab.signal_faults import fault as drawn_fault
from mlrespond.lab.signal_scenario import TICK_S, Fault, Move, StagedAlert
from mlrespond.lab.signal_served import FIRST_START
from mlrespond.model.json import Json

_POLL_S = 60.0
_AT_LEAST_EVERY = 15  # polls
_LOOK_BACK_S = 6 * 3600.0
_FIRST_DAY = datetime(2026, 11, 23, tzinfo=UTC)
_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A world with a fault, some seconds after its alert.

    `now` is a time of day at which it may happen. `looks`, oldest first, are what a watcher
    noted in the ledger until now.
    """

    name: str
    seed: int
    now: datetime
    fault: Fault
    looks: tuple[Move, ...]

    @property
    def versions(self) -> list[str]:
        """Return the registry's versions, oldest first."""
        return list(self.fault.versions)

    @property
    def wanted(self) -> str:
        """Return the registry's wish, which is there even while nobody can read it."""
        return next(one.wanted for one in reversed(self.fault.moves) if one.wanted)

    @property
    def served(self) -> dict[str, str | None]:
        """Return what each replica serves."""
        return dict(self.fault.moves[-1].served)

    @property
    def starts(self) -> dict[str, int]:
        """Return how often each replica was started."""
        return dict.fromkeys(self.served, FIRST_START)

    @property
    def broken(self) -> dict[str, str]:
        """Return the ports that do not answer, and why."""
        return dict(self.fault.broken)

    @property
    def stuck(self) -> list[str]:
        """Return the replicas that say yes to a change and stay as they are."""
        return list(self.fault.stuck)

    @property
    def alert(self) -> StagedAlert:
        """Return what a monitor noticed."""
        return self.fault.alert

    @property
    def alert_labels(self) -> dict[str, str]:
        """Return the alert's labels."""
        alert = self.alert
        return {"alertname": alert.name, "service": MODEL, "severity": alert.severity}

    def webhook(self, now: datetime) -> Json:
        """Return the alert as Alertmanager would post it, seen from now."""
        told = Alert(self.alert.name, self.alert.severity, self.alert.summary)
        return told.webhook(self.seed, now - timedelta(seconds=self.alert.before_s))

    def signals(
        self, now: Callable[[], datetime], *, rate: float = RATE, phi: float = PHI
    ) -> SimulatedSignals:
        """Return the signals; the history lies before what `now` says at this moment."""
        moves, at = self.fault.moves, now()
        found = SimulatedSignals(
            self.seed,
            now,
            moves[0].served,
            traits=self.fault.traits,
            effects=self.fault.effects,
            rate=rate,
            phi=phi,
        )
        for move in moves[1:]:
            found.observe(at - timedelta(seconds=move.before_s), move.served)
        return found


def stage(name: str, seed: int) -> Stage:
    """Return a fault on stage; `name` is one of FAULTS, and the same seed gives the same stage."""
    chance = drawn("stage", name, seed)
    ticks = chance.randrange(_DAYS * 24 * round(3600 / TICK_S))
    found = drawn_fault(name, seed)
    return Stage(
        name=name,
        seed=seed,
        now=_FIRST_DAY + timedelta(seconds=TICK_S * ticks),
        fault=found,
        looks=tuple(_looks(found.moves, chance.uniform(0, _POLL_S))),
    )


def _looks(moves: Sequence[Move], phase_s: float) -> Iterator[Move]:
    """Yield what a watcher that polls every minute notes: changes, and each quarter of an hour."""
    last: Move | None = None
    polls = [phase_s + _POLL_S * number for number in range(_polls(_LOOK_BACK_S))]
    older = [one.before_s - phase_s for one in moves if one.before_s - phase_s > polls[-1]]
    for before_s in sorted({*polls, *older}, reverse=True):
        move = _at(moves, before_s)
        if (
            last is None
            or _differ(last, move)
            or _polls(last.before_s - before_s) >= _AT_LEAST_EVERY
        ):
            last = Move(before_s=before_s, wanted=move.wanted, served=move.served)
            yield last


def _polls(seconds: float) -> int:
    return round(seconds / _POLL_S)


def _at(moves: Sequence[Move], before_s: float) -> Move:
    return next((one for one in reversed(moves) if one.before_s >= before_s), moves[0])


def _differ(one: Move, other: Move) -> bool:
    return one.wanted != other.wanted or one.served != other.served
