"""The three calls of a webhook; the contract is in test_remote_pipeline."""

from __future__ import annotations

import pytest
from tests.adapters.loopback import Loopback, page
from tests.adapters.pipeline_servers import WebhookServer
from tests.adapters.remote import made

from mlrespond.adapters.site import Site
from mlrespond.model.json import Json
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW


@pytest.fixture
def pipeline(server: Loopback, site: Site) -> Pipeline:
    server.answers(WebhookServer())
    return made("webhook", server.url, "good", site)


def test_the_three_calls_are_as_documented(pipeline: Pipeline, server: Loopback) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)
    pipeline.cancel(KEY)

    start, status, stop = server.seen
    assert (start.method, start.path, start.headers["idempotency-key"]) == ("POST", "/good", KEY)
    assert sorted(start.json) == ["key", "parameters"]
    assert (status.method, status.path) == ("GET", "/good/INC-1.1%3Aretrain%3A0%3A1")
    assert (stop.method, stop.path) == ("DELETE", status.path)


@pytest.mark.parametrize("state", ["running", "failed", "cancelled"])
def test_only_a_training_that_succeeded_has_a_version(
    pipeline: Pipeline, server: Loopback, state: str
) -> None:
    server.answers(page({"state": state, "version": "7"}))

    run = pipeline.status(KEY)

    assert (run.state, run.version) == (state, None)


@pytest.mark.parametrize(("told", "detail"), [({}, "running"), ({"detail": "a\nb"}, "a b")])
def test_what_it_tells_is_shown_as_one_line(
    pipeline: Pipeline, server: Loopback, told: dict[str, Json], detail: str
) -> None:
    server.answers(page({"state": "running", **told}))

    assert pipeline.status(KEY).detail == detail
