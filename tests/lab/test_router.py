"""The router between clients, replicas and the fallback, over real HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mlrespond.errors import RejectedError
from mlrespond.lab.client import Client
from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.router import Router
from mlrespond.lab.web import Answer, App, Call, as_json
from mlrespond.model.json import Json, dump, record

Serve = Callable[[App], int]


@dataclass
class Routed:
    """A router before two replicas and a fallback that answer with their names."""

    client: Client
    failing: set[str]

    def call(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        sent = None if body is None else dump(body).encode()
        status, content = self.client.call(method, path, sent)
        return status, parse_json(content, path)

    def infer(self) -> tuple[int, Json]:
        return self.call("POST", f"/v2/models/{MODEL}/infer", {"inputs": []})

    def answering(self, count: int) -> Counter[str]:
        replies = (record(self.infer()[1]) for _ in range(count))
        return Counter(str(reply.get("name") or reply.get("error")) for reply in replies)


@pytest.fixture
def routed(serve: Serve) -> Iterator[Routed]:
    failing: set[str] = set()

    def named(name: str) -> App:
        def answer(call: Call) -> Answer:
            if name in failing:
                raise RejectedError(f"{name} fails")
            return as_json({"name": name, "path": call.path, "sent": call.body.decode()})

        return answer

    ports = {name: serve(named(name)) for name in ("eu-1", "us-1", "rules-v1")}
    fallback = {"rules-v1": ports.pop("rules-v1")}
    router = Router(ports, fallback)
    client = Client(serve(router.answer))
    yield Routed(client, failing)
    client.close()
    router.close()


def test_requests_go_to_the_replicas_in_turn_as_they_came(routed: Routed) -> None:
    assert routed.answering(6) == {"eu-1": 3, "us-1": 3}

    _, told = routed.infer()

    assert record(told)["path"] == ["v2", "models", MODEL, "infer"]
    assert record(told)["sent"] == '{"inputs":[]}'


def test_routes_are_told_and_set(routed: Routed) -> None:
    primary: Json = {"to": "primary", "share": 100, "drained": []}
    assert routed.call("GET", "/routes") == (200, primary)

    wanted: Json = {"to": "rules-v1", "share": 50, "drained": ["us-1"]}
    assert routed.call("PUT", "/routes", wanted) == (200, wanted)

    assert routed.call("GET", "/routes") == (200, wanted)
    assert routed.answering(10) == {"rules-v1": 5, "eu-1": 5}


def test_routes_that_lead_nowhere_are_refused(routed: Routed) -> None:
    for wanted in ({"to": "moon"}, {"to": "primary", "drained": ["eu-1", "us-1"]}, {}):
        assert routed.call("PUT", "/routes", wanted)[0] == 400

    assert routed.answering(4) == {"eu-1": 2, "us-1": 2}


def test_an_error_of_a_replica_is_passed_on(routed: Routed) -> None:
    routed.failing.add("us-1")

    assert routed.answering(4) == {"eu-1": 2, "us-1 fails": 2}


def test_other_calls_are_not_forwarded(routed: Routed) -> None:
    assert routed.call("GET", f"/v2/models/{MODEL}")[0] == 404
    assert routed.call("POST", "/v2/models/other/infer", {})[0] == 404
    assert routed.call("GET", "/v2/health/live") == (200, {})


def test_a_target_that_is_not_there_is_an_error_of_its_own(serve: Serve) -> None:
    router = Router({"eu-1": 1}, {})
    client = Client(serve(router.answer))

    status, content = client.call("POST", f"/v2/models/{MODEL}/infer", b"{}")

    assert status == 503
    assert b"cannot be reached" in content
    client.close()
    router.close()
