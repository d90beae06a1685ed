"""Traces by OTLP over HTTP, with OpenTelemetry's own SDK and its environment variables.

Off unless `OTEL_TRACES_EXPORTER=otlp` or an OTLP endpoint is set. The extra `otel` has the SDK,
which is imported only when a trace is sent. A collector that is slow or gone is waited for a few
seconds, on a thread that nothing else waits for.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from mlrespond.ports.trace import Span, Trace

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.trace import Span as Begun
    from opentelemetry.trace import Tracer

PATIENCE_S = 3.0
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"
_NOT_TAKEN = "the trace was not taken by the collector; the timeline has it all"
_MISSING = "traces are wanted, but cannot be sent: pip install 'mlrespond[otel]'"


def wanted(environ: Mapping[str, str]) -> bool:
    """Return whether the environment asks for traces by OTLP."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporters:
        return "otlp" in exporters.split(",")
    return any(environ.get(name) for name in _ENDPOINTS)


class OtlpTracer:
    """Tracer by OTLP/HTTP. `note` tells a person what could not be done, once."""

    def __init__(
        self,
        environ: Mapping[str, str],
        version: str,
        note: Callable[[str], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._environ = environ
        self._version = version
        self._note = note
        self._patience_s = patience_s

    def export(self, trace: Trace) -> None:
        """See Tracer.export."""
        protocol = next((one for name in _PROTOCOLS if (one := self._environ.get(name))), _HTTP)
        if protocol != _HTTP:
            self._note(f"traces are sent by {_HTTP} only, not by {protocol}")
            return
        sent: Future[bool] = Future()
        sending = threading.Thread(
            target=_settle, args=(sent, partial(_send, trace, self._version)), daemon=True
        )
        try:
            import opentelemetry.exporter.otlp.proto.http
            import opentelemetry.sdk.trace  # noqa: F401  # is the extra there?
        except ImportError:
            self._note(_MISSING)
            return
        except ValueError as error:  # the SDK reads its limits while it is imported
            self._note(_unsent(error))
            return
        sending.start()
        said = _outcome(sent, self._patience_s)
        if said:
            self._note(said)


def _settle(sent: Future[bool], send: Callable[[], bool]) -> None:
    """Keep what came of it for the thread that waits: an error of this one would be a traceback."""
    try:
        sent.set_result(send())
    except BaseException as error:  # noqa: BLE001  # told by who waits for it
        sent.set_exception(error)


def _outcome(sent: Future[bool], patience_s: float) -> str:
    """Return why a trace was not sent, or nothing; an error's own words may hold a password."""
    try:
        error = sent.exception(patience_s)
    except TimeoutError:
        return _NOT_TAKEN
    if error is not None:
        return _unsent(error)
    return "" if sent.result() else _NOT_TAKEN


def _unsent(error: BaseException) -> str:
    said = type(error).__name__
    return (
        f"the trace could not be sent ({said}: check the OTEL_ variables); the timeline has it all"
    )


def _send(trace: Trace, version: str) -> bool:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    _hush()
    exporter = OTLPSpanExporter()
    try:
        spans = _spans(trace, version)
        return not spans or exporter.export(spans) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK's


def _hush() -> None:
    """Keep the SDK's complaints off the screen: we say in one line that nothing was taken."""
    logger = logging.getLogger("opentelemetry")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _spans(trace: Trace, version: str) -> list[ReadableSpan]:
    """Return the SDK's spans; which are sampled is the environment's word."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    taken: list[ReadableSpan] = []

    class Collecting(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            taken.append(span)

    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "mlrespond"}))
    provider = TracerProvider(resource=resource, id_generator=_ids(trace), shutdown_on_exit=False)
    provider.add_span_processor(Collecting())
    tracer = provider.get_tracer("mlrespond", version)
    above = TraceContextTextMapPropagator().extract({"traceparent": trace.parent})
    root = _begun(tracer, trace.root, above)
    for one in trace.children:
        _begun(tracer, one, set_span_in_context(root)).end(_ns(one.end))
    root.end(_ns(trace.root.end))
    return taken


def _begun(tracer: Tracer, span: Span, above: Context) -> Begun:
    from opentelemetry.trace import Status, StatusCode

    begun = tracer.start_span(
        span.name, above, attributes=dict(span.attributes), start_time=_ns(span.start)
    )
    for one in span.moments:
        begun.add_event(one.name, dict(one.attributes), _ns(one.at))
    if span.failed:
        begun.set_status(Status(StatusCode.ERROR, span.failed))
    return begun


def _ids(trace: Trace) -> IdGenerator:
    """Return ids out of the spans' keys: the same run has the same trace, whoever sends it."""
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    keys = [trace.root.key, *(one.key for one in trace.children)]
    spans = iter([int.from_bytes(_digest(f"span:{one}")[:8], "big") for one in keys])

    class Ids(IdGenerator):
        def generate_trace_id(self) -> int:
            return int.from_bytes(_digest(f"trace:{trace.root.key}")[:16], "big")

        def generate_span_id(self) -> int:
            return next(spans)

        def is_trace_id_random(self) -> bool:
            return True  # out of a hash, it is spread as evenly

    return Ids()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _ns(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1000
