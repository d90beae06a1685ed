"""The trace of a run reaches an OTLP receiver; a dead one hinders nothing."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.adapters.loopback import Loopback, Page, Seen
from tests.cli.shop import Shop

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_VARIABLES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_TRACES_EXPORTER",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "TRACEPARENT",
)


class Receiver:
    """What came in at /v1/traces, as OpenTelemetry's own messages."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.server = Loopback(self._answer)

    def _answer(self, seen: Seen) -> Page:
        packed = seen.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(seen.body) if packed else seen.body
        if seen.path == "/v1/traces":
            self.requests.append(ExportTraceServiceRequest.FromString(body))
            self.headers.append(dict(seen.headers))
        return Page(status=200, headers={"Content-Type": "application/x-protobuf"})

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def resource(self) -> dict[str, str]:
        found = self.requests[0].resource_spans[0].resource.attributes
        return {one.key: one.value.string_value for one in found}


@pytest.fixture(autouse=True)
def _untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.server.url)
    yield receiver
    receiver.server.close()


def attributes(span: Span) -> dict[str, object]:
    return {
        one.key: one.value.string_value or one.value.int_value or one.value.bool_value
        for one in span.attributes
    }


def respond(shop: Shop, *words: str) -> int:
    return shop.mlir("respond", "--runbook", "back", "--no-input", "--approve", "all", *words)


def test_a_run_is_a_root_span_and_its_steps_are_children(shop: Shop, receiver: Receiver) -> None:
    assert respond(shop) == 0

    root, *others = sorted(receiver.spans, key=lambda one: len(one.parent_span_id))
    assert root.name == "run back"
    assert root.parent_span_id == b""
    assert [one.name for one in others] == ["step back"]
    assert {one.parent_span_id for one in others} == {root.span_id}
    assert {one.trace_id for one in others} == {root.trace_id}
    told = attributes(root)
    assert told["cicd.pipeline.name"] == "back"
    assert told["cicd.pipeline.result"] == "success"
    assert told["mlrespond.incident"] == "INC-0001"
    assert attributes(others[0])["cicd.pipeline.task.run.result"] == "success"
    assert "action_sent" in [one.name for one in others[0].events]
    assert receiver.resource()["service.name"] == "mlrespond"


def test_times_are_those_of_the_timeline(shop: Shop, receiver: Receiver) -> None:
    respond(shop)

    def ns(at: datetime) -> int:
        return int(at.timestamp()) * 10**9 + at.microsecond * 1000

    events = shop.events()
    root = next(one for one in receiver.spans if not one.parent_span_id)
    requested = next(one for one in events if one.kind == "run_requested")
    ended = next(one for one in events if one.kind == "run_ended")
    assert root.start_time_unix_nano == ns(requested.occurred_at)
    assert root.end_time_unix_nano == ns(ended.occurred_at)


def test_the_standard_variables_are_honoured(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "on-call")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=payments")

    respond(shop)

    assert receiver.resource()["service.name"] == "on-call"
    assert receiver.resource()["deployment.environment.name"] == "prod"
    assert receiver.headers[0]["x-team"] == "payments"


def test_a_run_that_parked_keeps_the_trace_that_asked_for_it(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", PARENT)
    assert shop.mlir("respond", "--runbook", "back", "--no-input") == 8
    monkeypatch.delenv("TRACEPARENT")
    assert receiver.spans == []
    shop.mlir("approve")

    assert shop.mlir("resume", "INC-0001") == 0

    root = next(one for one in receiver.spans if one.name == "run back")
    assert root.trace_id.hex() == PARENT.split("-")[1]
    assert root.parent_span_id.hex() == PARENT.split("-")[2]
    step = next(one for one in receiver.spans if one.name == "step back")
    names = [one.name for one in step.events]
    assert names.index("question_asked") < names.index("question_answered")


def test_an_unsampled_parent_sends_nothing(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", PARENT[:-2] + "00")

    assert respond(shop) == 0

    assert receiver.spans == []


@pytest.mark.parametrize("parent", ["", "nonsense", "00-0-0-01", "ff-" + "a" * 40])
def test_a_parent_that_is_none_is_passed_over(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, parent: str
) -> None:
    monkeypatch.setenv("TRACEPARENT", parent)

    assert respond(shop) == 0

    assert [one.name for one in receiver.spans if not one.parent_span_id] == ["run back"]


def test_a_failed_step_is_an_error(shop: Shop, receiver: Receiver) -> None:
    for server in shop.servers.values():
        server.deaf = True
    assert respond(shop) == 7

    shop.mlir("answer", "INC-0001", "stop")
    assert shop.mlir("resume", "INC-0001") != 0

    failed = [one for one in receiver.spans if one.status.code == 2]
    assert "step back" in [one.name for one in failed]
    assert all("error.type" in attributes(one) for one in failed)


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    ],
)
def test_it_is_off_where_nobody_asks_for_it(
    shop: Shop,
    receiver: Receiver,
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert respond(shop) == 0

    assert receiver.requests == []
    assert "trace" not in capsys.readouterr().err


def test_a_dead_collector_does_not_hinder_a_response(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")

    assert respond(shop) == 0

    told = capsys.readouterr()
    assert "the trace was not taken by the collector" in told.err
    assert "Traceback" not in told.err
    assert "Transient" not in told.err


def test_a_setting_that_makes_no_sense_is_one_line(
    shop: Shop,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")

    assert respond(shop) == 0

    told = capsys.readouterr().err
    assert "the trace could not be sent (ValueError" in told
    assert "Traceback" not in told
    assert receiver.requests == []


def test_a_collector_that_never_answers_does_not_hinder_a_response(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def hang(_: Seen) -> Page:
        over.wait(180)
        return Page()

    server = Loopback(hang)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30")
    try:
        assert respond(shop) == 0
        assert not over.is_set()
    finally:
        over.set()
        server.close()


def test_another_protocol_is_said_and_not_tried(
    shop: Shop,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")

    assert respond(shop) == 0

    assert receiver.requests == []
    assert "by http/protobuf only, not by grpc" in capsys.readouterr().err
