"""`wait`: for a time, or until a read shows something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field, model_validator

from mlrespond.errors import InvalidInputError
from mlrespond.model.authored import Authored, Duration, ExprText
from mlrespond.model.evaluate import INCONCLUSIVE, holds
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Record, record
from mlrespond.model.shape import VerbShape
from mlrespond.model.word import VerdictWord
from mlrespond.verbs.interface import Again, Done, Past, StepContext, Verb

_LOOKING = ("until", "every", "at_most")


class WaitBody(Authored):
    """For how long, or until what."""

    for_: Duration | None = Field(default=None, alias="for", description="How long")
    read: dict[str, Any] | None = Field(default=None, description="A read verb to look with")
    until: ExprText | None = Field(default=None, description="What `read` must show")
    every: Duration = Field(default="30s", description="How often to look")
    at_most: Duration = Field(default="1h", description="How long to go on looking")

    @model_validator(mode="before")
    @classmethod
    def _no_looks(cls, data: Any) -> Any:  # noqa: ANN401  # pydantic hands over whatever was written
        written = data if isinstance(data, Mapping) and "read" not in data else {}
        idle = [name for name in _LOOKING if "for" in written and name in written]
        if idle:
            raise ValueError(f"`{idle[0]}` has no effect beside `for`, which does not look")
        return data

    @model_validator(mode="after")
    def _one_way(self) -> WaitBody:
        if (self.for_ is None) == (self.read is None):
            raise ValueError("give `for`, or `read` and `until`")
        if self.read is not None and self.until is None:
            raise ValueError("`until` is missing: what must `read` show?")
        return self


def look(ctx: StepContext, body: WaitBody, past: Past) -> Again | Done:
    """Wait once for a time; or look, and wait while it does not hold."""
    if body.for_ is not None:
        if past.n == 1:
            return Again(wait_s=parse_duration(body.for_), said=f"waiting for {body.for_}")
        return Done(said=f"waited for {body.for_}", verdict="pass")
    seen, said = _read(ctx, body, past)
    found = holds(body.until or "", {"read": seen})
    if found is not INCONCLUSIVE and found:
        return Done(said=f"so it is: {said}", verdict="pass", yields=seen)
    waited = ctx.now - past.started_at
    if waited >= timedelta(seconds=parse_duration(body.at_most)):
        verdict: VerdictWord = "inconclusive" if found is INCONCLUSIVE else "fail"
        return Done(said=f"not so within {body.at_most}: {body.until} ({said})", verdict=verdict)
    return Again(wait_s=parse_duration(body.every), said=f"not yet: {body.until} ({said})")


def _read(ctx: StepContext, body: WaitBody, past: Past) -> tuple[Record, str]:
    """Take one look of the inner verb; each look of ours is its first, so that it is fresh."""
    from mlrespond.verbs.table import verb

    name, inner = next(iter((body.read or {}).items()))
    reader = verb(name)
    if reader.look is None:
        raise InvalidInputError(f"`{name}` cannot be read with")
    once = Past(n=1, data=None, started_at=past.started_at)
    found = reader.look(ctx, reader.body(inner or {}), once)
    if isinstance(found, Done):
        return {**record(found.yields), "verdict": found.verdict}, found.said
    return {"verdict": found.verdict}, found.said


VERB = Verb(
    shape=VerbShape(
        name="wait",
        family="read",
        body=WaitBody,
        effect=lambda _: "read",
        timeout_s=lambda _: 60.0,
        attempts=3,
    ),
    look=look,
)
