"""Setting the router: what `switch` and `drain` share. A route is set whole, so it is absolute.

A service without a router may have hooks that drain, and no more.
"""

from __future__ import annotations

from mlrespond.errors import PortError
from mlrespond.model.codec import decode, encode
from mlrespond.model.json import Json
from mlrespond.model.plan import Action, Reading
from mlrespond.model.reading import Route
from mlrespond.verbs.interface import NoTarget, StepContext

PRIMARY = "primary"


def current(ctx: StepContext, *, by_hook: bool = False) -> Route | NoTarget:
    """Return the route as it is, or why it cannot be known; a hook may stand for the router."""
    serving = ctx.service.serving
    if serving.routes_through is None and not (by_hook and serving.hooks.drain):
        nor = " and no hooks that drain (serving.hooks)" if by_hook else ""
        return NoTarget(reason=f"{ctx.name} has no router (serving.routes_through){nor}")
    try:
        return ctx.ports.routing.route()
    except PortError as error:
        return NoTarget(reason=f"the router does not answer: {error.message}")


def action(ctx: StepContext, kind: str, summary: str, before: Route, after: Route) -> Action:
    """Return the action that sets the whole route."""
    return Action(
        kind=kind,
        target="router",
        summary=summary,
        before=encode(before),
        after=encode(after),
        settle="readable",
        lease=f"router/{ctx.name}",
    )


def act(ctx: StepContext, _: object, done: Action) -> Json:
    """Set the route."""
    ctx.ports.routing.set_route(decode(Route, done.after))
    return done.after


def read(ctx: StepContext, _: object, done: Action) -> Reading:
    """Return where the router sends requests, in relation to an action.

    What the router says is its wish; a request through it shows who answers.
    """
    try:
        seen = ctx.ports.routing.route()
        doubt = _contradiction(ctx, seen)
    except PortError as error:
        return Reading(where="unreadable", detail=error.message)
    if doubt and encode(seen) == done.after:
        return Reading(where="pending", seen=encode(seen), detail=doubt)
    detail = f"the router sends {seen.share}% to {seen.to}"
    if seen.drained:
        detail += f", none to {', '.join(seen.drained)}"
    known = encode(seen)
    where = "reached" if known == done.after else "before" if known == done.before else "elsewhere"
    return Reading(where=where, seen=known, detail=detail)  # type: ignore[arg-type]  # three of its words


def _contradiction(ctx: StepContext, route: Route) -> str:
    """Return how the data plane contradicts the router, or nothing; shares cannot be told."""
    if route.share != 100:  # noqa: PLR2004  # percent
        return ""
    answered = ctx.ports.routing.answered_by()
    fallbacks = {one.route: one.version or one.route for one in ctx.service.fallbacks.values()}
    expected = fallbacks.get(route.to)
    if expected is not None and answered != expected:
        return f"the router says {route.to}, but {answered or 'nobody'} answers"
    if expected is None and answered in fallbacks.values():
        return f"the router says {route.to}, but the fallback {answered} answers"
    return ""
