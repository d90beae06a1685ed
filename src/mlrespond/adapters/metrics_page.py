"""A `/metrics` page on an address of this machine, in Prometheus' text format.

Source: prometheus.io/docs/instrumenting/exposition_formats.
"""

from __future__ import annotations

import socketserver
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from mlrespond.adapters.local_server import Address, LocalServer
from mlrespond.usecases.own_metrics import Family

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_WITHIN_S = 5.0


def page(families: Iterable[Family]) -> str:
    """Return metrics as a page."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {family.about}\n"
    yield f"# TYPE {family.name} {family.sort}\n"
    for labels, value in family.values:
        told = ",".join(f'{name}="{_escaped(one)}"' for name, one in labels.items())
        yield f"{family.name}{{{told}}} {value:.17g}\n" if told else f"{family.name} {value:.17g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class MetricsPage(socketserver.ThreadingMixIn, LocalServer):
    """Serves the page; `made` makes it anew for each request, on that request's thread."""

    daemon_threads = True

    def __init__(self, where: Address, made: Callable[[], str]) -> None:
        self.made = made
        super().__init__(where, _Handler, closing_s=_WITHIN_S)

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave a client alone that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: MetricsPage
    timeout = _WITHIN_S

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = self.server.made().encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Keep no access log."""
