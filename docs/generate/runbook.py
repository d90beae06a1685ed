"""The grammar of runbooks: from the models that files are read into, and the verbs' shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TypeAlias

from docs.generate.markdown import capital, code, codes, sentence, table
from docs.generate.model import inner, keys, section

from mlrespond.authoring.body import UseBody
from mlrespond.model.runbook import (
    ApproveRule,
    Defaults,
    Input,
    RetryRule,
    RunbookHead,
    StepHead,
    VerifyRule,
)
from mlrespond.model.shape import COMMON_YIELDS, VERDICT_YIELD, VerbShape, YieldType
from mlrespond.verbs.table import VERBS, Table

_HOUR_S = 3600

Yields: TypeAlias = Mapping[str, YieldType]


def heads() -> Iterator[str]:
    """Yield the keys of a runbook, of its inputs and of a step."""
    for model in (RunbookHead, Input, Defaults, StepHead, RetryRule, ApproveRule, VerifyRule):
        yield from section(model, "###")


def verbs() -> Iterator[str]:
    """Yield a section for each verb: what it takes, and what it yields."""
    for name in VERBS:
        yield from _verb(Table().shape(name), _does(name))
    yield from ("### use", "", sentence(UseBody.__doc__ or ""), "")
    yield from keys(UseBody)


def index() -> Iterator[str]:
    """Yield the table of verbs."""
    rows = [(f"[`{name}`](#{name})", _effect(Table().shape(name))) for name in VERBS]
    blocks = [
        ("`steps`", "a block of steps under one `when`"),
        ("[`use`](#use)", "another runbook"),
    ]
    yield from table(("Verb", "Effect"), [*rows, *blocks])


def common_yields() -> Iterator[str]:
    """Yield what every step yields."""
    yield from _yields({**COMMON_YIELDS, **VERDICT_YIELD})


def _does(name: str) -> str:
    """Return what the verb's module says of it."""
    said = (import_module(VERBS[name]).__doc__ or "").split("\n\n")[0]
    return sentence(capital(" ".join(said.removeprefix(f"`{name}`: ").split())))


def _verb(shape: VerbShape, does: str) -> Iterator[str]:
    yield from (f"### {shape.name}", "", does, "")
    yield from (f"Effect: {_effect(shape)}.", f"Time-out of one attempt: {_timeout(shape)}.", "")
    yield from keys(shape.body)
    for model in inner(shape.body):
        yield from section(model, "####")
    if shape.yields:
        yield from ("It yields, beside what every step yields:", "")
        yield from _yields(shape.yields)


def _timeout(shape: VerbShape) -> str:
    seconds = round(shape.timeout_s({}))
    plain = f"{seconds // 60}m" if seconds < _HOUR_S else f"{seconds // _HOUR_S}h"
    return f"{plain}, with `looks` as long as they take" if shape.name == "compare" else plain


def _effect(shape: VerbShape) -> str:
    if "effect" in shape.body.model_fields:
        return "what its `effect` says: `read`, `change` or `page`"
    if shape.family in {"ask", "end"}:
        return {"ask": "asks a person", "end": "ends the run"}[shape.family]
    return code(shape.effect({}))


def _yields(types: Yields) -> Iterator[str]:
    rows = [(code(name), words) for name, words in _flat(types)]
    yield from table(("Name", "Type"), rows)


def _flat(types: Yields, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, one in types.items():
        path = prefix + ("NAME" if name == "*" else name)
        if isinstance(one, str):
            yield path, one
        elif isinstance(one, tuple):
            yield path, codes(one)
        elif all(inner_type == "bool" for inner_type in one.values()):
            yield f"{path}.MODE", "bool, of each failure mode"
        else:
            yield from _flat(one, f"{path}.")
