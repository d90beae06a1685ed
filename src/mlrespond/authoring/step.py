"""One authored step: its head and its one verb, mistakes noted at their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.validate import salvage, validate
from mlrespond.authoring.written import Path, Source
from mlrespond.model.json import Json, Record, items, text
from mlrespond.model.runbook import StepHead
from mlrespond.model.shape import VerbTable

BLOCK = "steps"
USE = "use"
STEP_TIMES = frozenset({"timeout"})
_HEAD_KEYS = frozenset(StepHead.model_fields)
_RULES = frozenset({"retry", "approve", "verify"})
_NEVER_TEMPLATES = frozenset({"read", "until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoredStep:
    """A step as it stands in its file; `inner` holds the steps of a block.

    Of a broken step it is what can be told: `verb` or `id` may be empty, its file is refused.
    """

    id: str
    verb: str
    head: StepHead
    data: Record
    where: Path
    source: Source
    inner: tuple[AuthoredStep, ...] = field(default=())

    @property
    def body(self) -> Json:
        """Return the verb's body; an empty one where nothing was written."""
        body = self.data.get(self.verb)
        return {} if body is None else body


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What reading the steps of one runbook needs; `seen` gathers their ids."""

    source: Source
    verbs: VerbTable
    defaults: Record
    seen: set[str] = field(default_factory=set)


def read_steps(context: Context, steps: Json, where: Path) -> tuple[AuthoredStep, ...]:
    """Return the steps of a list, as far as they can be told apart; mistakes are noted."""
    found = (_read_step(context, one, (*where, at)) for at, one in enumerate(items(steps)))
    return tuple(step for step in found if step is not None)


def without_templates(data: Record, times: frozenset[str]) -> Record:
    """Return a head without those times and rules that are only known when it is rendered."""
    kept: dict[str, Json] = {}
    for key, value in data.items():
        if key in times and _holds_template(value):
            continue
        if key == "defaults" and isinstance(value, Mapping):
            kept[key] = without_templates(value, STEP_TIMES)
        elif key in _RULES and isinstance(value, Mapping):
            kept[key] = {
                name: item
                for name, item in value.items()
                if name in _NEVER_TEMPLATES or not _holds_template(item)
            }
        else:
            kept[key] = value
    return kept


def _holds_template(value: Json) -> bool:
    if isinstance(value, str):
        return "{{" in value
    return any(_holds_template(one) for one in items(value))


def _read_step(context: Context, data: Json, where: Path) -> AuthoredStep | None:
    source = context.source
    if not isinstance(data, Mapping):
        source.report(where, "invalid-value", "a step is a mapping with an id and a verb")
        return None
    verb = _verb_of(context, data, where)
    head = _head(source, data, where)
    name = head.id or text(data.get("id")) or ""
    if name and name in context.seen:
        source.report((*where, "id"), "duplicate-id", f"there is another step `{name}`")
    context.seen.add(name)
    inner = _inner(context, data[BLOCK], (*where, BLOCK)) if BLOCK in data else ()
    return AuthoredStep(
        id=name, verb=verb, head=head, data=data, where=where, source=source, inner=inner
    )


def _verb_of(context: Context, data: Record, where: Path) -> str:
    """Return the one verb of a step, or nothing where that cannot be told."""
    names = {*context.verbs.names(), BLOCK, USE}
    unknown = [key for key in data if key not in names | _HEAD_KEYS]
    for key in unknown:
        context.source.report_key(
            (*where, key),
            "unknown-key",
            f"`{key}` is neither a verb nor a key of a step",
            hint=suggestion(key, names | _HEAD_KEYS),
        )
    named = [key for key in data if key in names]
    if len(named) > 1:
        both = " and ".join(named)
        place = (*where, named[1])
        context.source.report_key(place, "two-verbs", f"a step has one verb, not {both}")
    elif not named and not unknown:
        context.source.report(where, "no-verb", "the step has no verb", hint="such as `compare:`")
    return named[0] if len(named) == 1 else ""


def _head(source: Source, data: Record, where: Path) -> StepHead:
    """Return the head; of a broken one, what is right in it."""
    own = {key: value for key, value in data.items() if key in _HEAD_KEYS}
    heads = without_templates(own, STEP_TIMES)
    return validate(source, StepHead, heads, where) or salvage(StepHead, heads, id="")


def _inner(context: Context, steps: Json, where: Path) -> tuple[AuthoredStep, ...]:
    if not items(steps):
        context.source.report(where, "invalid-value", "a block is a list of steps, one at least")
    return read_steps(context, steps, where)
