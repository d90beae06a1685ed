"""What is measured of a World: metrics, alerts, predictions and golden cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol, runtime_checkable

from mlrespond.adapters.promql_series import joined, times
from mlrespond.errors import (
    NotThereError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.model.alert import Alert
from mlrespond.model.codec import decode, encode
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, dump
from mlrespond.model.reading import (
    Answered,
    Case,
    Edges,
    Firing,
    LabelCounts,
    Logged,
    Profile,
    Sample,
    Sent,
    Series,
    Silence,
    Window,
)
from mlrespond.ports.clock import Clock
from mlrespond.ports.service import Serving
from mlrespond.testing.world import WorldHolder, reach


class Signals(Protocol):
    """What the traffic of a world looks like: its metrics, predictions and golden answers."""

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant."""
        ...

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        """See Predictions.profile."""
        ...

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        """See Predictions.labels."""
        ...

    def cases(self) -> tuple[Case, ...]:
        """Return the golden cases."""
        ...

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        """Return what a version answers to a row."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """Signals that keep rows, so that they can be asked again."""

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """See Cases.recent."""
        ...


class FakeMetrics:
    """Metrics."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        reach(self._holder.look(), "metrics")
        return self._signals.instant(query, at)

    def range(self, query: str, window: Window, step_s: float) -> tuple[Series, ...]:
        reach(self._holder.look(), "metrics")
        return joined(lambda at: self._signals.instant(query, at), times(window, step_s))


class FakeMonitor:
    """Monitor. `deaf` in `broken` takes a silence and does not keep it."""

    def __init__(self, holder: WorldHolder, clock: Clock) -> None:
        self._holder = holder
        self._clock = clock

    def firing(self) -> tuple[Firing, ...]:
        reach(self._holder.look(), "monitor")
        return tuple(self._firing(dict(one)) for one in self._holder.look().alerts)

    def silences(self, key: str) -> tuple[Silence, ...]:
        reach(self._holder.look(), "monitor")
        return tuple(_silence(one) for one in self._standing() if one["key"] == key)

    def silence(self, key: str, labels: Mapping[str, str], until: datetime, comment: str) -> None:
        world = self._holder.look()
        reach(world, "monitor")
        if not comment or not any(labels.values()):
            raise RejectedError("a silence says why, and what it is about")
        same = [one.id for one in self.silences(key) if dict(one.labels) == dict(labels)]
        name = same[0] if same else f"silence-{len(world.silences) + 1}"
        told = {"id": name, "key": key, "until": iso(until), **_labelled(labels)}
        with self._holder.changing("silence", key, iso(until), comment) as world:
            if "deaf" not in world.broken:
                world.silences = [one for one in world.silences if one["id"] != name] + [told]

    def end_silences(self, key: str) -> None:
        ended = [one.id for one in self.silences(key)]
        if not ended:
            return
        with self._holder.changing("end_silences", key) as world:
            now = iso(self._clock.now())
            for one in world.silences:
                one["until"] = now if one["id"] in ended else one["until"]

    def _standing(self) -> list[dict[str, str]]:
        now = self._clock.now()
        return [one for one in self._holder.look().silences if parse_iso(one["until"]) > now]

    def _firing(self, labels: dict[str, str]) -> Firing:
        since = parse_iso(labels.pop("startsAt"))
        fingerprint = sha256(dump(dict(sorted(labels.items()))).encode()).hexdigest()[:16]
        by = tuple(
            one["id"] for one in self._standing() if _silence(one).labels.items() <= labels.items()
        )
        alert = Alert(fingerprint=fingerprint, status="firing", starts_at=since, labels=labels)
        return Firing(alert=alert, silenced_by=by, quiet=bool(by))


def _silence(told: Mapping[str, str]) -> Silence:
    return Silence(id=told["id"], labels=_labels(told), until=parse_iso(told["until"]))


def _labelled(labels: Mapping[str, str]) -> dict[str, str]:
    return {f"label {name}": value for name, value in labels.items()}


def _labels(told: Mapping[str, str]) -> dict[str, str]:
    names = (name for name in told if name.startswith("label "))
    return {name.removeprefix("label "): told[name] for name in names}


class FakePredictions:
    """Predictions."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        reach(self._holder.look(), "predictions")
        return self._signals.profile(window, version, edges)

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        reach(self._holder.look(), "predictions")
        return self._signals.labels(window, version)


class FakeProfiles:
    """Profiles."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def stored(self, name: str) -> Profile:
        world = self._holder.look()
        reach(world, "profiles")
        if name not in world.profiles:
            raise NotThereError(f"no profile `{name}` is kept")
        return decode(Profile, world.profiles[name])

    def keep(self, name: str, profile: Profile) -> None:
        with self._holder.changing("keep", name) as world:
            world.profiles[name] = encode(profile)


class FakeCases:
    """Cases."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def golden(self) -> tuple[Case, ...]:
        reach(self._holder.look(), "golden")
        return self._signals.cases()

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        reach(self._holder.look(), "predictions")
        if not isinstance(self._signals, Remembers):
            raise UnsupportedError("this log keeps no rows")
        return self._signals.recent(window, limit)

    def score(self, cases: Sequence[Case], outputs: Sequence[Json]) -> tuple[bool, ...]:
        pairs = zip(cases, outputs, strict=True)
        return tuple(case.expected == output for case, output in pairs)


class FakeProbe:
    """Probe. Every answer takes no time."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def send(
        self,
        replica: str,
        rows: Sequence[Mapping[str, Json]],
        version: str | None,
        rate_per_s: float,
        within_s: float,
    ) -> Sent:
        assert rate_per_s > 0
        assert within_s > 0
        found = self._serving.predict(replica, rows, version)
        answers = tuple(Answered(output=one, latency_s=0.0) for one in found.outputs)
        return Sent(version=found.version, answers=answers, usage=found.usage)
