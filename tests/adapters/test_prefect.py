"""Prefect's own: flows, states and messages; the contract is in test_remote_pipeline."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from tests.adapters.loopback import Loopback, page
from tests.adapters.pipeline_servers import PrefectServer
from tests.adapters.remote import made

from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError
from mlrespond.model.json import Json
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, ended


@pytest.fixture
def pipeline(server: Loopback, site: Site) -> Pipeline:
    server.answers(PrefectServer())
    return made("prefect", server.url, "good", site)


def test_a_run_of_another_flow_under_the_same_key_is_another_training(
    pipeline: Pipeline, server: Loopback, site: Site
) -> None:
    failing = made("prefect", server.url, "failing", site)
    failing.start(KEY, "snap-1", WINDOW)
    assert pipeline.status(KEY).state == "unknown"

    pipeline.start(KEY, "snap-1", WINDOW)

    assert ended(pipeline).state == "succeeded"
    assert ended(failing).state == "failed"


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("SCHEDULED", "running"),
        ("PENDING", "running"),
        ("RUNNING", "running"),
        ("PAUSED", "running"),
        ("CANCELLING", "running"),
        ("COMPLETED", "succeeded"),
        ("FAILED", "failed"),
        ("CRASHED", "failed"),
        ("CANCELLED", "cancelled"),
    ],
)
def test_every_state_of_prefect_has_one_of_ours(
    pipeline: Pipeline, server: Loopback, written: str, state: str
) -> None:
    server.answers(page([{"id": "1", "name": "brave-otter", "state_type": written}]))

    run = pipeline.status(KEY)

    assert (run.state, run.detail) == (state, f"flow run brave-otter: {written.lower()}")


@pytest.mark.parametrize("message", [None, "All states completed.", "7", '"7"', "[7]", "{"])
def test_a_message_that_names_no_version_leaves_it_to_the_registry(
    pipeline: Pipeline, server: Loopback, message: str | None
) -> None:
    run: Json = {"id": "1", "state_type": "COMPLETED", "state": {"message": message}}
    server.answers(page([run]))

    assert pipeline.status(KEY).version is None


@pytest.mark.parametrize("body", [{}, {"detail": "busy"}, None, "x"])
def test_what_is_no_list_of_runs_does_not_say_that_none_was_started(
    pipeline: Pipeline, server: Loopback, body: Json
) -> None:
    server.answers(page(body))

    with pytest.raises(BadReplyError):
        pipeline.status(KEY)


def test_what_is_cancelled_is_asked_to_end(server: Loopback, site: Site) -> None:
    server.answers(PrefectServer())
    endless = made("prefect", server.url, "endless", site)
    endless.start(KEY, "snap-1", WINDOW)

    endless.cancel(KEY)

    last = server.seen[-1]
    assert last.path.endswith("/set_state")
    assert json.loads(last.body) == {"state": {"type": "CANCELLING"}}
    assert endless.status(KEY).state == "running"
    assert ended(endless).state == "cancelled"


@pytest.mark.parametrize("deployment", ["train", "/lab", "train/", "a/b/c", ""])
def test_a_deployment_is_written_with_its_flow(
    server: Loopback, site: Site, deployment: str
) -> None:
    with pytest.raises(ValidationError):
        made("prefect", server.url, "good", site, deployment=deployment)
