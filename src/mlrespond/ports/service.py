"""What is asked of the systems around one model. Every method may raise a PortError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from mlrespond.model.json import Json
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.reading import (
    Acknowledged,
    Case,
    Edges,
    Finished,
    Firing,
    LabelCounts,
    Logged,
    PipelineRun,
    Predicted,
    Profile,
    Reply,
    Route,
    Sample,
    Sent,
    Series,
    Served,
    Silence,
    Version,
    Window,
)


class Registry(Protocol):
    """Which versions there are, and which one is wanted in production."""

    def wanted(self) -> str | None:
        """Return the version behind the alias, or None if the alias is not set."""
        ...

    def versions(self) -> tuple[Version, ...]:
        """Return all versions, oldest first."""
        ...

    def want(self, version: str) -> None:
        """Move the alias; NotThereError if there is no such version."""
        ...

    def tag(self, version: str, key: str, value: str) -> None:
        """Set a tag of a version."""
        ...


class Serving(Protocol):
    """The replicas that answer requests."""

    def served(self, replica: str) -> Served:
        """Ask the replica's data plane which version answers."""
        ...

    def load(self, replica: str, version: str) -> None:
        """Check that a version can be loaded there, without serving it by default."""
        ...

    def activate(self, replica: str, version: str) -> None:
        """Make a version the one that answers."""
        ...

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """Return the predictions for rows, by the served version or by a loaded one."""
        ...


class Routing(Protocol):
    """What stands before the replicas: fallbacks and drained replicas."""

    def route(self) -> Route:
        """Return where requests go now."""
        ...

    def set_route(self, route: Route) -> None:
        """Send requests there."""
        ...

    def answered_by(self) -> str | None:
        """Return which version answers a request now, asked of the data plane by the router."""
        ...


class Hooks(Protocol):
    """Commands or calls that a team gives for what no protocol has."""

    def restart(self, replica: str) -> None:
        """Restart a replica."""
        ...

    def started_at(self, replica: str) -> datetime | None:
        """Return when the replica's process started, if it can be known."""
        ...


class Metrics(Protocol):
    """A metrics store."""

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """Return the samples of a query at a time; empty is no data."""
        ...

    def range(self, query: str, window: Window, step_s: float) -> tuple[Series, ...]:
        """Return the series of a query over a window, a point every `step_s` seconds.

        Both ends of the window are in it; a time without data has no point.
        """
        ...


class Monitor(Protocol):
    """What watches the metrics, fires alerts, and can be told to be silent about some."""

    def firing(self) -> tuple[Firing, ...]:
        """Return the alerts that fire now, of whatever service, silenced ones too."""
        ...

    def silences(self, key: str) -> tuple[Silence, ...]:
        """Return the silences with our key that stand now."""
        ...

    def silence(self, key: str, labels: Mapping[str, str], until: datetime, comment: str) -> None:
        """Be silent about alerts with all these labels until then.

        Under the same key the same labels are silenced once; `until` is set anew.
        """
        ...

    def end_silences(self, key: str) -> None:
        """End the silences with our key; without any nothing happens."""
        ...


class Predictions(Protocol):
    """Where served predictions are logged."""

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        """Return counts over the records of a window.

        Numbers are counted on `edges`, a baseline's. Without any it is a baseline: it chooses its
        own, and tells by slice of time what it counted (model/edge.py).
        """
        ...

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """Return how the window's predictions fared against the labels known by now."""
        ...


@runtime_checkable
class ServedLog(Protocol):
    """A log of predictions that can be asked row by row; not every kind of log can."""

    def reach(self, asked: Affected) -> Reach:
        """Return how many predictions and entities some versions reached in a window, of how many.

        Raises NotThereError where there is no log, BadReplyError where it cannot be read.
        """
        ...

    def worklist(self, asked: Affected) -> Iterator[Decided]:
        """Yield the affected predictions that have one of the decisions, as the log has them."""
        ...


class Profiles(Protocol):
    """Profiles that were kept by name, such as that of the data a model was trained on."""

    def stored(self, name: str) -> Profile:
        """Return a profile; NotThereError if none of this name was kept."""
        ...

    def keep(self, name: str, profile: Profile) -> None:
        """Keep a profile under a name, in the place of one that was there."""
        ...


class Cases(Protocol):
    """Inputs to ask: the golden set, and what was asked lately."""

    def golden(self) -> tuple[Case, ...]:
        """Return the golden cases."""
        ...

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """Return the last inputs of a window that were logged, oldest first."""
        ...

    def score(self, cases: Sequence[Case], outputs: Sequence[Json]) -> tuple[bool, ...]:
        """Return which outputs are right, as a scorer of the team's own says."""
        ...


class Probe(Protocol):
    """Requests of our own, sent at a fixed rate whatever becomes of them."""

    def send(
        self,
        replica: str,
        rows: Sequence[Mapping[str, Json]],
        version: str | None,
        rate_per_s: float,
        within_s: float,
    ) -> Sent:
        """Return the answers to rows, one request each; a row that failed is null.

        PortError if none could be asked. What is not answered in time has failed.
        """
        ...


class Pipeline(Protocol):
    """What trains a new version."""

    def freeze(self, key: str, window: Window) -> str:
        """Freeze the training data of a window under a key; return the snapshot's name."""
        ...

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """Start training; a second start with the same key starts nothing."""
        ...

    def status(self, key: str) -> PipelineRun:
        """Return how the run with this key is getting on."""
        ...

    def cancel(self, key: str) -> None:
        """Stop the run with this key."""
        ...


class Pager(Protocol):
    """What wakes people up."""

    def page(self, key: str, to: str, text: str) -> str:
        """Page somebody and return a receipt; the same key pages once."""
        ...

    def acknowledged(self, key: str) -> Acknowledged | None:
        """Return who took the page, if anybody did."""
        ...

    def acknowledge(self, key: str, by: str) -> None:
        """Tell the pager that somebody took the page here, so that it wakes nobody else."""
        ...

    def resolve(self, key: str) -> None:
        """Tell the pager that it is over."""
        ...


class Chat(Protocol):
    """Where teams read along."""

    def post(self, key: str, to: str, text: str) -> str:
        """Post a message and return a receipt."""
        ...


class Commands(Protocol):
    """Processes of this machine, without a shell."""

    def run(self, args: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Finished:
        """Run a command to its end, or end it at the deadline."""
        ...


class Web(Protocol):
    """Single HTTP calls."""

    def call(
        self, method: str, url: str, body: Json, headers: Mapping[str, str], timeout_s: float
    ) -> Reply:
        """Make one call; redirects are never followed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePorts:
    """The systems of one service, as its definition names them."""

    registry: Registry
    serving: Serving
    routing: Routing
    hooks: Hooks
    metrics: Metrics
    monitor: Monitor
    predictions: Predictions
    profiles: Profiles
    cases: Cases
    probe: Probe
    pipeline: Pipeline
    pager: Pager
    chat: Chat
    commands: Commands
    web: Web
