"""Ray's own: commands, tracebacks and logs; the contract is in test_remote_pipeline."""

from __future__ import annotations

from shlex import split

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, page
from tests.adapters.pipeline_servers import RayServer
from tests.adapters.remote import made

from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError
from mlrespond.model.json import Json
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, ended


@pytest.fixture
def ray() -> RayServer:
    return RayServer()


@pytest.fixture
def pipeline(server: Loopback, ray: RayServer, site: Site) -> Pipeline:
    server.answers(ray)
    return made("ray", server.url, "good", site)


def test_the_command_is_filled(pipeline: Pipeline, server: Loopback) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)

    assert server.seen[0].json["entrypoint"] == "good --on snap-1"


def test_what_is_filled_in_stays_one_word(pipeline: Pipeline, server: Loopback) -> None:
    pipeline.start(KEY, "snap; rm -r '$HOME'", WINDOW)

    words = split(server.seen[0].json["entrypoint"])
    assert words == ["good", "--on", "snap; rm -r '$HOME'"]


def test_a_command_that_cannot_be_filled_is_said_at_once(server: Loopback, site: Site) -> None:
    with pytest.raises(InvalidInputError):
        made("ray", server.url, "good", site, entrypoint="train {{ snapshot")


def test_an_error_of_a_job_that_is_not_there_is_raised(
    pipeline: Pipeline, server: Loopback, ray: RayServer
) -> None:
    def full(seen: Seen) -> Page:
        return Page(b"no space left on device", 500) if seen.method == "POST" else ray(seen)

    server.answers(full)

    with pytest.raises(BadReplyError, match="no space left"):
        pipeline.start(KEY, "snap-1", WINDOW)


def test_a_failure_tells_its_first_lines_as_one(
    server: Loopback, ray: RayServer, site: Site
) -> None:
    server.answers(ray)
    failing = made("ray", server.url, "failing", site)
    failing.start(KEY, "snap-1", WINDOW)

    assert ended(failing).detail.endswith("the job is FAILED log")


@pytest.mark.parametrize(
    ("logs", "version"),
    [
        ('epoch 1\n{"version": 8}\n\n', "8"),
        ('{"version": "8"}\nbye', None),
        ("", None),
        (None, None),
        (["x"], None),
    ],
)
def test_the_last_line_of_the_output_may_name_the_version(
    pipeline: Pipeline, server: Loopback, logs: Json, version: str | None
) -> None:
    def done(seen: Seen) -> Page:
        return page({"logs": logs} if seen.path.endswith("logs") else {"status": "SUCCEEDED"})

    server.answers(done)

    run = pipeline.status(KEY)

    assert (run.state, run.version) == ("succeeded", version)


def test_a_long_output_is_read_to_its_end(pipeline: Pipeline, server: Loopback) -> None:
    logs = "epoch\n" * 2_000_000 + '{"version": "8"}'

    def done(seen: Seen) -> Page:
        return page({"logs": logs} if seen.path.endswith("logs") else {"status": "SUCCEEDED"})

    server.answers(done)

    assert pipeline.status(KEY).version == "8"
