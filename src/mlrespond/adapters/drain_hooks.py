"""Draining by the team's own commands, for a balancer that no protocol of ours speaks to.

There is no route to a fallback here: requests go to the replicas that are not drained. Which ones
are is what the balancer says by the hook `drained`, asked anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlrespond.adapters.hook import check_hook, run_hook
from mlrespond.errors import BadReplyError, RejectedError
from mlrespond.model.reading import Route
from mlrespond.model.service import Serving
from mlrespond.ports.service import Commands, Routing

_PRIMARY = "primary"


def build(config: Serving, commands: Commands) -> Routing:
    """Return the routing of a service with drain hooks; a wrong template is an error here."""
    hooks = config.hooks
    for written in (hooks.drain, hooks.undrain, hooks.drained):
        check_hook(written)

    def run(written: Sequence[str], replica: str = "") -> str:
        return run_hook(commands, written, replica)

    return DrainHooks(config, run)


class DrainHooks:
    """A balancer that is set by commands, one replica after another; a second time is harmless."""

    def __init__(self, config: Serving, run: Callable[..., str]) -> None:
        self._hooks = config.hooks
        self._replicas = [one.name for one in config.replicas]
        self._run = run

    def route(self) -> Route:
        """See Routing.route; the drained replicas are in the order of the service's."""
        told = self._run(self._hooks.drained).split()
        strangers = sorted(set(told) - set(self._replicas))
        if strangers:
            raise BadReplyError(
                f"`{self._hooks.drained[0]}` printed `{strangers[0][:80]}`, which is no replica",
                hint="it prints the names of the drained replicas, and nothing else",
            )
        return Route(to=_PRIMARY, drained=tuple(sorted(set(told))))

    def set_route(self, route: Route) -> None:
        """See Routing.set_route: take back what is drained no longer, then drain the others."""
        self._check(route)
        before, wanted = set(self.route().drained), set(route.drained)
        for replica in sorted(before - wanted):
            self._run(self._hooks.undrain, replica)
        for replica in sorted(wanted - before):
            self._run(self._hooks.drain, replica)

    def answered_by(self) -> str | None:
        """See Routing.answered_by; nobody can be asked by way of a balancer that has no address."""
        return None

    def _check(self, route: Route) -> None:
        if route.to != _PRIMARY:
            raise RejectedError(
                f"there is no route {route.to}: hooks only drain",
                hint="set `serving.routes_through` to the address of a router",
            )
        strangers = set(route.drained) - set(self._replicas)
        if strangers:
            raise RejectedError(f"there is no replica {', '.join(sorted(strangers))}")
        if set(route.drained) == set(self._replicas):
            raise RejectedError("no replica would be left")
