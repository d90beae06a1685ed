"""A real MLflow posts its webhooks to our listener: its signature, headers and body are as read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lab.observed import eventually
from tests.stack.servers import launched, running, tell
from tests.stack.test_mlflow import API, Seed

from mlrespond.adapters.http import Http
from mlrespond.adapters.listener import Listener, Message
from mlrespond.adapters.local_server import address
from mlrespond.adapters.mlflow_webhook import read
from mlrespond.adapters.system import SystemClock
from mlrespond.lab.stack import mlflow
from mlrespond.lab.stack.server import url
from mlrespond.model.json import Json
from mlrespond.usecases.telling import AliasMove

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("mlflow")]

SECRET = "not-a-real-secret"
# by default MLflow posts to https and to public addresses only; both are its own variables
_TO_LOOPBACK = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
}


@pytest.fixture(scope="module")
def posting_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return an MLflow that may post to this machine."""
    home: Path = tmp_path_factory.mktemp("posting")
    known = launched(lambda: mlflow.launch(home, tell, name="posting"))
    launch = replace(known, environ={**known.environ, **_TO_LOOPBACK})
    with running([launch], home) as (server,):
        yield url(server)


def test_moving_and_deleting_an_alias_is_told_with_a_good_signature(posting_url: str) -> None:
    moves: list[AliasMove | None] = []

    def take(message: Message) -> int:
        moves.append(read(message.headers, message.body, SECRET, datetime.now(UTC)))
        return 200

    listener = Listener(address("0"), take, tell)
    listener.start()
    try:
        _subscribe(posting_url, f"{listener.where}/")
        seed = Seed(posting_url, "told")
        version = seed.version(0.9)
        seed.alias(version)
        eventually(lambda: len(moves) == 1)
        _delete_alias(posting_url, "told")
        eventually(lambda: len(moves) == 2)
    finally:
        listener.stop()

    made, deleted = moves
    assert made is not None
    assert deleted is not None
    assert (made.model, made.alias, made.version) == ("told", "champion", version)
    assert (deleted.model, deleted.alias, deleted.version) == ("told", "champion", None)
    assert made.delivery != deleted.delivery
    assert abs((datetime.now(UTC) - made.at).total_seconds()) < 60
    assert not listener.refused


def _subscribe(server: str, to: str) -> None:
    events: Json = [
        {"entity": "MODEL_VERSION_ALIAS", "action": action} for action in ("CREATED", "DELETED")
    ]
    body: Json = {"name": "ledger", "url": to, "events": events, "secret": SECRET}
    Http(server, clock=SystemClock()).request("POST", f"{API}/webhooks", json=body)


def _delete_alias(server: str, model: str) -> None:
    body: Json = {"name": model, "alias": "champion"}
    http = Http(server, clock=SystemClock())
    http.request("DELETE", f"{API}/registered-models/alias", json=body)
