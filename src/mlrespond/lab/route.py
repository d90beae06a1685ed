"""Where the router sends requests: to the replicas in turn, or to a fallback."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json, items, record, text

PRIMARY = "primary"
_ALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """`share` percent of requests go `to`, the rest to the replicas that are not drained."""

    to: str = PRIMARY
    share: int = _ALL
    drained: tuple[str, ...] = ()


class Switchboard:
    """Chooses a target for each request; shares are exact, not drawn by chance."""

    def __init__(self, replicas: Sequence[str], fallbacks: Sequence[str]) -> None:
        self._replicas = tuple(replicas)
        self._fallbacks = tuple(fallbacks)
        self._lock = threading.Lock()
        self._routes = Routes()
        self._owed = 0
        self._turn = 0

    @property
    def routes(self) -> Routes:
        """Return the routes as they stand."""
        return self._routes

    def set(self, wanted: Json) -> None:
        """Set the routes; InvalidInputError for what is not there, or if nothing could answer."""
        routes = _read(wanted)
        if routes.to not in (PRIMARY, *self._fallbacks):
            raise InvalidInputError(f"there is no route `{routes.to}`")
        unknown = sorted(set(routes.drained) - set(self._replicas))
        if unknown:
            raise InvalidInputError(f"there is no replica `{unknown[0]}`")
        if set(routes.drained) == set(self._replicas):
            raise InvalidInputError("all replicas would be drained")
        with self._lock:
            self._routes = routes
            self._owed = 0

    def target(self) -> str:
        """Return the replica or fallback that gets the next request."""
        with self._lock:
            routes = self._routes
            self._owed += routes.share
            if self._owed >= _ALL:
                self._owed -= _ALL
                if routes.to != PRIMARY:
                    return routes.to
            open_ones = [one for one in self._replicas if one not in routes.drained]
            self._turn += 1
            return open_ones[self._turn % len(open_ones)]


def _read(wanted: Json) -> Routes:
    asked = record(wanted)
    to, share = text(asked.get("to")), asked.get("share", _ALL)
    drained = tuple(text(one) for one in items(asked.get("drained", ())))
    if to is None:
        raise InvalidInputError("`to` names no route")
    if isinstance(share, bool) or not isinstance(share, int) or not 1 <= share <= _ALL:
        raise InvalidInputError(f"`share` is {share!r}, not a whole number from 1 to 100")
    if not isinstance(asked.get("drained", []), list) or None in drained:
        raise InvalidInputError("`drained` is no list of replicas")
    return Routes(to=to, share=share, drained=tuple(one for one in drained if one))
