"""The registry, the replicas and their router on a World: what a response changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mlrespond.errors import (
    BadReplyError,
    NotThereError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.model.json import Json
from mlrespond.model.reading import (
    Predicted,
    Route,
    Served,
    Version,
)
from mlrespond.testing.clock import START
from mlrespond.testing.fake_signals import Signals
from mlrespond.testing.world import World, WorldHolder, reach


class FakeRegistry:
    """Registry."""

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def wanted(self) -> str | None:
        world = self._holder.look()
        reach(world, "registry")
        return world.wanted

    def versions(self) -> tuple[Version, ...]:
        world = self._holder.look()
        reach(world, "registry")
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
        reach(self._holder.look(), "registry")
        _known(self._holder.look(), version)
        with self._holder.changing("want", version) as world:
            world.wanted = version

    def tag(self, version: str, key: str, value: str) -> None:
        reach(self._holder.look(), "registry")
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
        reach(world, replica)
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
        reach(world, replica)
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
        reach(world, "router")
        return Route(to=world.route, share=world.share, drained=tuple(world.drained))

    def set_route(self, route: Route) -> None:
        reach(self._holder.look(), "router")
        _possible(self._holder.look(), route)
        with self._holder.changing("route", route.to, route.share, list(route.drained)) as world:
            world.route, world.share, world.drained = route.to, route.share, list(route.drained)

    def answered_by(self) -> str | None:
        world = self._holder.look()
        reach(world, "router")
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
        reach(world, replica)
        return START + timedelta(seconds=world.starts[replica])

    def _known(self, world: World, replica: str) -> None:
        if replica not in world.starts:
            raise NotThereError(f"there is no replica {replica}")
