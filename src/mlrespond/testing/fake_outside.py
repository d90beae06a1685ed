"""Whom and what a response calls on a World: pipeline, pager, commands and the web."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from mlrespond.errors import (
    BadReplyError,
    RejectedError,
)
from mlrespond.model.json import Json, number
from mlrespond.model.reading import (
    Acknowledged,
    Finished,
    PipelineRun,
    Reply,
    Window,
)
from mlrespond.ports.clock import Clock
from mlrespond.testing.world import World, WorldHolder, reach


class FakePipeline:
    """Pipeline. What is started has succeeded when it is next asked, with the next version.

    In an `endless` world it runs until it is cancelled.
    """

    def __init__(self, holder: WorldHolder) -> None:
        self._holder = holder

    def freeze(self, key: str, window: Window) -> str:
        reach(self._holder.look(), "pipeline")
        assert window.seconds > 0
        if key not in self._holder.look().snapshots:
            with self._holder.changing("freeze", key) as world:
                world.snapshots.setdefault(key, f"snapshot-{len(world.snapshots) + 1}")
        return self._holder.look().snapshots[key]

    def start(self, key: str, snapshot: str, window: Window) -> None:
        reach(self._holder.look(), "pipeline")
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
        reach(world, "pipeline")
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
        reach(self._holder.look(), "pager")
        if key not in self._holder.look().pages:
            with self._holder.changing("page", key, to) as world:
                world.pages[key] = f"{to}: {text}"
        return f"page-{key}"

    def acknowledged(self, key: str) -> Acknowledged | None:
        world = self._holder.look()
        reach(world, "pager")
        by = world.acks.get(key)
        return Acknowledged(by=by, at=self._clock.now()) if by else None

    def acknowledge(self, key: str, by: str) -> None:
        reach(self._holder.look(), "pager")
        with self._holder.changing("acknowledge", key) as world:
            world.acks.setdefault(key, by)

    def resolve(self, key: str) -> None:
        reach(self._holder.look(), "pager")
        with self._holder.changing("resolve", key) as world:
            world.pages.pop(key, None)

    def post(self, key: str, to: str, text: str) -> str:
        reach(self._holder.look(), "chat")
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
        reach(self._holder.look(), args[0])
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
        reach(self._holder.look(), url)
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
