"""The schemas that editors get say what lint says, and every field is described."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.authoring.fits import KEYWORDS, fits
from tests.authoring.told import (
    HEAD,
    SERVICE,
    SHIPPED,
    VOCABULARY,
    of_playbook,
    of_project,
    of_runbook,
)
from tests.authoring.valid import NOTES, PROJECT, RUNBOOK

from mlrespond.authoring.schema import SCHEMAS, schema
from mlrespond.authoring.source import parse
from mlrespond.errors import UsageError
from mlrespond.model.json import Json, Record, items, record, text


def written(name: str) -> Record:
    """Return a schema as an editor reads it."""
    return record(json.loads(json.dumps(schema(name, VOCABULARY.verbs))))


def accepts(name: str, content: str | bytes) -> bool:
    source = parse("a.yaml", content)
    assert source.diagnostics == []
    whole = written(name)
    ours = fits(whole, whole, source.data)
    assert ours == _theirs(whole, source.data, ours=ours)
    return ours


def _theirs(whole: Record, value: Json, *, ours: bool) -> bool:
    """Return what the jsonschema package says, where it is installed."""
    try:
        import jsonschema  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        return ours
    jsonschema.Draft202012Validator.check_schema(whole)
    return bool(jsonschema.Draft202012Validator(whole).is_valid(value))


def subschemas(value: Json) -> Iterator[Record]:
    """Yield a schema and every schema in it."""
    yield record(value)
    for key in ("properties", "patternProperties", "$defs"):
        for inner in record(record(value).get(key)).values():
            yield from subschemas(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(record(value).get(key), dict):
            yield from subschemas(record(value)[key])
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in items(record(value).get(key)):
            yield from subschemas(inner)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_uses_known_keywords_and_refers_to_what_is_there(name: str) -> None:
    whole = written(name)

    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for one in subschemas(whole):
        assert set(one) <= KEYWORDS
        reference = text(one.get("$ref")) or "#/$defs/"
        assert reference.startswith("#/$defs/")
        assert reference == "#/$defs/" or reference.rpartition("/")[2] in record(whole["$defs"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described(name: str) -> None:
    bare = [
        f"{one.get('title')}.{field}"
        for one in subschemas(written(name))
        for field, inner in record(one.get("properties")).items()
        if not record(inner).get("description")
    ]

    assert bare == []


def test_models_of_the_same_name_are_the_same() -> None:
    seen: dict[str, Json] = {}
    for name in VOCABULARY.verbs.names():
        body = VOCABULARY.verbs.shape(name).body
        whole = body.model_json_schema()
        for title, one in {**whole.pop("$defs", {}), body.__name__: whole}.items():
            assert seen.setdefault(title, one) == one


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_runbooks_fit(name: str) -> None:
    assert accepts("runbook", SHIPPED[name])


def test_what_uses_everything_fits() -> None:
    front = NOTES.split("---\n")[1]

    assert accepts("runbook", RUNBOOK)
    assert accepts("project", PROJECT)
    assert accepts("playbook", front)


BROKEN_STEPS = [
    "rollbak: {}",
    "rollback: {too: 7}",
    "rollback: {to: 1.5}",
    "rollback: {preflight: [gold]}",
    "rollback: {replicas: some}",
    "rollback: 5",
    "compare:",
    "compare: {metrics: all}",
    "compare: {against: before_release, metrics: all, looks: {every: 5, at_most: 3}}",
    "compare: {against: before_release, metrics: all, looks: {every: 5s, at_most: 0}}",
    "compare: {against: before_release, metrics: all, looks: {every: 5s}}",
    "compare: {against: before_release, metrics: all, window: 5 minutes}",
    "hold: {what: [deploys]}",
    "hold: {what: []}",
    "end: {as: no_faul}",
    "end: {as: no_fault}\n    on_failure: stopp",
    "end: {as: no_fault}\n    on_failure: '{{ run.id }}'",
    "end: {as: no_fault}\n    timeout: 5",
    "end: {as: no_fault}\n    when: true",
    "end: {as: no_fault}\n    when:",
    "end: {as: no_fault}\n    rollback: {}",
    "end: {as: no_fault}\n    titel: x",
    "rollback: {}\n    retry: {attempts: 50}",
    "rollback: {}\n    retry: '{{ run.id }}'",
    "rollback: {}\n    approve: {by: ana}",
    "rollback: {}\n    approve: {by: [Ana]}",
    "rollback: {}\n    approve: {otherwise: allow}",
    "rollback: {}\n    verify: {read: '{{ run.id }}', until: read.verdict == 'pass'}",
    "switch: {to: rules, share: 101}",
    "switch: {to: rules, share: 0}",
    "http: {url: x}",
    "http: {url: x, effect: read, expect: ['200']}",
    "command: {args: [], effect: read}",
    "command: {args: [sleep, 5], effect: read}",
    "ask: {say: x, answers: {}}",
    "ask: {say: x, answers: {a: {type: text}}}",
    "use: bad-release",
    "use: {runbok: bad-release}",
    "steps: []",
    "steps: [{id: x}]",
    "steps: [{id: X, end: {as: no_fault}}]",
    "title: only",
]


@pytest.mark.parametrize("lines", BROKEN_STEPS)
def test_what_lint_refuses_in_a_step_does_not_fit(lines: str) -> None:
    content = f"{HEAD}  - id: b\n    {lines}\n"

    assert of_runbook(content) != ""
    assert not accepts("runbook", content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("runbook: a", "runbook: A b"),
        ("runbook: a", "runbook: '{{ a }}'"),
        ("title: A\n", ""),
        ("title: A", "titel: A\ntitle: A"),
        ("title: A", "title: 5"),
        ("title: A", "title: A\ninputs: {X: {}}"),
        ("title: A", "title: A\ninputs: {x: {type: numbr}}"),
        ("title: A", "title: A\ninputs: {x: {default: [a]}}"),
        ("title: A", "title: A\nmitigated_for: 5"),
        ("title: A", "title: A\ndefaults: '{{ x }}'"),
        ("title: A", "title: A\ndefaults: {timeout: 5}"),
        ("title: A", "title: A\nfinally: {}"),
        ("title: A", "title: A\nfinally: [5]"),
        ("id: look", "id: '{{ a }}'"),
        ("    diagnose: {}\n", ""),
    ],
)
def test_what_lint_refuses_in_a_runbook_does_not_fit(old: str, new: str) -> None:
    content = HEAD.replace(old, new)

    assert of_runbook(content) != ""
    assert not accepts("runbook", content)


@pytest.mark.parametrize(
    "extra",
    [
        "servces: {}",
        "timeline: 5",
        "chats: {x: {url: y}}",
        "chats: {X: {kind: slack}}",
        "services: {a: {owner: ana}}",
        "services: {a: {owner: ana, serving: {kind: fake, model: m, url: x}, healthy_after: 5}}",
        "services: {a: {owner: ana, serving: {kind: fake, model: m, url: x, auth: {bearer: s}}}}",
        "services: {a: {owner: a, serving: {kind: fake, model: m, url: x}, objectives: {o: {kind: x}}}}",
    ],
)
def test_what_lint_refuses_in_a_project_does_not_fit(extra: str) -> None:
    assert of_project(SERVICE, other=extra) != ""
    assert not accepts("project", extra)


@pytest.mark.parametrize(
    "front",
    [
        "playbook: p",
        "playbook: p\nmatch: {}",
        "playbook: p\nmatch: {a: 5}",
        "playbook: P\nmatch: {a: b}",
        "playbook: p\nmatch: {a: b}\nrunbooks: [first-look]",
        "playbook: p\nmatch: {a: b}\nseverity: {default: SEV9}",
        "playbook: p\nmatch: {a: b}\nrunbooks: [{runbook: first-look, when: }]",
    ],
)
def test_what_lint_refuses_in_a_playbook_does_not_fit(front: str) -> None:
    assert of_playbook(f"---\n{front}\n---\n") != ""
    assert not accepts("playbook", front)


def test_an_unknown_schema_is_told_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        schema("runbok", VOCABULARY.verbs)

    assert caught.value.message == "there is no schema `runbok`"
    assert caught.value.hint == "known: runbook, playbook, project"
