"""The verb of a step: its body, what it reads with, how it is proven and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.step import BLOCK, USE, AuthoredStep, Context
from mlrespond.authoring.validate import validate
from mlrespond.authoring.written import Path, Source
from mlrespond.model.authored import Authored, expressions_of, no_entries
from mlrespond.model.json import Json, record
from mlrespond.model.shape import VerbShape, VerbTable

_CHANGES_ONLY = ("approve", "verify")
_NOT_OF_BLOCKS = ("service", "timeout", "retry", "approve", "verify", "undo")


class UseBody(Authored):
    """Another runbook, run as part of this one."""

    runbook: str = Field(description="Which")
    inputs: dict[str, object] = Field(default_factory=no_entries, description="Its inputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A verb that stands inside a step: what it reads with, or how it is taken back."""

    place: Path
    name: str
    body: Json


def check_bodies(context: Context, steps: tuple[AuthoredStep, ...]) -> None:
    """Note what is wrong with the verbs of steps, in the steps' source."""
    for step in steps:
        if step.verb in {BLOCK, USE}:
            _check_block(step)
        elif step.verb:
            _check_verb(context, step, context.verbs.shape(step.verb))
        check_bodies(context, step.inner)


def _check_block(step: AuthoredStep) -> None:
    for key in _NOT_OF_BLOCKS:
        _without_effect(step, key, "a block does nothing itself", "give it to the steps inside")
    if step.verb == USE:
        validate(step.source, UseBody, step.body, (*step.where, USE))


def _check_verb(context: Context, step: AuthoredStep, shape: VerbShape) -> None:
    place = (*step.where, step.verb)
    validate(step.source, shape.body, step.body, place, templates=True)
    _check_inner_read(context, (*place, "read"), record(step.body).get("read"))
    check_verify(context, (*step.where, "verify"), step.data.get("verify"))
    effect = shape.effect(record(step.body)) if shape.family == "change" else "read"
    nothing = f"this `{step.verb}` changes nothing"
    if effect != "change":
        for key in _CHANGES_ONLY:
            _without_effect(step, key, nothing, "give it to the step that changes something")
    elif shape.needs_verify:
        _check_proof(context, step)
    if effect == "read":
        _without_effect(step, "undo", nothing, "give it to the step that changes something")
    elif shape.needs_verify:
        _check_undo(step, shape)
    else:
        _without_effect(step, "undo", f"`{step.verb}` knows how it is taken back", "leave it out")


def _without_effect(step: AuthoredStep, key: str, why: str, hint: str) -> None:
    if key in step.data:
        message = f"{why}, so `{key}` has no effect"
        step.source.report_key((*step.where, key), "key-without-effect", message, hint=hint)


def _check_proof(context: Context, step: AuthoredStep) -> None:
    verify = {**record(context.defaults.get("verify")), **record(step.data.get("verify"))}
    if not verify.get("read") or not verify.get("until"):
        step.source.report(
            step.where,
            "unproven-change",
            f"a `{step.verb}` that changes something needs `verify: {{read: …, until: …}}`",
            hint=f"read verbs: {', '.join(_read_verbs(context.verbs))}",
        )


def check_verify(context: Context, where: Path, rule: Json) -> None:
    """Note what is wrong with the `read` and `until` of a `verify`."""
    given = [key for key in ("read", "until") if record(rule).get(key) is not None]
    if len(given) == 1:
        missing = "until" if given == ["read"] else "read"
        context.source.report(where, "missing-key", f"`{given[0]}` needs `{missing}` beside it")
    _check_read(context, (*where, "read"), record(rule).get("read"))


def _check_read(context: Context, where: Path, given: Json) -> None:
    nested = _one_nested(context.source, where, given)
    if nested is None:
        return
    known = _read_verbs(context.verbs)
    if nested.name not in known and not _reads(context.verbs, nested):
        hint = suggestion(nested.name, known)
        message = f"`{nested.name}` is not a read verb"
        context.source.report_key(nested.place, "wrong-verb", message, hint=hint)
        return
    model = context.verbs.shape(nested.name).body
    validate(context.source, model, nested.body, nested.place, templates=True)


def _check_undo(step: AuthoredStep, shape: VerbShape) -> None:
    where = (*step.where, "undo")
    nested = _one_nested(step.source, where, step.data.get("undo"))
    if nested is None:
        return
    if nested.name != step.verb:
        message = f"a `{step.verb}` is taken back by another `{step.verb}`, not by `{nested.name}`"
        step.source.report_key(nested.place, "wrong-verb", message)
        return
    validate(step.source, shape.body, nested.body, nested.place, templates=True)


def _check_inner_read(context: Context, where: Path, given: Json) -> None:
    if isinstance(given, str) and "{{" in given:
        message = "a verb with its body stands here, not a template"
        context.source.report(where, "invalid-value", message)
    _check_read(context, where, given)


def _one_nested(source: Source, where: Path, given: Json) -> Nested | None:
    if not isinstance(given, Mapping):
        return None
    if not given:
        source.report(where, "no-verb", "there is no verb", hint="such as `diagnose: {}`")
    elif len(given) > 1:
        both = " and ".join(given)
        source.report_key((*where, list(given)[1]), "two-verbs", f"one verb, not {both}")
    return nested_in(where, given)


def nested_in(where: Path, given: Json) -> Nested | None:
    """Return the verb that stands at a place, with its body, if there is one."""
    for name, body in record(given).items():
        return Nested(place=(*where, name), name=name, body={} if body is None else body)
    return None


def _reads(verbs: VerbTable, nested: Nested) -> bool:
    """Return whether a verb that may change things only reads with this body."""
    if nested.name not in verbs.names():
        return False
    shape = verbs.shape(nested.name)
    return shape.family == "change" and shape.effect(record(nested.body)) == "read"


def _read_verbs(verbs: VerbTable) -> list[str]:
    """Return the verbs that look for themselves: one with a condition looks through another."""
    shapes = {name: verbs.shape(name) for name in verbs.names()}
    return [
        name
        for name, shape in shapes.items()
        if shape.family == "read" and not expressions_of(shape.body)
    ]
