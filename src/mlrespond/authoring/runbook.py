"""A runbook's text to the flat form that the engine runs; what it uses is expanded at load."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TypeAlias

from mlrespond.authoring.body import check_bodies, check_verify
from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.inputs import check_given, declared, input_spec
from mlrespond.authoring.source import parse
from mlrespond.authoring.step import (
    BLOCK,
    USE,
    AuthoredStep,
    Context,
    read_steps,
    without_templates,
)
from mlrespond.authoring.validate import salvage, validate
from mlrespond.authoring.written import Path, Source
from mlrespond.model.codec import encode
from mlrespond.model.json import Json, Record, dump, record, text
from mlrespond.model.runbook import RunbookHead
from mlrespond.model.shape import Vocabulary
from mlrespond.model.spec import InputSpec, RunbookSpec, StepSpec

Resolver: TypeAlias = Callable[[str], "tuple[str, bytes] | None"]
MAX_STEPS = 500
MAX_USES = 20
_TIMES = frozenset({"mitigated_for"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoredRunbook:
    """A runbook as it stands in its file. Of a broken one, `head` is what is right in it."""

    name: str
    source: Source
    head: RunbookHead
    steps: tuple[AuthoredStep, ...] = ()
    finals: tuple[AuthoredStep, ...] = ()


@dataclass
class Loading:
    """What loading one runbook needs and gathers: every file that it used is in `sources`.

    A runbook goes by the name of its file. `names` are all that there are, to suggest one.
    """

    vocabulary: Vocabulary
    resolve: Resolver
    names: tuple[str, ...] = ()
    runbooks: dict[str, AuthoredRunbook] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    count: int = 0


def read_runbook(path: str, content: bytes | str, loading: Loading) -> AuthoredRunbook:
    """Return a runbook as authored, its mistakes noted in its source."""
    source = parse(path, content)
    loading.sources.append(source)
    data = record(source.data)
    context = Context(
        source=source, verbs=loading.vocabulary.verbs, defaults=record(data.get("defaults"))
    )
    runbook = AuthoredRunbook(
        name=PurePath(path).stem,
        source=source,
        head=_head(source, PurePath(path).stem),
        steps=read_steps(context, data.get("steps"), ("steps",)),
        finals=read_steps(context, data.get("finally"), ("finally",)),
    )
    check_bodies(context, runbook.steps + runbook.finals)
    check_verify(context, ("defaults", "verify"), context.defaults.get("verify"))
    loading.runbooks[runbook.name] = runbook
    return runbook


def _head(source: Source, stem: str) -> RunbookHead:
    heads: Record = {}
    if isinstance(source.data, Mapping):
        heads = without_templates(source.data, _TIMES)
        head = validate(source, RunbookHead, heads)
        check_name(source, "runbook", stem)
        if head:
            return head
    elif not source.diagnostics:
        source.report((), "not-a-runbook", "a runbook is a mapping that starts with `runbook:`")
    return salvage(RunbookHead, heads, runbook=stem, title="", mitigated_when="", steps=[])


def check_name(source: Source, key: str, stem: str) -> None:
    """Note a file that is not called as what stands in it."""
    name = text(record(source.data).get(key))
    if name is not None and name != stem:
        source.report((key,), "misnamed", f"the file is called `{stem}`", hint=f"{key}: {stem}")


def expand(runbook: AuthoredRunbook, loading: Loading) -> RunbookSpec:
    """Return the flat form; what is wrong with the runbooks that it uses is noted."""
    using = (runbook.name,)
    spec = RunbookSpec(
        name=runbook.head.runbook,
        title=runbook.head.title,
        digest="",
        mitigated_when=runbook.head.mitigated_when,
        mitigated_for=str(record(runbook.source.data).get("mitigated_for") or "5m"),
        inputs=_input_specs(runbook),
        steps=_flat(runbook, runbook.steps, loading, None, "", using),
        finally_steps=_flat(runbook, runbook.finals, loading, None, "", using),
        source=runbook.source.path,
    )
    return replace(spec, digest=hashlib.sha256(dump(encode(spec)).encode()).hexdigest())


def _input_specs(runbook: AuthoredRunbook) -> Mapping[str, InputSpec]:
    inputs = declared(runbook.source.data)
    return {name: input_spec(one) for name, one in inputs.items() if one is not None}


def _flat(
    runbook: AuthoredRunbook,
    steps: tuple[AuthoredStep, ...],
    loading: Loading,
    parent: str | None,
    scope: str,
    using: tuple[str, ...],
) -> tuple[StepSpec, ...]:
    found: list[StepSpec] = []
    for step in steps:
        loading.count += 1
        if loading.count > MAX_STEPS:
            step.source.report(step.where, "too-long", f"more than {MAX_STEPS} steps in all")
            break
        spec = _spec(runbook, step, parent, scope)
        if step.verb == USE:
            found += _used(spec, step, loading, using)
            continue
        found.append(spec)
        found += _flat(runbook, step.inner, loading, spec.id, scope, using)
    return tuple(found)


def _used(
    spec: StepSpec, step: AuthoredStep, loading: Loading, using: tuple[str, ...]
) -> list[StepSpec]:
    name = text(record(step.body).get("runbook"))
    inner = _other(name, step, loading, using) if name is not None else None
    if name is None or inner is None:
        return []
    given = record(record(step.body).get("inputs"))
    inputs = declared(inner.source.data)
    check_given(step.source, (*step.where, USE), given, inputs, name, whole=True)
    body = {**record(step.body), "specs": encode(_input_specs(inner))}
    children = _flat(inner, inner.steps, loading, spec.id, f"{spec.id}/", (*using, name))
    return [replace(spec, body=body), *children]


def _other(
    name: str, step: AuthoredStep, loading: Loading, using: tuple[str, ...]
) -> AuthoredRunbook | None:
    where: Path = (*step.where, USE, "runbook")
    if name in using:
        chain = " → ".join((*using, name))
        step.source.report(where, "use-cycle", f"`{name}` ends up using itself", hint=chain)
        return None
    if len(using) > MAX_USES:
        message = f"runbooks use one another more than {MAX_USES} deep"
        step.source.report(where, "too-long", message)
        return None
    if name in loading.runbooks:
        return loading.runbooks[name]
    found = loading.resolve(name)
    if found is None:
        message = f"there is no runbook `{name}`"
        hint = suggestion(name, loading.names)
        step.source.report(where, "unknown-runbook", message, hint=hint)
        return None
    return read_runbook(*found, loading)


def _spec(runbook: AuthoredRunbook, step: AuthoredStep, parent: str | None, scope: str) -> StepSpec:
    defaults = record(record(runbook.source.data).get("defaults"))
    head = step.head
    return StepSpec(
        id=scope + step.id,
        verb=step.verb,
        body=None if step.verb == BLOCK else step.body,
        title=head.title or step.id.replace("_", " "),
        when=head.when,
        service=head.service,
        parent=parent,
        scope=scope,
        pace=_pace(defaults, step.data),
        approve=_merged(defaults, step.data, "approve"),
        on_failure=head.on_failure,
        on_unknown=head.on_unknown,
        on_denied=head.on_denied,
        on_inconclusive=head.on_inconclusive,
        undo=step.data.get("undo"),
        asks=tuple(record(record(step.body).get("answers"))) or None,
        block=step.verb in {BLOCK, USE},
        line=step.source.place(step.where)[0],
    )


def _pace(defaults: Record, data: Record) -> Record:
    pace: dict[str, Json] = {
        key: merged
        for key in ("retry", "verify")
        if (merged := _merged(defaults, data, key)) is not None
    }
    timeout = data.get("timeout") or defaults.get("timeout")
    return {**pace, "timeout": timeout} if timeout else pace


def _merged(defaults: Record, data: Record, key: str) -> Record | None:
    both = {**record(defaults.get(key)), **record(data.get(key))}
    return both or None
