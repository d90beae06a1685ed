"""A verb's body fits its model; what is read, proven or taken back with is a verb itself."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import HEAD, of_runbook, of_steps, told


def test_nobody_is_asked_about_what_changes_nothing() -> None:
    found = of_steps("""\
  - id: b
    compare: {against: before_release, metrics: all}
    approve: {by: [ana]}
    verify: {within: 5m}
    undo: {command: {args: [a], effect: change}}
  - id: c
    notify: {to: ops, say: hello}
    approve: {by: [ana]}
  - id: d
    http: {url: "http://x", effect: read}
    verify: {within: 5m}
  - id: e
    rollback: {}
    undo: {command: {args: [a], effect: change}}
  - id: f
    approve: {by: [ana]}
    timeout: 5m
    service: other
    steps:
      - id: g
        end: {as: no_fault}
""")

    assert found == told("""
        a.yaml:9:5 key-without-effect this `compare` changes nothing, so `approve` has no effect
          help: give it to the step that changes something
        a.yaml:10:5 key-without-effect this `compare` changes nothing, so `verify` has no effect
          help: give it to the step that changes something
        a.yaml:11:5 key-without-effect this `compare` changes nothing, so `undo` has no effect
          help: give it to the step that changes something
        a.yaml:14:5 key-without-effect this `notify` changes nothing, so `approve` has no effect
          help: give it to the step that changes something
        a.yaml:17:5 key-without-effect this `http` changes nothing, so `verify` has no effect
          help: give it to the step that changes something
        a.yaml:20:5 key-without-effect `rollback` knows how it is taken back, so `undo` has no effect
          help: leave it out
        a.yaml:22:5 key-without-effect a block does nothing itself, so `approve` has no effect
          help: give it to the steps inside
        a.yaml:23:5 key-without-effect a block does nothing itself, so `timeout` has no effect
          help: give it to the steps inside
        a.yaml:24:5 key-without-effect a block does nothing itself, so `service` has no effect
          help: give it to the steps inside
    """)


@pytest.mark.parametrize("effect", ["change", '"{{ inputs.effect }}"'])
@pytest.mark.parametrize("verb", ["command: {args: [a]", 'http: {url: "http://x"'])
def test_a_change_that_cannot_prove_itself_says_how_it_is_proven(verb: str, effect: str) -> None:
    found = of_steps(f"  - id: b\n    {verb}, effect: {effect}}}\n").split("\n")

    name = verb.partition(":")[0]
    assert found[:2] == [
        f"a.yaml:7:5 unproven-change a `{name}` that changes something needs `verify: {{read: …, until: …}}`",
        "  help: read verbs: diagnose, compare",
    ]


def test_the_proof_may_stand_in_the_defaults() -> None:
    proof = "defaults: {verify: {read: {diagnose: {}}, until: read.verdict == 'pass'}}\nsteps:\n"

    found = of_runbook(
        HEAD.replace("steps:\n", proof) + "  - id: b\n    command: {args: [a], effect: change}\n"
    )

    assert found == ""


def test_reading_and_its_condition_belong_together() -> None:
    found = of_steps("""\
  - id: b
    rollback: {}
    verify: {read: {diagnose: {}}}
  - id: c
    rollback: {}
    verify: {until: read.verdict == "pass"}
  - id: d
    wait: {read: {diagnose: {}}}
  - id: e
    wait: {for: 5m, read: {diagnose: {}}, until: read.verdict == "pass"}
  - id: f
    wait: {}
""")

    assert found == told("""
        a.yaml:9:13 missing-key `read` needs `until` beside it
        a.yaml:12:13 missing-key `until` needs `read` beside it
        a.yaml:14:11 invalid-value `until` is missing: what must `read` show?
        a.yaml:16:11 invalid-value give `for`, or `read` and `until`
        a.yaml:18:11 invalid-value give `for`, or `read` and `until`
    """)


def test_a_wait_for_a_time_does_not_look() -> None:
    found = of_steps("""\
  - id: b
    wait: {for: 5m, every: 10s}
  - id: c
    wait: {for: 5m, at_most: 1h}
  - id: d
    wait: {for: "{{ inputs.pause }}", until: read.verdict == "pass"}
""")

    assert found == told("""
        a.yaml:8:11 invalid-value `every` has no effect beside `for`, which does not look
        a.yaml:10:11 invalid-value `at_most` has no effect beside `for`, which does not look
        a.yaml:12:11 invalid-value `until` has no effect beside `for`, which does not look
        a.yaml:12:28 unknown-field `inputs` has no `pause`
    """)


def test_a_misspelt_word_is_no_version() -> None:
    found = of_steps("""\
  - id: b
    compare: {against: before_relase, metrics: all}
  - id: c
    compare: {against: Before-Incident, metrics: all, subject: servd}
  - id: d
    rollback: {to: last_healty}
  - id: e
    activate: {version: want}
""")

    assert found == told("""
        a.yaml:8:24 invalid-value `before_relase` looks like a misspelt word; did you mean `before_release`?
        a.yaml:10:24 invalid-value `Before-Incident` looks like a misspelt word; did you mean `before_incident`?
        a.yaml:10:64 invalid-value `servd` looks like a misspelt word; did you mean `served`?
        a.yaml:12:20 invalid-value `last_healty` looks like a misspelt word; did you mean `last_healthy`?
        a.yaml:14:25 invalid-value `want` looks like a misspelt word; did you mean `wanted`?
    """)


def test_a_version_may_be_called_anything_else() -> None:
    found = of_steps("""\
  - id: b
    compare: {against: 2026-11-01, metrics: all, subject: serve-2}
  - id: c
    rollback: {to: canary}
  - id: d
    rollback: {to: 7}
  - id: e
    activate: {version: "{{ steps.c.before }}"}
""")

    assert found == ""


def test_what_is_read_with_is_one_read_verb_with_its_body() -> None:
    found = of_steps("""\
  - id: b
    wait: {read: {rollback: {}}, until: read.verdict == "pass"}
  - id: c
    wait: {read: {diagnos: {}}, until: read.verdict == "pass"}
  - id: d
    wait: {read: {diagnose: {lokback: 2h}}, until: read.verdict == "pass"}
  - id: e
    wait: {read: {diagnose: {}, compare: {}}, until: read.verdict == "pass"}
  - id: f
    wait: {read: {}, until: read.verdict == "pass"}
  - id: g
    wait: {read: "{{ steps.look.top }}", until: read.verdict == "pass"}
  - id: h
    wait: {read: {command: {args: [a], effect: change}}, until: read.code == 0}
  - id: i
    wait: {read: {command: {args: [a], effect: read}}, until: read.code == 0}
  - id: j
    wait: {read: {diagnose: }, until: read.verdict == "pass"}
  - id: k
    wait: {read: 5, until: read.verdict == "pass"}
  - id: l
    wait: {read: {wait: {for: 5s}}, until: read.verdict == "pass"}
""")

    assert found == told("""
        a.yaml:8:19 wrong-verb `rollback` is not a read verb
          help: known: compare, diagnose
        a.yaml:10:19 wrong-verb `diagnos` is not a read verb
          help: did you mean `diagnose`?
        a.yaml:12:30 unknown-key `lokback` is no key here
          help: did you mean `lookback`?
        a.yaml:14:33 two-verbs one verb, not diagnose and compare
        a.yaml:16:18 no-verb there is no verb
          help: such as `diagnose: {}`
        a.yaml:18:18 invalid-value a verb with its body stands here, not a template
        a.yaml:20:19 wrong-verb `command` is not a read verb
          help: known: compare, diagnose
        a.yaml:26:18 invalid-value a mapping is wanted, not `5`
        a.yaml:28:19 wrong-verb `wait` is not a read verb
          help: known: compare, diagnose
    """)


def test_a_call_is_taken_back_by_its_like() -> None:
    step = """\
  - id: b
    http: {url: "http://x", effect: change}
    verify: {read: {diagnose: {}}, until: read.verdict == "pass"}
    undo: %s
"""

    assert of_steps(step % '{http: {url: "http://x", effect: change}}') == ""
    assert of_steps(step % "{command: {args: [a], effect: change}}") == (
        "a.yaml:10:12 wrong-verb a `http` is taken back by another `http`, not by `command`"
    )
    assert of_steps(step % '{http: {url: "http://x", effekt: change}}') == told("""
        a.yaml:10:18 missing-key `effect` is missing
        a.yaml:10:36 unknown-key `effekt` is no key here
          help: did you mean `effect`?
    """)


@pytest.mark.parametrize(
    "body",
    [
        'rollback: "{{ inputs.any }}"',
        'rollback: {to: "{{ inputs.any }}", preflight: ["{{ inputs.any }}"], order: "{{ inputs.any }}"}',
        'restart: {replicas: "{{ inputs.any }}"}',
        'switch: {to: "{{ inputs.any }}", share: "{{ inputs.any }}"}',
        'wait: {for: "{{ inputs.any }}"}',
        'wait: {read: {compare: {against: before_release, metrics: "{{ inputs.any }}"}}, until: read.verdict == "pass", every: "{{ inputs.any }}"}',
        'compare: {against: before_release, metrics: all, looks: {every: "{{ inputs.any }}", at_most: "{{ inputs.any }}"}, since: "{{ inputs.any }}", only: "{{ inputs.any }}"}',
        'http: {url: "{{ inputs.any }}", effect: read, expect: "{{ inputs.any }}", json: {a: ["{{ inputs.any }}"]}, method: "{{ inputs.any }}"}',
        'hold: {what: ["{{ inputs.any }}"], window: {from: "{{ inputs.any }}", to: "{{ inputs.any }}"}}',
        'use: {runbook: first-look, inputs: {looks: "{{ inputs.any }}", every: "{{ inputs.any }}"}}',
        'end: {as: "{{ inputs.any }}"}',
    ],
)
def test_a_template_stands_for_a_duration_a_number_a_list_or_a_whole_body(body: str) -> None:
    text = HEAD.replace("steps:\n", "inputs: {any: {}}\nsteps:\n") + f"  - id: b\n    {body}\n"

    assert of_runbook(text) == ""
    renamed = of_runbook(text.replace("inputs.any", "inputs.ayn"))
    assert renamed.count("unknown-field `inputs` has no `ayn`\n  help: did you mean `any`?") == (
        body.count("inputs.any")
    )
