"""What holds for every pipeline in another system, whichever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters import loopback
from tests.adapters.loopback import Answer, Loopback, Page, Seen, Wire
from tests.adapters.pipeline_servers import TrainingServer
from tests.adapters.remote import SERVERS, made
from tests.adapters.test_fuzz import BODIES, HEADERS, JSON, STATUSES

from mlrespond.adapters.remote_pipeline import name_of, version_in, version_said
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NoAnswerError,
    NotThereError,
    PortError,
    UnreachableError,
    UnsupportedError,
)
from mlrespond.model.json import Json
from mlrespond.ports.service import Pipeline
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.pipeline import KEY, WINDOW, PipelineContract, ended

SECRETS = ("s3cr3t-token", "s3cr3t-pass")


@dataclass
class World:
    """A pipeline's kind, with a server that stands for it."""

    kind: str
    loopback: Loopback
    server: TrainingServer
    site: Site

    def made(self, work: str = "good", **more: object) -> Pipeline:
        return made(self.kind, self.loopback.url, work, self.site, **more)

    def trained(self) -> int:
        return len(self.server.trainings.began)


@pytest.fixture(params=SERVERS)
def world(request: pytest.FixtureRequest, serve: Callable[..., Loopback], site: Site) -> World:
    server = SERVERS[request.param]()
    return World(request.param, serve(server), server, site)


class TestRemotePipeline(PipelineContract):
    @pytest.fixture
    def pipeline(self, world: World) -> Pipeline:
        return world.made()

    @pytest.fixture
    def failing(self, world: World) -> Pipeline:
        return world.made("failing")

    @pytest.fixture
    def endless(self, world: World) -> Pipeline:
        return world.made("endless")

    @pytest.fixture
    def trainings(self, world: World) -> Callable[[], int]:
        return world.trained


def lost(world: World, wire: Wire) -> Answer:
    """Return an answer that starts a training, and loses the first reply that says so."""
    before = world.trained()

    def answer(seen: Seen) -> Page | Wire:
        answered = world.server(seen)
        first = world.trained() == before + 1 and not gone
        if first:
            gone.append(seen)
        return wire if first else answered

    gone: list[Seen] = []
    return answer


@pytest.mark.parametrize("wire", [loopback.reset, loopback.hang_up, loopback.cut])
def test_a_start_whose_answer_is_lost_trains_once(world: World, wire: Wire) -> None:
    world.loopback.answers(lost(world, wire))

    with suppress(NoAnswerError, UnreachableError):
        world.made().start(KEY, "snap-1", WINDOW)
    after_a_crash = world.made()
    after_a_crash.start(KEY, "snap-1", WINDOW)

    assert ended(after_a_crash).state == "succeeded"
    assert world.trained() == 1


def test_what_was_started_is_known_to_whoever_looks_next(world: World) -> None:
    world.made().start(KEY, "snap-1", WINDOW)

    run = ended(world.made())

    assert (run.state, run.version) == ("succeeded", "7")


def test_keys_that_look_alike_train_apart(world: World) -> None:
    pipeline = world.made()
    keys = ["a b", "a_b", "a:b", "a b ", "é", "x" * 300, "x" * 301, "a%20b"]

    for key in keys:
        pipeline.start(key, "snap-1", WINDOW)

    assert world.trained() == len(keys)
    assert {ended(pipeline, key).state for key in keys} == {"succeeded"}


def test_a_training_is_told_what_is_known(world: World) -> None:
    world.made().start(KEY, "snap-1", WINDOW)

    told = world.server.trainings.began[0].told
    assert (told["key"], told["snapshot"]) == (KEY, "snap-1")
    assert "2026-11-22T03:00:00.000000Z" in str(told["window"])


def test_a_training_is_told_what_was_asked_for(world: World) -> None:
    parameters = {"data": "s3://{{ snapshot }}", "since": "{{ window.from }}", "run": "{{ key }}"}
    world.made(parameters=parameters).start("{{ snapshot }}", "snap-1", WINDOW)

    assert world.server.trainings.began[0].told == {
        "data": "s3://snap-1",
        "since": "2026-11-22T03:00:00.000000Z",
        "run": "{{ snapshot }}",
    }


def test_a_template_that_cannot_be_filled_is_said_at_once(world: World) -> None:
    with pytest.raises(InvalidInputError):
        world.made(parameters={"since": "{{ window.from"})


def test_refused_credentials_are_said_and_train_nothing(world: World) -> None:
    here = Site(
        folder=world.site.folder,
        secrets=EnvSecrets(world.site.folder, {"TOKEN": "old", "PAIR": "mlir:old"}),
        clock=world.site.clock,
        state=world.site.state,
        service="fraud",
    )
    pipeline = made(world.kind, world.loopback.url, "good", here)

    for call in (
        lambda: pipeline.start(KEY, "snap-1", WINDOW),
        lambda: pipeline.status(KEY),
        lambda: pipeline.cancel(KEY),
    ):
        with pytest.raises(AccessRefusedError):
            call()

    assert world.trained() == 0


def test_what_the_system_does_not_have_is_said(world: World) -> None:
    world.loopback.answers(lambda seen: token(world, seen) or Page(b"<html>nothing</html>", 404))

    with pytest.raises(NotThereError):
        world.made().start(KEY, "snap-1", WINDOW)


def test_a_token_goes_to_its_own_host_only(world: World, serve: Callable[..., Loopback]) -> None:
    elsewhere = serve()
    headers = {"Location": f"{elsewhere.url}/api/jobs/x"}
    world.loopback.answers(lambda seen: token(world, seen) or Page(b"", 307, headers))
    pipeline = world.made()

    for call in (
        lambda: pipeline.start(KEY, "snap-1", WINDOW),
        lambda: pipeline.status(KEY),
        lambda: pipeline.cancel(KEY),
    ):
        with pytest.raises(BadReplyError):
            call()

    assert any("s3cr3t-token" in str(seen.headers) for seen in world.loopback.seen)
    assert elsewhere.seen == []
    assert elsewhere.connections == 0


def test_no_error_tells_a_secret(world: World) -> None:
    world.loopback.answers(lambda seen: token(world, seen) or Page(b"no", 500))

    with pytest.raises(PortError) as raised:
        world.made().status(KEY)

    assert not [secret for secret in SECRETS if secret in raised.value.message]


def test_a_state_that_nobody_knows_is_a_bad_reply(world: World) -> None:
    odd: Json = {"state": "on-strike", "status": "on-strike", "state_type": "on-strike", "id": "1"}
    body = json.dumps([odd] if world.kind == "prefect" else odd).encode()
    world.loopback.answers(lambda seen: token(world, seen) or Page(body))

    with pytest.raises(BadReplyError):
        world.made().status(KEY)


def test_a_server_that_is_down_for_a_moment_is_asked_again(world: World, clock: FixedClock) -> None:
    down = [Page(b"busy", 503), Page(b"busy", 503)]
    world.loopback.answers(lambda seen: down.pop() if down else world.server(seen))
    began = clock.now()

    world.made().start(KEY, "snap-1", WINDOW)

    assert world.trained() == 1
    assert clock.now() > began


def test_without_a_command_nothing_is_frozen(world: World) -> None:
    with pytest.raises(UnsupportedError) as raised:
        world.made(freeze=[]).freeze(KEY, WINDOW)

    assert "retrain.freeze" in raised.value.hint


def token(world: World, seen: Seen) -> Page | None:
    """Return Airflow's answer to a login, so that what follows can be odd."""
    answered = world.server(seen) if seen.path == "/auth/token" else None
    return answered if isinstance(answered, Page) else None


NAMES = ("state", "status", "state_type", "id", "name", "message", "logs", "value", "access_token")
WORDS = st.sampled_from(["success", "SUCCEEDED", "COMPLETED", "succeeded", "RUNNING", "failed"])
NEAR = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, WORDS | JSON))
REPLIES = st.builds(
    Page,
    BODIES | (NEAR | st.lists(NEAR, max_size=2)).map(lambda value: json.dumps(value).encode()),
    STATUSES,
    HEADERS,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("fuzz")
    secrets = EnvSecrets(folder, {"TOKEN": SECRETS[0], "PAIR": f"mlir:{SECRETS[1]}"})
    clock = FixedClock()
    return Site(folder=folder, secrets=secrets, clock=clock, state=folder / "s", service="fraud")


@pytest.mark.parametrize("kind", SERVERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies=st.lists(REPLIES, min_size=1, max_size=3))
def test_any_answers_are_a_state_or_a_port_error(
    shared: Loopback, place: Site, kind: str, replies: list[Page]
) -> None:
    asked = iter(range(10_000))
    shared.answers(lambda _: replies[next(asked) % len(replies)])
    pipeline = made(kind, shared.url, "good", place)

    with suppress(PortError):
        run = pipeline.status(KEY)
        assert run.version is None or run.state == "succeeded"
        assert len(run.detail.splitlines()) <= 1
    with suppress(PortError):
        pipeline.start(KEY, "snap-1", WINDOW)
    with suppress(PortError):
        pipeline.cancel(KEY)


@given(one=st.text(max_size=400), other=st.text(max_size=400))
def test_two_keys_never_share_a_name(one: str, other: str) -> None:
    unsafe = re.compile(r"[^A-Za-z0-9_.-]")

    names = {name_of(one, unsafe), name_of(other, unsafe)}

    assert len(names) == len({one, other})
    assert all(len(name) <= 200 and not unsafe.search(name) for name in names)


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('{"version": "7"}', "7"),
        ('{"version": 7}', "7"),
        ('{"version": true}', None),
        ('{"version": null}', None),
        ('"7"', None),
        ("7", None),
        ("done", None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_a_line_may_tell_the_version(line: str, version: str | None) -> None:
    assert version_said(line) == version


@pytest.mark.parametrize(("value", "version"), [("7", "7"), (7, "7"), (True, None), ([7], None)])
def test_a_returned_value_may_be_the_version_itself(value: Json, version: str | None) -> None:
    assert version_in(value) == version
