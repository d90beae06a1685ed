"""Every name in a runbook is one that somebody yields by then; each mistake at its own column."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import HEAD, SERVICE, files, of, of_runbook, of_steps, told


def test_names_are_checked_in_conditions_and_in_templates() -> None:
    found = of_steps("""\
  - id: b
    when: steps.look.verdict == "passs" and step.look.top is none
    title: "{{ steps.look.tops }} and {{ likely.bad_relase }}"
    service: "{{ servce.name }}"
    notify: {to: ops, say: 'it''s {{ run.idd }}'}
  - id: c
    when: >-
      steps.look.likely.bad_release
      and steps.look.likely.bad_releas
    timeout: "{{ inputs.t }}"
    approve: {by: ["{{ alert.labls.team }}"], within: "{{ inputs.w }}"}
    verify: {every: "{{ inputs.v }}"}
    activate: {version: "{{ changes.version.form }}"}
  - id: d
    command: {args: [a, "{{ x }}"], effect: change, env: {A: "{{ y }}"}}
    verify: {read: {command: {args: ["{{ z }}"], effect: read}}, until: read.cod == 0}
    undo: {command: {args: ["{{ u }}"], effect: change}}
""")

    known = "known: alert, changes, incident, inputs, likely, run, service, steps"
    assert found == told(f"""
        a.yaml:8:33 never-equal it is never `passs`
          help: did you mean `pass`?
        a.yaml:8:45 unknown-name `step` is not known
          help: did you mean `steps`?
        a.yaml:9:27 unknown-field `steps.look` has no `tops`
          help: did you mean `top`?
        a.yaml:9:49 unknown-field `likely` has no `bad_relase`
          help: did you mean `bad_release`?
        a.yaml:10:18 unknown-name `servce` is not known
          help: did you mean `service`?
        a.yaml:11:42 unknown-field `run` has no `idd`
          help: did you mean `id`?
        a.yaml:15:29 unknown-field `steps.look.likely` has no `bad_releas`
          help: did you mean `bad_release`?
        a.yaml:16:25 unknown-field `inputs` has no `t`
        a.yaml:17:30 unknown-field `alert` has no `labls`
          help: did you mean `labels`?
        a.yaml:17:66 unknown-field `inputs` has no `w`
        a.yaml:18:32 unknown-field `inputs` has no `v`
        a.yaml:19:45 unknown-field `changes.version` has no `form`
          help: did you mean `before`?
        a.yaml:21:29 unknown-name `x` is not known
          help: {known}
        a.yaml:21:66 unknown-name `y` is not known
          help: {known}
        a.yaml:22:42 unknown-name `z` is not known
          help: {known}
        a.yaml:22:78 unknown-field `read` has no `cod`
          help: did you mean `code`?
        a.yaml:23:33 unknown-name `u` is not known
          help: {known}
    """)


def test_a_step_sees_only_what_has_run() -> None:
    found = of_steps("""\
  - id: b
    when: steps.b.outcome == "ok"
    title: "{{ steps.c.outcome }}"
    steps:
      - id: c
        when: steps.b.outcome == "ok" and steps.d.outcome == "ok"
        notify: {to: ops, say: "{{ steps.c.outcome }}"}
      - id: d
        when: steps.c.outcome == "ok"
        end: {as: no_fault}
  - id: e
    when: steps.d.outcome == "ok" and steps.last.outcome == "ok"
    end: {as: no_fault}
finally:
  - id: first
    when: steps.e.outcome == "ok" and steps.last.outcome == "ok"
    escalate: {}
  - id: last
    when: steps.first.outcome == "ok"
    escalate: {}
""")

    assert found == told("""
        a.yaml:8:17 later-step `b` comes later; it has not run yet
        a.yaml:9:22 later-step `c` comes later; it has not run yet
        a.yaml:12:49 later-step `d` comes later; it has not run yet
        a.yaml:13:42 later-step `c` comes later; it has not run yet
        a.yaml:18:45 later-step `last` comes later; it has not run yet
        a.yaml:22:45 later-step `last` comes later; it has not run yet
    """)


def test_the_criterion_sees_all_steps_but_not_the_final_ones() -> None:
    final = "finally:\n  - id: last\n    escalate: {}\n"
    seen = HEAD.replace("steps.look.verdict", "steps.b.outcome != 'ok' and steps.look.verdict")
    later = HEAD.replace("steps.look.verdict", "steps.last.outcome")

    assert of_runbook(seen + "  - id: b\n    end: {as: no_fault}\n" + final) == ""
    assert of_runbook(later + final).split("\n")[0] == (
        "a.yaml:3:23 later-step `last` comes later; it has not run yet"
    )


def test_defaults_hold_for_the_first_step_too() -> None:
    defaults = (
        'defaults: {timeout: "{{ steps.look.top }}", verify: {every: "{{ inputs.x }}",'
        " read: {diagnose: {since: '{{ y }}'}}, until: read.nope is none}}\n"
    )

    found = of_runbook(HEAD.replace("steps:\n", defaults + "steps:\n"))

    assert [line for line in found.split("\n") if "help" not in line] == [
        "a.yaml:4:31 later-step `look` comes later; it has not run yet",
        "a.yaml:4:72 unknown-field `inputs` has no `x`",
        "a.yaml:4:108 unknown-name `y` is not known",
        "a.yaml:4:129 unknown-field `read` has no `nope`",
    ]


def test_what_a_reading_must_show_is_asked_of_the_reading_alone() -> None:
    found = of_steps("""\
  - id: b
    wait: {read: {diagnose: {}}, until: read.top == inputs.mode or steps.look.verdict == "pass"}
  - id: c
    wait:
      read: {compare: {against: before_release, metrics: all}}
      until: read.metrics["p99"].low < 1 and read.outcome == "ok"
""")

    assert found == told("""
        a.yaml:8:53 unknown-name `inputs` is not known
          help: known: read
        a.yaml:8:68 unknown-name `steps` is not known
          help: known: read
        a.yaml:12:51 unknown-field `read` has no `outcome`
          help: known: baseline, baseline_version, metrics, since, verdict, worst
    """)


def test_a_reading_command_has_a_verdict() -> None:
    found = of_steps("""\
  - id: b
    command: {args: [a], effect: read}
  - id: c
    when: steps.b.verdict == "pass" and steps.b.code == 0
    notify: {to: ops, say: x}
  - id: d
    when: steps.c.verdict == "pass"
    end: {as: no_fault}
""")

    assert found == told("""
        a.yaml:13:19 unknown-field `steps.c` has no `verdict`
          help: known: finished_at, handled_by, outcome, reason, sent_at, started_at
    """)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("\"{{ steps.look.verdict }} == 'pass'\"", "12 expression `{{ }}` does not belong in an"),
        ("steps.look.verdict = 'pass'", "30 expression unexpected `=`"),
        ("steps.look.verdict ==", "32 expression the expression ends too early"),
        ("''", "12 expression the expression ends too early"),
        ("steps.look.verdict()", "29 expression nothing can be called"),
        ("steps.look.__class__", "22 expression `__class__` is not public"),
        ("7", "11 invalid-value a text is wanted, not `7`"),
        ("true", "11 invalid-value a text is wanted, not `true`"),
        ("[a]", "11 invalid-value a text is wanted, not a list of 1"),
    ],
)
def test_a_condition_is_a_bare_expression(expression: str, expected: str) -> None:
    found = of_steps(f"  - id: b\n    when: {expression}\n    end: {{as: no_fault}}\n")

    assert found.startswith(f"a.yaml:8:{expected}")


def test_braces_in_a_condition_are_refused_with_a_way_out() -> None:
    found = of_steps(
        "  - id: b\n    when: '{{ steps.look.top }}'\n"
        "    wait: {read: {diagnose: {}}, until: '{{ read.top }}'}\n"
    )

    assert found == told("""
        a.yaml:8:12 expression `{{ }}` does not belong in an expression
          help: leave the braces
        a.yaml:9:42 expression `{{ }}` does not belong in an expression
          help: leave the braces
    """)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x {{ run.id", "template `{{` has no partner"),
        (
            "run.id }} x",
            "template `}}` has no partner\n  help: braces that are text stand apart: } }",
        ),
        ("{% if x %}", "template `{%` is not known here\n  help: only {{ expressions }} are"),
        ("{# x #}", "template `{#` is not known here\n  help: only {{ expressions }} are"),
        ("{{ }}", "expression the expression ends too early"),
        ("{{ run.id }} {{ run.id | uper }}", "expression `uper` is no filter"),
        ("{{ a }}" * 101, "template more than 100 templates in one text"),
        ("{{ a }}" + "x" * 70_000, "template longer than 65536 characters"),
    ],
)
def test_a_template_that_cannot_be_filled_is_a_mistake(text: str, expected: str) -> None:
    found = of_steps(f'  - id: b\n    end: {{as: no_fault, say: "{text}"}}\n')

    assert f" {expected}" in found


def test_text_with_other_braces_is_text() -> None:
    found = of_steps("  - id: b\n    end: {as: no_fault, say: '{\"a\": [1]} {x} $ {a'}\n")

    assert found == ""


def test_until_of_a_verb_without_a_reading_is_a_template() -> None:
    found = of_steps('  - id: b\n    hold: {what: [deploy], until: "{{ inputs.end }}"}\n')

    assert found == "a.yaml:8:46 unknown-field `inputs` has no `end`"


def test_a_key_called_like_a_condition_is_none_inside_a_body() -> None:
    found = of_steps(
        '  - id: b\n    http: {url: x, effect: read, json: {when: "{{ nope }}", until: not an expression}}\n'
    )

    assert [line for line in found.split("\n") if "help" not in line] == [
        "a.yaml:8:51 unknown-name `nope` is not known"
    ]


def test_whoever_is_to_approve_is_somebody() -> None:
    steps = """\
  - id: b
    rollback: {}
    approve: {by: [ana, payments-ml, payment-ml, "{{ service.owner }}"]}
"""
    defaults = HEAD.replace("steps:\n", "defaults: {approve: {by: [bob]}}\nsteps:\n")

    found = of(files({"a": defaults + steps}, project={"mlir": SERVICE}))

    assert found == told("""
        a.yaml:4:27 unknown-name no team or person `bob`
          help: known: ana, payments-ml
        a.yaml:10:38 unknown-name no team or person `payment-ml`
          help: did you mean `payments-ml`?
    """)
    assert of_runbook(defaults + steps) == ""


def test_a_long_chain_of_names_is_refused_and_not_walked_for_ever() -> None:
    found = of_steps(f"  - id: b\n    when: steps{'.look' * 300}\n    end: {{as: no_fault}}\n")

    assert found == (
        "a.yaml:8:762 expression more than 300 words and signs\n  help: say it in several steps"
    )
