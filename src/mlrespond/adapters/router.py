"""A router before the replicas, set over HTTP: `GET /routes` and `PUT /routes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlrespond.adapters import mlflow_scoring, openai
from mlrespond.adapters.http import Http
from mlrespond.adapters.inference_model import InferenceModel
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, UnsupportedError
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record, record, text
from mlrespond.model.reading import Route
from mlrespond.model.service import Serving
from mlrespond.ports.service import Routing

_PATH = "/routes"
_ALL = 100


def build(config: Serving, site: Site) -> Routing:
    """Return the router that a service's serving goes through, or one that refuses.

    Which version answers through it is asked as the serving's protocol has it; where that takes an
    input row, with its `probe`.
    """
    if config.routes_through is None:
        return NoRouting(site.service)
    timeout_s = parse_duration(text(record(config.model_dump()).get("timeout")) or "10s")
    http = Http(
        config.routes_through,
        clock=site.clock,
        auth=config.routes_auth,
        secrets=site.secrets,
        deadline_s=timeout_s,
    )
    match config:
        case openai.Config():
            return Router(http, openai.through(config, http))
        case mlflow_scoring.Config():
            return Router(http, mlflow_scoring.through(config, http, site))
        case _:
            return Router(http, _probing(config, http, timeout_s))


def _probing(config: Serving, http: Http, timeout_s: float) -> Callable[[], str | None]:
    written: Record = config.model_dump()
    model = InferenceModel(http, config.model, text(written.get("output")) or "", timeout_s)
    probe: Mapping[str, Json] = record(written.get("probe"))

    def ask() -> str | None:
        if not probe:
            raise UnsupportedError(
                "nobody knows what to ask the router to see who answers",
                hint="set `serving.probe` to an input row",
            )
        return model.answers(probe)

    return ask


class Router:
    """A router that takes its routes over HTTP, and forwards requests of one model."""

    def __init__(self, http: Http, asks: Callable[[], str | None]) -> None:
        self._http = http
        self._asks = asks

    def route(self) -> Route:
        """See Routing.route."""
        return _route(self._http.request("GET", _PATH, idempotent=True).body, self._http.base_url)

    def set_route(self, route: Route) -> None:
        """See Routing.set_route."""
        body: Record = {"to": route.to, "share": route.share, "drained": list(route.drained)}
        reply = self._http.request("PUT", _PATH, json=body, idempotent=True)
        if record(reply.body).get("to") is None:
            return
        told = _route(reply.body, self._http.base_url)
        if (told.to, told.share, set(told.drained)) != (
            route.to,
            route.share,
            set(route.drained),
        ):
            raise BadReplyError(f"{self._http.base_url} accepted a route and set another: {told}")

    def answered_by(self) -> str | None:
        """See Routing.answered_by; None if the answer does not name its version."""
        return self._asks()


class NoRouting:
    """A service whose requests nothing routes."""

    def __init__(self, service: str) -> None:
        self._service = service

    def route(self) -> Route:
        """See Routing.route; always UnsupportedError."""
        raise self._error()

    def set_route(self, route: Route) -> None:
        """See Routing.set_route; always UnsupportedError."""
        raise self._error()

    def answered_by(self) -> str | None:
        """See Routing.answered_by; always UnsupportedError."""
        raise self._error()

    def _error(self) -> UnsupportedError:
        return UnsupportedError(
            f"no router stands before {self._service}",
            hint="set `serving.routes_through` to the address of its router",
        )


def _route(body: Json, source: str) -> Route:
    told = record(body)
    to, share, drained = text(told.get("to")), told.get("share"), told.get("drained")
    names = drained if isinstance(drained, list) else [None]
    texts = tuple(one for one in names if isinstance(one, str))
    counted = isinstance(share, int) and not isinstance(share, bool) and 0 <= share <= _ALL
    if not to or not counted or len(texts) != len(names):
        raise BadReplyError(f"{source}{_PATH} did not answer with `to`, `share` and `drained`")
    return Route(to=to, share=int(str(share)), drained=texts)
