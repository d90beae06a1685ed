"""Every error of a model becomes one mistake at its place, in words of this house."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import told

from mlrespond.authoring.source import parse
from mlrespond.authoring.validate import fitting, salvage, validate
from mlrespond.model.authored import Authored
from mlrespond.model.runbook import ApproveRule, Playbook, RetryRule, RunbookHead, StepHead
from mlrespond.model.service import Project, Service
from mlrespond.verbs.compare import CompareBody
from mlrespond.verbs.retrain import RetrainBody
from mlrespond.verbs.rollback import RollbackBody


def said(model: type[Authored], text: str, *, templates: bool = False) -> str:
    source = parse("a.yaml", text)
    found = validate(source, model, source.data, templates=templates)
    assert (found is None) == (fitting(model, source.data) is None)
    return "\n".join(str(one) for one in sorted(source.diagnostics))


@pytest.mark.parametrize(
    ("model", "text", "expected"),
    [
        (RollbackBody, "to: 1.10", "1:5 invalid-value a text is wanted, not `1.1`"),
        (RollbackBody, "to: ~", "1:5 invalid-value a text is wanted, not nothing"),
        (RollbackBody, "order: eu", "1:8 invalid-value a list is wanted, not `eu`"),
        (RollbackBody, "order: {}", "1:8 invalid-value a list is wanted, not a mapping"),
        (RollbackBody, "5", "1:1 invalid-value a mapping is wanted, not `5`"),
        (RollbackBody, "[a]", "1:1 invalid-value a mapping is wanted, not a list of 1"),
        (
            RollbackBody,
            "replicas: some",
            "1:11 invalid-value a list or `all` is wanted, not `some`",
        ),
        (RollbackBody, "replicas: [a, 5]", "1:15 invalid-value a text is wanted, not `5`"),
        (RetryRule, "attempts: 0", "1:11 invalid-value at least 1 is wanted, not `0`"),
        (RetryRule, "attempts: 21", "1:11 invalid-value at most 20 is wanted, not `21`"),
        (RetryRule, "attempts: 1.0", "1:11 invalid-value a whole number is wanted, not `1.0`"),
        (RetryRule, "attempts: true", "1:11 invalid-value a whole number is wanted, not `true`"),
        (
            RetryRule,
            "every: 30",
            "1:8 invalid-value `30` is no duration; write 250ms, 30s, 5m, 2h or 7d",
        ),
        (
            RetryRule,
            "every: [30s]",
            "1:8 invalid-value this is no duration; write 250ms, 30s, 5m, 2h or 7d",
        ),
        (ApproveRule, "not_self: no", "1:11 invalid-value true or false is wanted, not `no`"),
        (RetryRule, "every: 4000d", "1:8 invalid-value `4000d` is longer than ten years"),
        (
            RetrainBody,
            "window: 5",
            "1:9 invalid-value `5` is no duration; write 250ms, 30s, 5m, 2h or 7d",
        ),
        (RetrainBody, "window: {to: x}", "1:9 missing-key `from` is missing"),
        (RetrainBody, "window: {to: x}", "1:14 invalid-value `x` is no ISO 8601 time"),
        (
            CompareBody,
            "against: others",
            "1:1 invalid-value give metrics, inputs or cases, at least one of them",
        ),
        (Playbook, "priority: '5'", "1:11 invalid-value a whole number is wanted, not `5`"),
        (Playbook, "match: {}", "1:8 invalid-value at least 1 is wanted, not a mapping"),
        (
            Playbook,
            "match: {a: {}}",
            "1:12 invalid-value a text or a list is wanted, not a mapping",
        ),
        (
            StepHead,
            "id: A",
            "1:5 invalid-value `A` is no name: a small letter, then small letters, digits and `_`",
        ),
        (StepHead, "when: ", "1:6 invalid-value an expression is missing"),
        (
            RunbookHead,
            "runbook: a_b",
            "1:10 invalid-value `a_b` is no name: small letters and digits, joined by `-`",
        ),
        (
            Project,
            "services: {A b: {}}",
            "1:12 invalid-value `A b` is no name: small letters and digits, joined by `-`, `_` or `.`",
        ),
        (Service, "objectives: {a: 5}", "1:17 invalid-value a mapping is wanted, not `5`"),
        (Service, "objectives: {a: {}}", "1:17 missing-key `kind` is missing"),
        (
            Service,
            "objectives: {a: {kind: golden, golden: 1}}",
            "1:32 unknown-key `golden` is no key here",
        ),
        (
            Service,
            "policies: [{allow: a, by: b, because: c, severity: [SEV5]}]",
            "1:53 invalid-value `SEV1`, `SEV2`, `SEV3` or `SEV4` is wanted, not `SEV5`",
        ),
    ],
)
def test_a_mistake_is_told_in_words(model: type[Authored], text: str, expected: str) -> None:
    assert f"a.yaml:{expected}" in said(model, text).split("\n")


def test_all_mistakes_are_told_at_once() -> None:
    text = "against: 1.10\nmetrics: some\nlooks: {evry: 5s, at_most: -1}\nonly: {regin: [eu]}\n"

    assert said(CompareBody, text) == told("""
        a.yaml:1:10 invalid-value a text is wanted, not `1.1`
          help: put it in quotes
        a.yaml:2:10 invalid-value a list or `all` is wanted, not `some`
        a.yaml:3:8 missing-key `every` is missing
        a.yaml:3:9 unknown-key `evry` is no key here
          help: did you mean `every`?
        a.yaml:3:28 invalid-value at least 1 is wanted, not `-1`
        a.yaml:4:8 unknown-key `regin` is no key here
          help: did you mean `region`?
    """)


def test_the_nearest_kind_and_word_are_suggested() -> None:
    text = "owner: a\nobjectives:\n  x: {kind: rato}\n  y: {kind: latency, histgram: h}\n"

    assert said(Service, text) == told("""
        a.yaml:1:1 missing-key `serving` is missing
        a.yaml:3:13 invalid-value `rato` is no kind
          help: did you mean `ratio`?
        a.yaml:4:22 unknown-key `histgram` is no key here
          help: did you mean `histogram`?
    """)


def test_a_template_stands_for_anything_where_templates_are_rendered() -> None:
    text = (
        "against: '{{ a }}'\nmetrics: '{{ a }}'\nlooks: {every: '{{ a }}', at_most: '{{ a }}'}\n"
        "only: {region: ['{{ a }}'], replica: '{{ a }}'}\nsince: '{{ a }}'\n"
    )

    assert said(CompareBody, text, templates=True) == ""
    assert said(CompareBody, "'{{ a }}'", templates=True) == ""
    assert said(CompareBody, text).count("invalid-value") == 5


def test_a_template_excuses_neither_an_unknown_key_nor_a_missing_one() -> None:
    assert said(CompareBody, "agains: '{{ a }}'", templates=True) == told("""
        a.yaml:1:1 missing-key `against` is missing
        a.yaml:1:1 unknown-key `agains` is no key here
          help: did you mean `against`?
    """)


def test_what_is_right_in_a_broken_value_is_kept() -> None:
    head = salvage(
        StepHead,
        {"id": "Bad", "when": "true", "timeout": 5, "titel": "x", "on_failure": "undo"},
        id="",
    )

    assert (head.id, head.when, head.timeout, head.on_failure) == ("", "true", None, "undo")
