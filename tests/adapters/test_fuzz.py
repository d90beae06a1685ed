"""Whatever a system answers, an adapter returns a value or raises a PortError: nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters import loopback
from tests.adapters.conftest import TOKEN
from tests.adapters.fuzz_stack import STACK, TIMEOUT_S
from tests.adapters.loopback import Answer, Loopback, Page, Seen, Wire, page

from mlrespond.adapters import exposition, files, local, open_inference, router
from mlrespond.adapters.command import CommandPipeline
from mlrespond.adapters.command import Config as CommandConfig
from mlrespond.adapters.file_pager import FilePager
from mlrespond.adapters.golden import GoldenFile
from mlrespond.adapters.hooks import TeamHooks
from mlrespond.adapters.http import Http
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.web import HttpCalls
from mlrespond.errors import InvalidInputError, PortError
from mlrespond.model.json import Json
from mlrespond.model.reading import Finished, Route
from mlrespond.model.service import Serving
from mlrespond.ports.service import Commands
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.pipeline import KEY
from mlrespond.testing.contract.predictions import CONFIG, LABELS, WINDOW, row

Call = Callable[[str, Site], object]

ROWS: list[Mapping[str, Json]] = [{"amount": 1.5, "country": "DE"}, {"amount": 2}]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("model_version", "outputs", "versions", "inputs", "error", "to", "share", "drained")


def near(value: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return records that nearly are what a call expects."""
    output = st.fixed_dictionaries(
        {"name": st.sampled_from(["decision", "p"]) | value, "data": st.lists(value) | value},
        optional={"shape": st.lists(st.integers(-1, 3)) | value, "datatype": value},
    )
    known = st.lists(output, max_size=2) | value
    return st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, known))


BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    near(JSON).map(lambda value: json.dumps(value).encode()),
    st.text(max_size=40).map(lambda text: f'up{{a="{text}"}} 1\n'.encode("utf-8", "replace")),
)
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 301, 400, 401, 404, 422, 429, 500, 503, 599])
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Location", "Content-Encoding", "Content-Type"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    max_size=2,
)
PAGES = st.builds(Page, BODIES, STATUSES, HEADERS)
WIRE = st.binary(max_size=80) | st.binary(max_size=60).map(
    lambda rest: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + rest
)


class Nothing:
    """A runner of commands that does nothing."""

    def run(self, args: object, env: object, timeout_s: float) -> Finished:
        del args, env, timeout_s
        return Finished(code=0, out="snap")


def serving(url: str, site: Site, **more: object) -> open_inference.OpenInference:
    written = {"kind": "open_inference", "model": "fraud", "replicas": [{"name": "a", "url": url}]}
    config = open_inference.Config.model_validate({**written, "routes_through": url, **more})
    return open_inference.OpenInference(config, Replicas(config, site))


def probed(url: str, site: Site) -> open_inference.OpenInference:
    return serving(url, site, probe={"amount": 1.5})


def routing(url: str, site: Site) -> router.Router:
    written = {"kind": "x", "model": "fraud", "routes_through": url, "probe": {"amount": 1.5}}
    made = router.build(Serving.model_validate(written), site)
    assert isinstance(made, router.Router)
    return made


def metrics(url: str, site: Site) -> exposition.Exposition:
    written = {"kind": "exposition", "targets": [{"name": "a", "url": url}]}
    return exposition.Exposition.of(exposition.Config.model_validate(written), site)


def hooks(url: str, site: Site) -> TeamHooks:
    config = serving(url, site)._config
    runner: Commands = Nothing()
    return TeamHooks(config, Replicas(config, site), runner)


CALLS: dict[str, Call] = {
    "http": lambda url, site: Http(url, clock=site.clock).request("GET", "/x", idempotent=True),
    "text": lambda url, site: Http(url, clock=site.clock).text("/x"),
    "served": lambda url, site: serving(url, site).served("a"),
    "probed": lambda url, site: probed(url, site).served("a"),
    "load": lambda url, site: serving(url, site).load("a", "5"),
    "activate": lambda url, site: serving(url, site).activate("a", "5"),
    "predict": lambda url, site: serving(url, site).predict("a", ROWS),
    "predict version": lambda url, site: serving(url, site).predict("a", ROWS, "5"),
    "route": lambda url, site: routing(url, site).route(),
    "set route": lambda url, site: routing(url, site).set_route(Route(to="rules-v1")),
    "answered by": lambda url, site: routing(url, site).answered_by(),
    "metrics": lambda url, site: metrics(url, site).instant("sum(increase(up[5s]))", START),
    "started at": lambda url, site: hooks(url, site).started_at("a"),
    "web": lambda url, site: HttpCalls(site.clock).call("POST", url, {"a": 1}, {}, 5),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("fuzz")
    return Site(
        folder=folder,
        secrets=EnvSecrets(folder, {"TOKEN": TOKEN}),
        clock=FixedClock(),
        state=folder / "state",
        service="fraud",
    )


def tried(call: Call, server: Loopback, site: Site, answer: Answer) -> None:
    server.answers(answer)
    with suppress(PortError):
        call(server.url, site)


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(answered=PAGES)
def test_any_answer_is_a_value_or_a_port_error(
    shared: Loopback, place: Site, name: str, answered: Page
) -> None:
    tried(CALLS[name], shared, place, lambda _: answered)


@pytest.mark.parametrize("name", ["http", "served", "predict", "metrics", "web"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=WIRE)
def test_any_bytes_on_the_wire_are_a_value_or_a_port_error(
    shared: Loopback, place: Site, name: str, content: bytes
) -> None:
    tried(CALLS[name], shared, place, lambda _: loopback.raw(content))


@pytest.mark.parametrize("name", ["probed", "predict", "answered by"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(metadata=near(JSON), outputs=near(JSON))
def test_any_metadata_and_outputs_are_a_value_or_a_port_error(
    shared: Loopback, place: Site, name: str, metadata: Json, outputs: Json
) -> None:
    def answer(seen: Seen) -> Page:
        return page(outputs if seen.path.endswith("infer") else metadata)

    tried(CALLS[name], shared, place, answer)


ODD: st.SearchStrategy[Json] = JSON | st.sampled_from(["NaN", "", "-1", 10**400, "9" * 30])


@st.composite
def spoilt(draw: st.DrawFn, value: Json) -> Json:
    """Return a value in which parts are missing, or are something else."""
    if draw(st.integers(0, 7)) == 0:
        return draw(ODD)
    if isinstance(value, Mapping):
        kept = [key for key in value if draw(st.integers(0, 9))]
        return {key: draw(spoilt(value[key])) for key in kept}
    return [draw(spoilt(one)) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", STACK)
def test_a_good_answer_is_no_error(shared: Loopback, place: Site, name: str) -> None:
    """Else the tests below would show nothing."""
    shared.answers(page(STACK[name].good))

    STACK[name].call(shared.url, place)


@pytest.mark.parametrize("name", STACK)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_spoilt_answer_of_the_stack_is_a_value_or_a_port_error(
    shared: Loopback, place: Site, name: str, data: st.DataObject
) -> None:
    body = data.draw(spoilt(STACK[name].good))

    tried(STACK[name].call, shared, place, lambda _: page(body))


@pytest.mark.parametrize("name", STACK)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(answered=PAGES)
def test_any_answer_of_the_stack_is_a_value_or_a_port_error(
    shared: Loopback, place: Site, name: str, answered: Page
) -> None:
    tried(STACK[name].call, shared, place, lambda _: answered)


@pytest.mark.parametrize("name", STACK)
def test_a_token_goes_to_its_own_host_and_no_redirect_is_followed(
    shared: Loopback, serve: Callable[..., Loopback], place: Site, name: str
) -> None:
    other = serve()
    shared.seen.clear()

    for status in (301, 307):
        told = {"Location": f"{other.url}/steal", "Refresh": f"0; url={other.url}"}
        shared.answers(Page(b"{}", status, told))
        with suppress(PortError):
            STACK[name].call(shared.url, place)

    assert {seen.headers.get("authorization") for seen in shared.seen} == {f"Bearer {TOKEN}"}
    assert other.seen == []


ENDLESS: Mapping[str, Wire] = {"drip": loopback.drip_body, "endless": loopback.endless}


@pytest.mark.parametrize("wire", ENDLESS)
@pytest.mark.parametrize(
    "name",
    [one for one in STACK if one.endswith((" served", " wanted", " instant"))],
)
def test_an_answer_without_end_ends_in_time(
    serve: Callable[..., Loopback], place: Site, name: str, wire: str
) -> None:
    server = serve()
    began = time.monotonic()

    tried(STACK[name].call, server, place, lambda _: ENDLESS[wire])

    assert time.monotonic() - began < 2 * TIMEOUT_S + 0.5  # mlserver and triton ask twice


LINES = st.lists(
    st.binary(max_size=40) | JSON.map(lambda one: json.dumps(one).encode()), max_size=6
)


def log(site: Site) -> files.LogFiles:
    written = {"kind": "files", "path": "logs/*", **CONFIG, "labels": {**LABELS, "path": "logs/*"}}
    return files.LogFiles(files.Config.model_validate(written), site)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=LINES, fields=st.dictionaries(st.sampled_from(sorted(row(1))), JSON, max_size=4))
def test_any_log_has_a_profile(
    place: Site, ending: str, lines: list[bytes], fields: dict[str, Json]
) -> None:
    (place.folder / "logs").mkdir(exist_ok=True)
    path = place.folder / "logs" / f"a.{ending}"
    odd = json.dumps({**row(1), **fields}).encode()
    path.write_bytes(b"\n".join([json.dumps(row(1)).encode(), odd, *lines]))

    with suppress(PortError):
        profile = log(place).profile(WINDOW)
        assert profile.n >= 0
        log(place).labels(WINDOW)
    path.unlink()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(aliases=BODIES, version=BODIES)
def test_any_registry_is_a_value_or_a_port_error(
    place: Site, aliases: bytes, version: bytes
) -> None:
    folder = place.folder / "registry" / "fraud"
    (folder / "versions" / "1").mkdir(parents=True, exist_ok=True)
    (folder / "aliases.json").write_bytes(aliases)
    (folder / "versions" / "1" / "version.json").write_bytes(version)
    registry = local.LocalRegistry(place.folder / "registry", "fraud", "champion")

    for call in (registry.wanted, registry.versions, lambda: registry.tag("1", "a", "b")):
        with suppress(PortError):
            call()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=LINES)
def test_any_golden_set_or_folder_of_pages_is_read(place: Site, lines: list[bytes]) -> None:
    pages = place.folder / "pages"
    pages.mkdir(exist_ok=True)
    for name in ("golden.jsonl", "pages.jsonl", "acks.jsonl"):
        (pages / name).write_bytes(b"\n".join(lines))

    with suppress(PortError, InvalidInputError):
        GoldenFile(pages / "golden.jsonl").golden()
    pager = FilePager(pages, place.clock)
    assert pager.page("k", "ana", "help")
    assert pager.acknowledged("k") is None


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=BODIES, began=BODIES, result=BODIES)
def test_any_folder_of_a_training_has_a_status(
    place: Site, order: bytes, began: bytes, result: bytes
) -> None:
    config = CommandConfig(kind="command", run=["x"])
    pipeline = CommandPipeline(config, place, Nothing())
    folder = pipeline._training(KEY).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("order", order), ("began", began), ("result", result)):
        (folder / f"{name}.json").write_bytes(content)

    with suppress(PortError):
        pipeline.status(KEY)
    with suppress(PortError):
        pipeline.cancel(KEY)
