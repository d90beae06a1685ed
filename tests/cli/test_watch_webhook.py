"""`mlir watch --listen`: a webhook is on disk before it is answered, and wakes the poller."""

from __future__ import annotations

import re
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest
from tests.adapters.loopback import Loopback, page
from tests.cli.shop import SERVICE, Shop
from tests.lab.observed import eventually

from mlrespond.adapters.mlflow_webhook import signature
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, dump

pytestmark = pytest.mark.live

SECRET = "not-a-real-secret"
LEDGER = f"service:{SERVICE}"
LISTEN = ("--listen", "0", "--webhook-secret", "env:HOOK")


class Watching:
    """The real `mlir watch`, beside a registry whose alias is ours to move."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.wanted = "7"
        self.registry = Loopback(lambda _: page({"registered_model": self._model()}))
        registry: Json = {"kind": "mlflow", "url": self.registry.url, "model": "fraud"}
        shop.settings(registry=registry)
        self.process = shop.start("watch", "--every", "1h", *LISTEN)
        line = self._told()
        self.port = int(line.rpartition(":")[2])
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()

    def _model(self) -> Json:
        alias: Json = {"alias": "champion", "version": self.wanted}
        return {"name": "fraud", "aliases": [alias]}

    def _told(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline().strip()

    def post(
        self, delivery: str = "d-1", *, version: str = "6", name: str = "fraud", key: str = SECRET
    ) -> int:
        """Send what MLflow would, and return the status."""
        now = datetime.now(UTC)
        data: Json = {"name": name, "alias": "champion", "version": version}
        told = {"entity": "model_version_alias", "action": "created", "timestamp": iso(now)}
        body = dump({**told, "data": data}).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "X-MLflow-Delivery-Id": delivery,
            "X-MLflow-Timestamp": stamp,
            "X-MLflow-Signature": signature(key, delivery, stamp, body),
        }
        client = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            client.request("POST", "/", body, headers)
            return client.getresponse().status
        finally:
            client.close()

    def ledger(self, source: str) -> list[Event]:
        return [one for one in self.shop.events(LEDGER) if one.source == source]

    def end(self) -> str:
        """Press Ctrl-C, and return what stderr told since the first line."""
        self.process.send_signal(signal.SIGINT)
        _, told = self.process.communicate(timeout=120)
        assert self.process.returncode == 0
        return re.sub(r"^\S+Z +", "", told, flags=re.MULTILINE)


@pytest.fixture
def watching(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    monkeypatch.setenv("HOOK", SECRET)
    made = Watching(shop)
    yield made
    made.registry.close()


def test_a_webhook_is_recorded_and_the_poller_looks_at_once(watching: Watching) -> None:
    looks = len(watching.ledger("poll"))
    watching.wanted = "6"

    status = watching.post()

    (told,) = watching.ledger("webhook")
    assert status == 200
    assert told.summary == "the registry told that fraud@champion is to be 6"
    eventually(lambda: len(watching.ledger("poll")) > looks)
    assert watching.ledger("poll")[-1].summary.startswith("registry wants 6, serving 7 on")
    assert watching.end() == "webhooks: 1 taken, 0 refused\n"


def test_a_retry_of_the_same_delivery_is_answered_and_not_recorded_again(
    watching: Watching,
) -> None:
    assert [watching.post("d-2"), watching.post("d-2"), watching.post("d-3")] == [200] * 3

    assert len(watching.ledger("webhook")) == 2


def test_a_model_that_nobody_watches_is_acknowledged_and_left(watching: Watching) -> None:
    assert watching.post(name="other") == 204
    assert watching.ledger("webhook") == []


def test_a_wrong_secret_is_refused_and_told_at_the_end(watching: Watching) -> None:
    assert watching.post(key="another-secret") == 401

    assert watching.ledger("webhook") == []
    assert watching.end() == (
        "webhook refused: bad signature (1 so far)\nwebhooks: 0 taken, 1 refused\n"
    )


def test_while_the_database_is_locked_the_sender_is_asked_to_try_again(
    watching: Watching,
) -> None:
    db = sqlite3.connect(watching.shop.folder / ".mlir/timeline.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")

    locked = watching.post("d-4")
    db.execute("ROLLBACK")
    db.close()

    assert locked == 503
    assert watching.post("d-4") == 200
    assert len(watching.ledger("webhook")) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--listen", "0"), "signed webhooks only"),
        (("--webhook-secret", "env:HOOK"), "nothing listens"),
        (("--any-address",), "nothing listens"),
        ((*LISTEN, "--once"), "--once ends before"),
        (LISTEN, "no service that is watched has a registry of kind `mlflow`"),
        (("--listen", "0.0.0.0:0", "--webhook-secret", "env:HOOK"), "on every network"),
    ],
)
def test_what_cannot_listen_is_refused(
    shop: Shop, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    assert shop.mlir("watch", *args) == 2
    assert said in capsys.readouterr().err


def test_a_secret_that_is_not_there_is_exit_4(shop: Shop) -> None:
    shop.settings(registry={"kind": "mlflow", "url": "http://127.0.0.1:9", "model": "fraud"})

    assert shop.mlir("watch", "--listen", "0", "--webhook-secret", "env:NO_SUCH_HOOK") == 4
