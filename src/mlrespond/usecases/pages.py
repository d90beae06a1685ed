"""The pages of an incident, and telling their pagers what became of it here.

A pager escalates by its own rules until it hears that somebody took the page, or that it is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from mlrespond.engine.incident import IncidentState, fold_incident
from mlrespond.errors import Error
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import PagerTold
from mlrespond.model.kinds import body, draft
from mlrespond.model.plan import Action
from mlrespond.model.run_kind import ActionIntended, PlanMade
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, plain_definition
from mlrespond.verbs.interface import marked
from mlrespond.verbs.paging import key_of

PAGE = "page"


def open_pages(incident: IncidentState, events: Sequence[Event]) -> tuple[str, ...]:
    """Return the keys of the pages that were sent in an incident, or may have been, in order.

    A page whose pager was told since then that it is over is left out.
    """
    mark = marked(incident.id, incident.opened_at)
    plans: dict[tuple[str | None, str | None], tuple[Action, ...]] = {}
    keys: dict[str, None] = {}
    for event in events:
        match None if event.erased else body(event):
            case PlanMade(plan=plan):
                plans[event.run, event.step] = plan.actions
            case ActionIntended(action=at):
                keys |= {key_of(mark, one): None for one in _paging(plans, event, at)}
            case PagerTold(what="resolved") as told:
                keys = {key: None for key in keys if key not in told.keys or key in told.failed}
    return tuple(keys)


def _paging(
    plans: Mapping[tuple[str | None, str | None], tuple[Action, ...]], event: Event, at: int
) -> Sequence[Action]:
    """Return the action that an event intends, if it is one of its plan's pages."""
    action = plans.get((event.run, event.step), ())[at : at + 1]
    return [one for one in action if one.kind == PAGE]


def tell_pagers(
    app: App, name: str, service: str, what: Literal["acknowledged", "resolved"]
) -> Mapping[str, str]:
    """Tell the pagers of an incident's open pages, and record it; return who was not told, and why.

    A pager that cannot be told is named in what is recorded: it is no reason not to go on.
    """
    events = app.store.read(incident_stream(name))
    incident = fold_incident(events)
    keys = open_pages(incident, events) if incident else ()
    if not keys:
        return {}
    told = PagerTold(what=what, keys=keys, failed=_failed(app, service, keys, what))
    said = draft(incident_stream(name), told, app.clock.now(), incident=name, actor=app.me)
    app.store.append([said])
    app.progress.note(told.line())
    return told.failed


def _failed(app: App, service: str, keys: Sequence[str], what: str) -> Mapping[str, str]:
    known = app.project.services.get(service)
    if known is None:
        return dict.fromkeys(keys, f"there is no service `{service}` any more")
    failed: dict[str, str] = {}
    for key in keys:
        try:
            pager = app.ports(service, plain_definition(known)).pager
            if what == "acknowledged":
                pager.acknowledge(key, app.me.handle)
            else:
                pager.resolve(key)
        except Error as error:
            failed[key] = error.message
    return failed
