"""The ports of a service on a World: fakes that keep the laws of the real adapters.

They pass the same contract suites. `broken` names a port (or a replica) that does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from mlrespond.adapters.promql_series import joined, times
from mlrespond.errors import (
    BadReplyError,
    NotThereError,
    RejectedError,
    UnreachableError,
    UnsupportedError,
)
from mlrespond.model.alert import Alert
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, number
from mlrespond.model.reading import (
    Acknowledged,
    Case,
    Finished,
    Firing,
    LabelCounts,
    PipelineRun,
    Predicted,
    Profile,
    Reply,
    Route,
    Sample,
    Series,
    Served,
    Silence,
    Version,
    Window,
)
from mlrespond.ports.clock import Clock
from mlrespond.ports.service import ServicePorts
from mlrespond.testing.clock import START
from mlrespond.testing.world import World, WorldHolder


class Signals(Protocol):
    """What the traffic of a world looks like: its metrics, predictions and golden answers."""

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant."""
        ...

    def profile(self, window: Window, version: str | None) -> Profile:
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


def fake_ports(holder: WorldHolder, signals: Signals, clock: Clock) -> ServicePorts:
    """Return all ports of a service, on one world."""
    serving = FakeServing(holder, signals)
    pager = FakePager(holder, clock)
    return ServicePorts(
        registry=FakeRegistry(holder),
        serving=serving,
        routing=FakeRouting(holder),
        hooks=FakeHooks(holder),
        metrics=FakeMetrics(holder, signals),
        monitor=FakeMonitor(holder, clock),
        predictions=FakePredictions(holder, signals),
        cases=FakeCases(holder, signals),
        pipeline=FakePipeline(holder),
        pager=pager,
        chat=pager,
        commands=FakeCommands(holder),
        web=FakeWeb(holder),
    )


def _reach(world: World, *names: str) -> None:
    for name in names:
        if name in world.broken:
            raise UnreachableError(f"{name} does not answer: {world.broken[name]}")


class FakeRegistry:
    """Registry."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def wanted(self) -> str | None:
        world = self._holder.look()
        _reach(world, "registry")
        return world.wanted

    def versions(self) -> tuple[Version, ...]:
        world = self._holder.look()
        _reach(world, "registry")
        return tuple(
            Version(
                name=name,
                created_at=START + timedelta(seconds=at),
                tags=_tags(world, name),
                metrics=world.metrics.get(name, {}),
            )
            for at, name in enumerate(world.versions)
        )

    def want(self, version: str) -> None:
        _reach(self._holder.look(), "registry")
        _known(self._holder.look(), version)
        with self._holder.changing("want", version) as world:
            world.wanted = version

    def tag(self, version: str, key: str, value: str) -> None:
        _reach(self._holder.look(), "registry")
        _known(self._holder.look(), version)
        with self._holder.changing("tag", version, key, value) as world:
            world.tags[f"{version}:{key}"] = value


def _tags(world: World, version: str) -> Mapping[str, str]:
    prefix = f"{version}:"
    return {
        name.removeprefix(prefix): value
        for name, value in world.tags.items()
        if name.startswith(prefix)
    }


def _known(world: World, version: str) -> None:
    if version not in world.versions:
        raise NotThereError(f"there is no version {version}")


class FakeServing:
    """Serving. A replica in `stuck` says yes to `activate` and goes on as before."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def served(self, replica: str) -> Served:
        world = self._holder.look()
        if replica not in world.served:
            raise NotThereError(f"there is no replica {replica}")
        if replica in world.broken:
            return Served(replica=replica, version=None, ready=False, error=world.broken[replica])
        version = world.served[replica]
        return Served(replica=replica, version=version, ready=version is not None)

    def load(self, replica: str, version: str) -> None:
        world = self._holder.look()
        _reach(world, replica)
        _known(world, version)

    def activate(self, replica: str, version: str) -> None:
        self.load(replica, version)
        with self._holder.changing("activate", replica, version) as world:
            if replica not in world.stuck:
                world.served[replica] = version

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        world = self._holder.look()
        _reach(world, replica)
        answering = version or world.served[replica]
        if answering is None:
            raise RejectedError(f"{replica} serves nothing")
        _known(world, answering)
        outputs = tuple(self._signals.answer(answering, row) for row in rows)
        return Predicted(version=answering, outputs=outputs)


class FakeRouting:
    """Routing."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def route(self) -> Route:
        world = self._holder.look()
        _reach(world, "router")
        return Route(to=world.route, share=world.share, drained=tuple(world.drained))

    def set_route(self, route: Route) -> None:
        _reach(self._holder.look(), "router")
        _possible(self._holder.look(), route)
        with self._holder.changing("route", route.to, route.share, list(route.drained)) as world:
            world.route, world.share, world.drained = route.to, route.share, list(route.drained)

    def answered_by(self) -> str | None:
        world = self._holder.look()
        _reach(world, "router")
        if world.route != "primary":
            return world.route
        left = [name for name in world.served if name not in world.drained]
        return world.served[left[0]] if left else None


def _possible(world: World, route: Route) -> None:
    if route.to not in {"primary", *world.routes}:
        raise RejectedError(f"there is no route {route.to}")
    drained = set(route.drained)
    if not drained <= set(world.served):
        raise RejectedError(f"there is no replica {', '.join(sorted(drained - set(world.served)))}")
    if drained == set(world.served):
        raise RejectedError("no replica would be left")


class FakeHooks:
    """Hooks. A start is a count, told as a time. `restart NAME` in `broken` fails half-way."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def restart(self, replica: str) -> None:
        world = self._holder.look()
        if world.hookless:
            raise UnsupportedError("there is no hook to restart with", hint="name one")
        self._known(world, replica)
        if f"restart {replica}" in world.broken:
            raise BadReplyError(f"the hook failed: {world.broken[f'restart {replica}']}")
        with self._holder.changing("restart", replica) as world:
            world.starts[replica] += 1
            world.broken.pop(replica, None)

    def started_at(self, replica: str) -> datetime | None:
        world = self._holder.look()
        self._known(world, replica)
        _reach(world, replica)
        return START + timedelta(seconds=world.starts[replica])

    def _known(self, world: World, replica: str) -> None:
        if replica not in world.starts:
            raise NotThereError(f"there is no replica {replica}")


class FakeMetrics:
    """Metrics."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        _reach(self._holder.look(), "metrics")
        return self._signals.instant(query, at)

    def range(self, query: str, window: Window, step_s: float) -> tuple[Series, ...]:
        _reach(self._holder.look(), "metrics")
        return joined(lambda at: self._signals.instant(query, at), times(window, step_s))


class FakeMonitor:
    """Monitor. `deaf` in `broken` takes a silence and does not keep it."""

    def __init__(self, holder: WorldHolder, clock: Clock) -> None:
        self._holder = holder
        self._clock = clock

    def firing(self) -> tuple[Firing, ...]:
        _reach(self._holder.look(), "monitor")
        return tuple(self._firing(dict(one)) for one in self._holder.look().alerts)

    def silences(self, key: str) -> tuple[Silence, ...]:
        _reach(self._holder.look(), "monitor")
        return tuple(_silence(one) for one in self._standing() if one["key"] == key)

    def silence(self, key: str, labels: Mapping[str, str], until: datetime, comment: str) -> None:
        world = self._holder.look()
        _reach(world, "monitor")
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
        fingerprint = str(abs(hash(tuple(sorted(labels.items())))))
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

    def profile(self, window: Window, version: str | None = None) -> Profile:
        _reach(self._holder.look(), "predictions")
        return self._signals.profile(window, version)

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        _reach(self._holder.look(), "predictions")
        return self._signals.labels(window, version)


class FakeCases:
    """Cases."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        self._holder = holder
        self._signals = signals

    def golden(self) -> tuple[Case, ...]:
        _reach(self._holder.look(), "golden")
        return self._signals.cases()


class FakePipeline:
    """Pipeline. What is started has succeeded when it is next asked, with the next version.

    In an `endless` world it runs until it is cancelled.
    """

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def freeze(self, key: str, window: Window) -> str:
        _reach(self._holder.look(), "pipeline")
        assert window.seconds > 0
        if key not in self._holder.look().snapshots:
            with self._holder.changing("freeze", key) as world:
                world.snapshots.setdefault(key, f"snapshot-{len(world.snapshots) + 1}")
        return self._holder.look().snapshots[key]

    def start(self, key: str, snapshot: str, window: Window) -> None:
        _reach(self._holder.look(), "pipeline")
        assert window.seconds > 0
        if key in self._holder.look().trainings:
            return
        with self._holder.changing("train", key, snapshot) as world:
            version = str(len(world.versions) + 1)
            world.trainings[key] = version
            if not world.endless and "training" not in world.broken:
                world.versions.append(version)

    def status(self, key: str) -> PipelineRun:
        world = self._holder.look()
        _reach(world, "pipeline")
        if key not in world.trainings:
            return PipelineRun(state="unknown", detail="never started")
        if key in world.cancelled:
            return PipelineRun(state="cancelled", detail="cancelled")
        if world.endless:
            return PipelineRun(state="running")
        if "training" in world.broken:
            return PipelineRun(state="failed", detail=world.broken["training"])
        return PipelineRun(state="succeeded", version=world.trainings[key])

    def cancel(self, key: str) -> None:
        if self.status(key).state == "running":
            with self._holder.changing("cancel", key) as world:
                world.cancelled.append(key)


class FakePager:
    """Pager and Chat."""

    def __init__(self, holder: WorldHolder, clock: Clock) -> None:
        self._holder = holder
        self._clock = clock

    def page(self, key: str, to: str, text: str) -> str:
        _reach(self._holder.look(), "pager")
        if key not in self._holder.look().pages:
            with self._holder.changing("page", key, to) as world:
                world.pages[key] = f"{to}: {text}"
        return f"page-{key}"

    def acknowledged(self, key: str) -> Acknowledged | None:
        world = self._holder.look()
        _reach(world, "pager")
        by = world.acks.get(key)
        return Acknowledged(by=by, at=self._clock.now()) if by else None

    def resolve(self, key: str) -> None:
        with self._holder.changing("resolve", key) as world:
            world.pages.pop(key, None)

    def post(self, key: str, to: str, text: str) -> str:
        _reach(self._holder.look(), "chat")
        if key not in self._holder.look().posts:
            with self._holder.changing("post", key, to) as world:
                world.posts[key] = f"{to}: {text}"
        return f"post-{key}"


class FakeCommands:
    """Commands. Everything succeeds, but what is named in `broken`, or in `outputs` otherwise."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def run(self, args: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Finished:
        assert timeout_s > 0
        if not args or any("\0" in one for one in args):
            raise RejectedError("that is no command")
        _reach(self._holder.look(), args[0])
        if args[0] == "show":
            known = [one for one in self._holder.look().commands if one[0] != "show"]
            return Finished(code=0, out=str(len(known)))
        with self._holder.changing("command", *args) as world:
            world.commands.append([*args, *(f"{name}={value}" for name, value in env.items())])
            said = world.outputs.get(args[0], [0, "done"])
        code = number(said[0])
        if code is None:
            return Finished(code=-15, out=str(said[1]), timed_out=True)
        return Finished(code=int(code), out=str(said[1]))


class FakeWeb:
    """Web. Everything answers 200, but what is named in `broken`, or in `replies` otherwise."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def call(
        self, method: str, url: str, body: Json, headers: Mapping[str, str], timeout_s: float
    ) -> Reply:
        assert timeout_s > 0
        _check_address(url)
        _reach(self._holder.look(), url)
        reply = _reply(self._holder.look(), url, body)
        if method == "GET":
            return reply or Reply(status=200, body={"calls": len(self._holder.look().calls)})
        with self._holder.changing("call", method, url, len(headers), str(body)) as world:
            world.calls.append(f"{method} {url}")
        return reply or Reply(status=200, body={"ok": True})


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as cause:
        raise RejectedError(f"`{url}` is no address") from cause
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise RejectedError(f"`{url}` is no address")


def _reply(world: World, url: str, sent: Json) -> Reply | None:
    """Return the reply that a URL is to give: [status, body], or [status] and what was sent."""
    if url not in world.replies:
        return None
    status, *body = world.replies[url]
    code = int(number(status) or 0)
    if 300 <= code < 400:  # noqa: PLR2004  # redirects (RFC 9110 §15.4)
        raise BadReplyError(f"{url} redirects, and redirects are not followed")
    return Reply(status=code, body=body[0] if body else sent)
