"""A small world to run incidents in: registry, replicas, router, pager and pipeline as one state.

It may live in memory or in a file, so that several processes (and those that are killed) share it.
Everything done to it is logged: tests count effects there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlrespond.errors import UnreachableError
from mlrespond.model.json import Json


@dataclass
class World:
    """The state of everything around one service.

    `metrics` are a version's, `routes` the fallbacks that the router knows. `outputs` has what a
    command exits with and says (no code: it never ends), `replies` the status and body of a URL
    (no body: what was sent). `alerts` are labels, with `startsAt`. `endless` trainings run until
    they are cancelled.
    """

    wanted: str | None = "2"
    versions: list[str] = field(default_factory=lambda: ["1", "2"])
    served: dict[str, str | None] = field(default_factory=lambda: {"eu-1": "2", "us-1": "2"})
    starts: dict[str, int] = field(default_factory=lambda: {"eu-1": 1, "us-1": 1})
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    routes: list[str] = field(default_factory=lambda: ["rules-v1"])
    route: str = "primary"
    share: int = 100
    drained: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    acks: dict[str, str] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)
    trainings: dict[str, str] = field(default_factory=dict)
    alerts: list[dict[str, str]] = field(default_factory=list)
    silences: list[dict[str, str]] = field(default_factory=list)
    endless: bool = False
    cancelled: list[str] = field(default_factory=list)
    hookless: bool = False
    outputs: dict[str, list[Json]] = field(default_factory=dict)
    replies: dict[str, list[Json]] = field(default_factory=dict)
    commands: list[list[str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    profiles: dict[str, Json] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    stuck: list[str] = field(default_factory=list)
    log: list[list[Json]] = field(default_factory=list)


class WorldHolder:
    """A world in memory. `before` and `after` are called round every effect, with its name."""

    def __init__(self, world: World | None = None) -> None:
        self._world = world or World()
        self.before: Callable[[str], None] = _nothing
        self.after: Callable[[str], None] = _nothing

    def look(self) -> World:
        """Return the world as it is."""
        return self._world

    @contextmanager
    def changing(self, effect: str, *args: Json) -> Iterator[World]:
        """Change the world, and log it as an effect."""
        self.before(effect)
        world = self.look()
        yield world
        world.log.append([effect, *args])
        self._keep(world)
        self.after(effect)

    def _keep(self, world: World) -> None:
        self._world = world


class FileWorld(WorldHolder):
    """A world in a file, replaced whole at every change."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if not path.exists():
            self._keep(World())

    def look(self) -> World:
        """Return the world as the file has it."""
        return World(**json.loads(self._path.read_text()))

    def _keep(self, world: World) -> None:
        aside = self._path.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps(vars(world)))
        aside.replace(self._path)


def _nothing(_: str) -> None:
    """Do nothing round an effect."""


def reach(world: World, *names: str) -> None:
    """Raise UnreachableError for the first of these names that is broken."""
    for name in names:
        if name in world.broken:
            raise UnreachableError(f"{name} does not answer: {world.broken[name]}")
