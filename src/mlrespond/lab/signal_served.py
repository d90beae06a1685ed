"""Who served what when, in simulated time; only those who change the world can tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mlrespond.lab.route import PRIMARY
from mlrespond.model.reading import Route

ALL = (0, 100)
FIRST_START = 1


class Server(NamedTuple):
    """What answers: a version in a process of a replica; a fallback has no replica."""

    replica: str
    version: str
    restarted: bool = False


class Piece(NamedTuple):
    """A stretch of one stream of customers, in epoch seconds, that one server answers.

    `part` are hundredths of its requests, as a range.
    """

    stream: str
    server: Server
    since: float
    until: float
    part: tuple[int, int] = ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What serves from a time on. A replica that serves nothing gets no requests."""

    since: float
    served: Mapping[str, str | None]
    route: Route
    starts: Mapping[str, int]

    def pieces(self, since: float, until: float) -> Iterator[Piece]:
        """Yield who answers each stream; there are as many streams as replicas."""
        moved = self.route.share if self.route.to != PRIMARY else 0
        able = [name for name in self.served if self._able(name)]
        for number, stream in enumerate(self.served):
            if moved:
                fallback = Server("", self.route.to)
                yield Piece(stream, fallback, since, until, (0, moved))
            if moved < ALL[1] and able:
                name = stream if stream in able else able[number % len(able)]
                restarted = self.starts.get(name, FIRST_START) > FIRST_START
                server = Server(name, self.served[name] or "", restarted)
                yield Piece(stream, server, since, until, (moved, ALL[1]))

    def _able(self, name: str) -> bool:
        return self.served[name] is not None and name not in self.route.drained


class ServedHistory:
    """The scenes so far, oldest first."""

    def __init__(self, served: Mapping[str, str | None]) -> None:
        nothing = Route(to=PRIMARY)
        self._scenes = [
            Scene(since=float("-inf"), served=dict(served), route=nothing, starts={}),
        ]

    def observe(
        self,
        t: float,
        served: Mapping[str, str | None],
        route: Route | None = None,
        starts: Mapping[str, int] | None = None,
    ) -> None:
        """Note what serves from a time on, in epoch seconds; the past cannot be changed.

        What is not told stays. `starts` counts how often each replica was started.
        """
        last = self._scenes[-1]
        assert t >= last.since, "the past cannot be changed"
        scene = Scene(
            since=t,
            served=dict(served),
            route=route or last.route,
            starts=dict(starts or last.starts),
        )
        if last.since == t:
            self._scenes.pop()
        self._scenes.append(scene)

    def pieces(self, since: float, until: float) -> Iterator[Piece]:
        """Yield who answered what of a window, in order of time."""
        at = bisect_right(self._scenes, since, key=lambda one: one.since) - 1
        for number in range(at, len(self._scenes)):
            ends = self._scenes[number + 1].since if number + 1 < len(self._scenes) else until
            start, end = max(since, self._scenes[number].since), min(until, ends)
            if start >= until:
                return
            if start < end:
                yield from self._scenes[number].pieces(start, end)

    def servers(self, t: float) -> set[Server]:
        """Return all replicas' servers that there were until a time."""
        return {
            Server(name, version)
            for scene in self._scenes
            if scene.since <= t
            for name, version in scene.served.items()
            if version is not None
        }
