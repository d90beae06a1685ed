"""What a verb sees in a test: a service on fakes, and an incident that began half an hour ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from tests.rig import SERVICE, Rig

from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json
from mlrespond.model.plan import Action, Plan, Reading
from mlrespond.model.run_kind import ActionSettled
from mlrespond.testing.clock import START
from mlrespond.testing.fake_fleet import FakeServing
from mlrespond.testing.fake_signals import Signals
from mlrespond.testing.world import WorldHolder
from mlrespond.usecases.looking import bare_context
from mlrespond.verbs.interface import (
    Again,
    Done,
    IncidentView,
    NoTarget,
    Past,
    Planned,
    StepContext,
)
from mlrespond.verbs.table import verb

ONSET = START - timedelta(seconds=1800)


class Counting(FakeServing):
    """Serving that remembers what was loaded."""

    def __init__(self, holder: WorldHolder, signals: Signals) -> None:
        super().__init__(holder, signals)
        self.loaded: list[str] = []

    def load(self, replica: str, version: str) -> None:
        """See Serving.load."""
        self.loaded.append(version)
        super().load(replica, version)


def context(here: Rig, **changes: object) -> StepContext:
    """Return what a step of the first run sees."""
    incident = IncidentView(
        id="INC-0001", severity="SEV2", onset=ONSET, opened_at=START, title="it misbehaves"
    )
    known = bare_context(here.app, SERVICE, incident)
    known = replace(known, run="INC-0001.1", step="go")
    return replace(known, **changes)  # type: ignore[arg-type]  # its own fields


def look(ctx: StepContext, name: str, body: Json, n: int = 1, data: Json = None) -> Done | Again:
    """Take one look."""
    found = verb(name)
    assert found.look is not None
    return found.look(ctx, found.body(body), Past(n=n, data=data, started_at=ctx.now))


def done(ctx: StepContext, name: str, body: Json) -> Done:
    """Take a look that is the last."""
    found = look(ctx, name, body)
    assert isinstance(found, Done)
    return found


def planned(ctx: StepContext, name: str, body: Json) -> Plan:
    """Return the plan that a verb makes."""
    found = verb(name)
    assert found.plan is not None
    made = found.plan(ctx, found.body(body))
    assert isinstance(made, Planned)
    return made.plan


def no_target(ctx: StepContext, name: str, body: Json) -> NoTarget:
    """Return why a verb makes no plan."""
    found = verb(name)
    assert found.plan is not None
    made = found.plan(ctx, found.body(body))
    assert isinstance(made, NoTarget)
    return made


def act(ctx: StepContext, name: str, body: Json, action: Action) -> Json:
    """Carry out an action."""
    found = verb(name)
    assert found.act is not None
    return found.act(ctx, found.body(body), action)


def read(ctx: StepContext, name: str, body: Json, action: Action) -> Reading:
    """Read where the world is in relation to an action."""
    found = verb(name)
    assert found.read is not None
    return found.read(ctx, found.body(body), action)


def facts(
    ctx: StepContext,
    name: str,
    action: Action,
    outcome: str = "ok",
    yields: Mapping[str, Json] | None = None,
) -> list[str]:
    """Return what the ledger is told of a settled action, as lines."""
    settled = ActionSettled(
        action=0,
        summary=action.summary,
        outcome=outcome,  # type: ignore[arg-type]  # one of its words
        yields=yields or {},
    )
    return [one.line() for one in verb(name).facts(ctx, action, settled)]


def mistake(name: str, body: Json) -> str:
    """Return what is said of a body that makes no sense."""
    try:
        verb(name).body(body)
    except InvalidInputError as error:
        return error.message
    return ""
