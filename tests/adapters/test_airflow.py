"""Airflow's own: tokens, notes, and returned values; the contract is in test_remote_pipeline."""

from __future__ import annotations

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, page
from tests.adapters.pipeline_servers import AirflowServer
from tests.adapters.remote import made

from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, RejectedError
from mlrespond.model.json import Json
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, ended


@pytest.fixture
def airflow() -> AirflowServer:
    return AirflowServer()


@pytest.fixture
def pipeline(server: Loopback, airflow: AirflowServer, site: Site) -> Pipeline:
    server.answers(airflow)
    return made("airflow", server.url, "good", site)


def test_a_token_is_asked_for_once(pipeline: Pipeline, airflow: AirflowServer) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)

    assert ended(pipeline).state == "succeeded"
    assert airflow.tokens_made == 1


def test_a_token_that_ran_out_is_asked_for_anew(pipeline: Pipeline, airflow: AirflowServer) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)
    airflow.token = "another-token"

    run = ended(pipeline)

    assert (run.state, airflow.tokens_made) == ("succeeded", 2)


def test_a_token_that_is_refused_at_once_is_not_asked_for_again(
    pipeline: Pipeline, server: Loopback, airflow: AirflowServer
) -> None:
    def refuse(seen: Seen) -> Page:
        return airflow(seen) if seen.path == "/auth/token" else page({"detail": "no"}, 401)

    server.answers(refuse)

    with pytest.raises(AccessRefusedError):
        pipeline.status(KEY)

    assert airflow.tokens_made == 1


@pytest.mark.parametrize("answer", [{}, {"access_token": None}, {"access_token": ""}, [], "token"])
def test_a_login_that_hands_out_nothing_is_a_refusal(
    pipeline: Pipeline, server: Loopback, answer: Json
) -> None:
    server.answers(page(answer, 201))

    with pytest.raises(AccessRefusedError, match="handed out no token"):
        pipeline.status(KEY)


def test_a_token_that_fits_into_no_header_is_never_sent(
    pipeline: Pipeline, server: Loopback
) -> None:
    server.answers(page({"access_token": "a\r\nX-Evil: b"}, 201))

    with pytest.raises(RejectedError):
        pipeline.status(KEY)

    assert [seen.path for seen in server.seen] == ["/auth/token"]


def test_a_token_from_elsewhere_needs_no_login(
    server: Loopback, airflow: AirflowServer, site: Site
) -> None:
    server.answers(airflow)
    pipeline = made("airflow", server.url, "good", site, login=None, auth={"bearer": "env:TOKEN"})

    pipeline.start(KEY, "snap-1", WINDOW)

    assert ended(pipeline).state == "succeeded"
    assert airflow.tokens_made == 0


def test_without_a_task_the_registry_is_left_to_tell_the_version(
    server: Loopback, airflow: AirflowServer, site: Site
) -> None:
    server.answers(airflow)
    pipeline = made("airflow", server.url, "good", site, result_task=None)
    pipeline.start(KEY, "snap-1", WINDOW)

    run = ended(pipeline)

    assert (run.state, run.version) == ("succeeded", None)


def test_a_task_that_returned_nothing_names_no_version(
    server: Loopback, airflow: AirflowServer, site: Site
) -> None:
    server.answers(airflow)
    pipeline = made("airflow", server.url, "good", site, result_task="another")
    pipeline.start(KEY, "snap-1", WINDOW)

    run = ended(pipeline)

    assert (run.state, run.version) == ("succeeded", None)


def test_a_run_that_somebody_else_marked_as_failed_was_not_cancelled(
    server: Loopback, airflow: AirflowServer, site: Site
) -> None:
    server.answers(airflow)
    pipeline = made("airflow", server.url, "endless", site)
    pipeline.start(KEY, "snap-1", WINDOW)
    pipeline.cancel(KEY)
    (name,) = airflow.notes
    airflow.notes[name] = "the cluster is full"

    assert pipeline.status(KEY).state == "failed"


def test_the_run_bears_the_key(pipeline: Pipeline, airflow: AirflowServer) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)

    assert airflow.trainings.began[0].name == f"mlir__{KEY}"
