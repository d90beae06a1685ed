"""A step has an id and one verb; whatever else is wrong with it is told as well."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import HEAD, of_runbook, of_steps, told


def test_a_step_is_a_mapping_with_an_id_and_one_verb() -> None:
    found = of_steps("""\
  - 5
  - id: b
    rollbak: {}
  - id: c
    compare: {against: before_release, metrics: all}
    rollback: {to: 1.5}
  - id: d
    when: "true"
  - notify: {to: ops, say: hello}
  - id: e
    titel: x
    end: {as: no_fault}
  - {}
""")

    assert found == told("""
        a.yaml:7:5 invalid-value a step is a mapping with an id and a verb
        a.yaml:9:5 unknown-key `rollbak` is neither a verb nor a key of a step
          help: did you mean `rollback`?
        a.yaml:12:5 two-verbs a step has one verb, not compare and rollback
        a.yaml:13:5 no-verb the step has no verb
          help: such as `compare:`
        a.yaml:15:5 missing-key `id` is missing
        a.yaml:17:5 unknown-key `titel` is neither a verb nor a key of a step
          help: did you mean `title`?
        a.yaml:19:5 missing-key `id` is missing
        a.yaml:19:5 no-verb the step has no verb
          help: such as `compare:`
    """)


def test_a_broken_head_hides_neither_the_body_nor_the_expressions() -> None:
    found = of_steps("""\
  - id: b
    on_failure: stopp
    when: steps.lok.verdict == "pass"
    rollback: {too: 7, preflight: [load, "{{ inputs.nope }}"]}
    approve: {by: Ana, within: soon, otherwise: "no"}
  - id: c
    when: steps.b.outcome == "ok"
    end: {as: nofault}
""")

    assert found == told("""
        a.yaml:8:17 invalid-value `stop`, `continue`, `undo`, `undo_run` or `escalate` is wanted, not `stopp`
          help: did you mean `stop`?
        a.yaml:9:17 unknown-field `steps` has no `lok`
          help: did you mean `look`?
        a.yaml:10:16 unknown-key `too` is no key here
          help: did you mean `to`?
        a.yaml:10:53 unknown-field `inputs` has no `nope`
        a.yaml:11:19 invalid-value a list is wanted, not `Ana`
        a.yaml:11:32 invalid-value `soon` is no duration; write 250ms, 30s, 5m, 2h or 7d
        a.yaml:11:49 invalid-value `deny` or `escalate` is wanted, not `no`
        a.yaml:14:15 invalid-value `no_fault`, `not_ours` or `escalated` is wanted, not `nofault`
          help: did you mean `no_fault`?
    """)


def test_a_step_that_cannot_be_told_is_known_to_the_steps_after_it() -> None:
    found = of_steps("""\
  - id: b
    rollbak: {}
  - id: Bad
    compare: {against: before_release, metrics: all}
  - id: c
    when: steps.b.outcome == "ok" and steps.Bad.verdict == "pass"
    end: {as: no_fault}
""")

    assert [line.split(" ")[1] for line in found.split("\n") if line.startswith("a.yaml")] == [
        "unknown-key",
        "invalid-value",
    ]


def test_an_id_stands_once_in_blocks_and_at_the_end_too() -> None:
    found = of_steps("""\
  - id: b
    steps:
      - id: look
        end: {as: no_fault}
finally:
  - id: b
    escalate: {}
""")

    assert found == told("""
        a.yaml:9:13 duplicate-id there is another step `look`
        a.yaml:12:9 duplicate-id there is another step `b`
    """)


@pytest.mark.parametrize("steps", ["[]", "{}", "5", "", "'{{ inputs.steps }}'"])
def test_a_block_is_a_list_of_steps(steps: str) -> None:
    found = of_steps(f"  - id: b\n    steps: {steps}\n")

    assert found.startswith("a.yaml:8:1")
    assert "invalid-value a block is a list of steps, one at least" in found


@pytest.mark.parametrize("key", ["retry", "approve", "verify", "undo"])
def test_a_rule_is_written_out_and_never_a_template(key: str) -> None:
    found = of_steps(
        f"  - id: b\n    {key}: '{{{{ steps.look.top }}}}'\n"
        "    command: {args: [a], effect: change}\n"
        "    verify: {read: {diagnose: {}}, until: read.verdict == 'pass'}\n"
        if key != "verify"
        else "  - id: b\n    verify: '{{ steps.look.top }}'\n    rollback: {}\n"
    )

    column = 8 + len(key) - 1
    message = "a mapping is wanted, not `{{ steps.look.top }}`"
    assert found == f"a.yaml:8:{column} invalid-value {message}"


def test_times_and_numbers_of_rules_may_be_templates() -> None:
    found = of_runbook(
        HEAD.replace("steps:\n", "inputs: {t: {type: duration}, n: {type: number}}\nsteps:\n")
        + """\
  - id: b
    timeout: "{{ inputs.t }}"
    retry: {attempts: "{{ inputs.n }}", every: "{{ inputs.t }}", max: "{{ inputs.t }}"}
    approve: {by: ["{{ service.owner }}"], within: "{{ inputs.t }}", not_self: "{{ true }}"}
    verify: {within: "{{ inputs.t }}", every: "{{ inputs.t }}", consecutive: "{{ inputs.n }}"}
    rollback: {}
"""
    )

    assert found == ""


@pytest.mark.parametrize("key", ["on_failure", "on_unknown", "on_denied", "on_inconclusive"])
def test_what_a_step_does_next_is_written_out(key: str) -> None:
    found = of_steps(f"  - id: b\n    {key}: '{{{{ run.id }}}}'\n    rollback: {{}}\n")

    assert "invalid-value" in found
    assert "is wanted, not `{{ run.id }}`" in found


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("when", "8:10 invalid-value an expression is missing"),
        ("on_denied", "8:15 invalid-value `stop`, `continue` or `escalate` is wanted, not nothing"),
        ("title", "8:11 invalid-value a text is wanted, not nothing"),
    ],
)
def test_a_key_with_nothing_after_it_is_a_mistake(key: str, expected: str) -> None:
    found = of_steps(f"  - id: b\n    {key}:\n    rollback: {{}}\n")

    assert found == f"a.yaml:{expected}"


def test_what_steps_is_no_list_of_is_told_once() -> None:
    head = HEAD.partition("steps:\n")[0].replace('steps.look.verdict == "pass"', "'true'")

    assert of_runbook(head + "steps: {a: 1}\n") == (
        "a.yaml:4:8 invalid-value a list is wanted, not a mapping"
    )
    assert of_runbook(head + "steps: []\n") == (
        "a.yaml:4:8 invalid-value at least 1 is wanted, not a list of 0"
    )
