"""Every expression and template of a runbook against what its names will hold."""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.authoring.body import nested_in
from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.inputs import check_declared, declared, input_types
from mlrespond.authoring.names import LATER, Report, check_expression, check_template
from mlrespond.authoring.runbook import AuthoredRunbook
from mlrespond.authoring.step import BLOCK, USE, AuthoredStep
from mlrespond.authoring.written import Path, Source, scalars
from mlrespond.model.authored import expressions_of
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.shape import COMMON_YIELDS, VERDICT_YIELD, Vocabulary, YieldType

_TEMPLATED = ("title", "service", "timeout", "retry", "approve")


def check_runbook(
    runbook: AuthoredRunbook,
    vocabulary: Vocabulary,
    others: Mapping[str, AuthoredRunbook] | None = None,
) -> None:
    """Note every expression that cannot be evaluated, in the runbook's source.

    `others` are the runbooks that it may use, by name.
    """
    source, data = runbook.source, record(runbook.source.data)
    inputs = declared(data)
    check_declared(source, inputs)
    names = {**vocabulary.names(), "inputs": input_types(inputs)}
    checker = _Checker(source, vocabulary, names, runbook.steps + runbook.finals, others or {})
    checker.defaults(record(data.get("defaults")))
    checker.walk(runbook.steps)
    criterion = data.get("mitigated_when")
    if isinstance(criterion, str):
        checker.expression(("mitigated_when",), criterion)
    checker.templates(("mitigated_for",), data.get("mitigated_for"))
    checker.walk(runbook.finals)


def check_approvers(runbook: AuthoredRunbook, handles: frozenset[str]) -> None:
    """Note whoever is to approve and is nobody: such a step could never be approved."""
    defaults = record(record(runbook.source.data).get("defaults"))
    _check_approvers(runbook.source, ("defaults", "approve"), defaults, handles)
    for step in _all(runbook.steps + runbook.finals):
        _check_approvers(runbook.source, (*step.where, "approve"), step.data, handles)


def _check_approvers(source: Source, where: Path, data: Record, handles: frozenset[str]) -> None:
    for at, name in enumerate(items(record(data.get("approve")).get("by"))):
        if isinstance(name, str) and "{{" not in name and name not in handles:
            hint, message = suggestion(name, handles), f"no team or person `{name}`"
            source.report((*where, "by", at), "unknown-name", message, hint=hint)


class _Checker:
    """Walks the steps in order, so that a step sees those before it."""

    def __init__(
        self,
        source: Source,
        vocabulary: Vocabulary,
        names: Mapping[str, YieldType],
        steps: tuple[AuthoredStep, ...],
        others: Mapping[str, AuthoredRunbook],
    ) -> None:
        self._source = source
        self._verbs = vocabulary.verbs
        self._names = names
        self._others = others
        self._using: list[str] = []
        self._steps: dict[str, YieldType] = {one.id: LATER for one in _all(steps) if one.id}

    def defaults(self, given: Record) -> None:
        self._verify(("defaults", "verify"), record(given.get("verify")))
        own = {key: value for key, value in given.items() if key != "verify"}
        self.templates(("defaults",), own)

    def walk(self, steps: tuple[AuthoredStep, ...]) -> None:
        for step in steps:
            self._step(step)
            self.walk(step.inner)

    def expression(self, where: Path, written: str) -> None:
        check_expression(written, {**self._names, "steps": self._steps}, self._reporter(where))

    def templates(self, where: Path, value: Json) -> None:
        names = {**self._names, "steps": self._steps}
        for place, written in scalars(value, where):
            if "{" in written or "}}" in written:
                check_template(written, names, self._reporter(place))

    def _step(self, step: AuthoredStep) -> None:
        when = step.data.get("when")
        if isinstance(when, str):
            self.expression((*step.where, "when"), when)
        for key in _TEMPLATED:
            self.templates((*step.where, key), step.data.get(key))
        self._verify((*step.where, "verify"), record(step.data.get("verify")))
        self._nested((*step.where, "undo"), step.data.get("undo"))
        if step.verb == USE:
            self.templates((*step.where, USE), step.body)
        elif step.verb and step.verb != BLOCK:
            self._body((*step.where, step.verb), step.verb, step.body)
        if step.id:
            first = self._steps.get(step.id) == LATER
            self._steps[step.id] = self._yields(step) if first else "any"

    def _verify(self, where: Path, rule: Record) -> None:
        self.templates(where, {key: rule[key] for key in rule if key not in {"read", "until"}})
        self._until(where, rule, "until")
        self._nested((*where, "read"), rule.get("read"))

    def _nested(self, where: Path, given: Json) -> None:
        nested = nested_in(where, given)
        if nested is None or nested.name not in self._verbs.names():
            self.templates(where, given)
        else:
            self._body(nested.place, nested.name, nested.body)

    def _body(self, where: Path, verb: str, body: Json) -> None:
        bare = expressions_of(self._verbs.shape(verb).body)
        if not isinstance(body, Mapping) or not bare & set(body):
            self.templates(where, body)
            return
        for key in bare & set(body):
            self._until(where, body, key)
        self._nested((*where, "read"), body.get("read"))
        own = {key: value for key, value in body.items() if key not in {*bare, "read"}}
        self.templates(where, own)

    def _until(self, where: Path, body: Record, key: str) -> None:
        """Check what a read must show: it is asked of the reading alone."""
        text = body.get(key)
        if isinstance(text, str):
            names = {"read": self._read_yields(where, body)}
            check_expression(text, names, self._reporter((*where, key)))

    def _read_yields(self, where: Path, body: Record) -> YieldType:
        nested = nested_in(where, body.get("read"))
        if nested is None or nested.name not in self._verbs.names():
            return "any"
        return {**VERDICT_YIELD, **self._verbs.shape(nested.name).yields}

    def _yields(self, step: AuthoredStep) -> YieldType:
        if not step.verb:
            return "any"
        if step.verb == USE:
            return {**COMMON_YIELDS, "steps": self._inner(step)}
        if step.verb == BLOCK:
            return COMMON_YIELDS
        shape = self._verbs.shape(step.verb)
        reads = shape.family == "change" and shape.effect(record(step.body)) == "read"
        return {**VERDICT_YIELD, **shape.all_yields} if reads else shape.all_yields

    def _inner(self, step: AuthoredStep) -> YieldType:
        """Return what the steps of a used runbook yield; one that uses itself is told elsewhere."""
        name = text(record(step.body).get("runbook"))
        used = self._others.get(name or "")
        if used is None or name in self._using:
            return "any"
        self._using.append(used.name)
        found = {one.id: self._yields(one) for one in _all(used.steps) if one.id}
        self._using.pop()
        return found

    def _reporter(self, where: Path) -> Report:
        def report(column: int, code: str, message: str, hint: str) -> None:
            self._source.report(where, code, message, hint=hint, column=column)

        return report


def _all(steps: tuple[AuthoredStep, ...]) -> list[AuthoredStep]:
    return [found for step in steps for found in (step, *_all(step.inner))]
