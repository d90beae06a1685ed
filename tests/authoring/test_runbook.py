"""A runbook becomes the flat form that the engine runs, with what it uses inside."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import HEAD, SHIPPED, VOCABULARY, files, of_runbook, of_steps, told
from tests.authoring.valid import RUNBOOK

from mlrespond.authoring.diagnostic import InvalidFileError
from mlrespond.authoring.lint import load_spec
from mlrespond.model.codec import decode, encode
from mlrespond.model.spec import RunbookSpec, StepSpec


def spec_of(text: str, **others: str) -> RunbookSpec:
    return load_spec(files({"a": text, **others}), "a", VOCABULARY)


def by_id(spec: RunbookSpec) -> dict[str, StepSpec]:
    return {one.id: one for one in spec.all_steps}


def other(name: str, steps: str, head: str = "") -> str:
    return f"runbook: {name}\ntitle: {name}\n{head}mitigated_when: 'true'\nsteps:\n{steps}"


END = "  - id: z\n    end: {as: no_fault}\n"


def test_a_valid_runbook_has_nothing_to_tell() -> None:
    assert of_runbook(RUNBOOK) == ""


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_runbook_is_valid_and_travels_as_json(name: str) -> None:
    spec = load_spec(files(), name, VOCABULARY)

    assert spec.name == name
    assert decode(RunbookSpec, encode(spec)) == spec


def test_the_example_of_the_contract_is_valid() -> None:
    found = of_runbook("""\
runbook: a
title: A release made the model worse
inputs:
  every: {type: duration, default: 15s}
mitigated_when: steps.recovered.verdict == "pass"
steps:
  - id: triage
    diagnose: {lookback: 2h}
  - id: regression
    compare: {against: before_release, metrics: [error_ratio, latency_p99, golden], looks: {every: "{{ inputs.every }}", at_most: 8}}
    on_inconclusive: escalate
  - id: fine
    when: steps.regression.verdict == "pass" and steps.triage.top is none
    end: {as: no_fault}
  - id: back
    when: steps.regression.verdict == "fail" and steps.triage.likely.bad_release
    rollback: {to: last_healthy, preflight: [load, golden]}
    approve: {by: [payments-ml], within: 10m, otherwise: deny}
    on_failure: undo
  - id: recovered
    when: steps.back.outcome == "ok"
    compare: {against: before_release, since: "{{ steps.back.verified_at }}", metrics: [error_ratio, latency_p99, golden], looks: {every: "{{ inputs.every }}", at_most: 12}}
finally:
  - id: page_if_not
    when: run.ending not in ["mitigated", "no_fault"]
    escalate: {}
""")

    assert found == ""


def test_all_mistakes_of_the_head_are_told_at_once() -> None:
    found = of_runbook("""\
runbook: b
titel: B
inputs: {n: {type: number}}
mitigated_when: steps.nope.outcome
mitigated_for: "{{ inputs.m }}"
defaults: {timeout: 5 minutes, verify: {every: "{{ inputs.o }}"}, aprove: {}}
unknown: "{{ 1 }}"
steps: {}
finally:
""")

    assert found == told("""
        a.yaml:1:1 missing-key `title` is missing
        a.yaml:1:10 misnamed the file is called `a`
          help: runbook: a
        a.yaml:2:1 unknown-key `titel` is no key here
          help: did you mean `title`?
        a.yaml:4:23 unknown-field `steps` has no `nope`
        a.yaml:5:27 unknown-field `inputs` has no `m`
          help: known: n
        a.yaml:6:21 invalid-value `5 minutes` is no duration; write 250ms, 30s, 5m, 2h or 7d
        a.yaml:6:59 unknown-field `inputs` has no `o`
          help: known: n
        a.yaml:6:67 unknown-key `aprove` is no key here
          help: did you mean `approve`?
        a.yaml:7:1 unknown-key `unknown` is no key here
          help: known: defaults, description, finally, inputs, mitigated_for, mitigated_when, runbook, steps, title
        a.yaml:8:8 invalid-value a list is wanted, not a mapping
        a.yaml:9:9 invalid-value a list is wanted, not nothing
    """)


@pytest.mark.parametrize("text", ["", "# nothing", "text", "[a]", "5", "null", "--- a"])
def test_what_is_no_mapping_is_no_runbook(text: str) -> None:
    expected = "not-a-runbook a runbook is a mapping that starts with `runbook:`"

    assert of_runbook(text).partition(" ")[2] == expected


@pytest.mark.parametrize("text", ["{}", "a: 1", "timeout: '{{ x }}'", "steps: '{{ x }}'"])
def test_what_is_not_valid_is_never_loaded(text: str) -> None:
    with pytest.raises(InvalidFileError, match="missing-key `runbook` is missing"):
        spec_of(text)


def test_a_block_stands_before_its_steps_which_name_it() -> None:
    spec = spec_of(
        HEAD
        + "  - id: b\n    when: 'true'\n    steps:\n    - id: c\n      notify: {to: ops, say: x}\n"
    )

    steps = by_id(spec)
    assert list(steps) == ["look", "b", "c"]
    assert (steps["b"].block, steps["b"].body, steps["c"].parent) == (True, None, "b")
    assert steps["c"].line == 10


def test_a_step_takes_what_it_does_not_say_from_the_defaults() -> None:
    defaults = "defaults: {timeout: 9m, retry: {attempts: 2, every: 1s}, approve: {within: 1m, by: [ana]}}\n"
    spec = spec_of(
        HEAD.replace("steps:\n", defaults + "steps:\n")
        + "  - id: b\n    rollback:\n    timeout: 3m\n    retry: {attempts: 5}\n    approve: {by: [ben]}\n"
    )

    steps = by_id(spec)
    assert steps["look"].pace == {"timeout": "9m", "retry": {"attempts": 2, "every": "1s"}}
    assert steps["b"].pace == {"timeout": "3m", "retry": {"attempts": 5, "every": "1s"}}
    assert steps["b"].approve == {"within": "1m", "by": ["ben"]}
    assert steps["b"].body == {}


def test_the_digest_is_the_same_until_the_runbook_changes() -> None:
    first, again, another = (
        spec_of(HEAD),
        spec_of(HEAD),
        spec_of(HEAD.replace("diagnose: {}", "diagnose: {lookback: 3h}")),
    )

    assert first.digest == again.digest
    assert first.digest != another.digest


def test_a_used_runbook_stands_inside_under_the_name_of_its_step() -> None:
    middle = "  - id: m\n    use: {runbook: inner, inputs: {n: 1}}\n  - id: b\n    steps:\n    - id: c\n      end: {as: no_fault}\n"
    spec = spec_of(
        HEAD
        + "  - id: x\n    when: 'true'\n    use: {runbook: middle}\n  - id: y\n    use: {runbook: inner}\n",
        middle=other("middle", middle, "defaults: {timeout: 9m}\n"),
        inner=other("inner", END, "inputs: {n: {type: number, default: 3}}\n")
        + "finally:\n  - id: never\n    escalate: {}\n",
    )

    steps = by_id(spec)
    assert list(steps) == ["look", "x", "x/m", "x/m/z", "x/b", "x/c", "y", "y/z"]
    assert [steps[one].parent for one in ("x", "x/m", "x/m/z", "x/c")] == [None, "x", "x/m", "x/b"]
    assert [steps[one].scope for one in ("x", "x/m", "x/m/z", "x/c")] == ["", "x/", "x/m/", "x/"]
    assert steps["x/c"].pace == {"timeout": "9m"}
    assert steps["x/m/z"].pace == {}
    assert steps["x/m"].body == {
        "runbook": "inner",
        "inputs": {"n": 1},
        "specs": {
            "n": encode(
                spec_of(other("a", END, "inputs: {n: {type: number, default: 3}}\n")).inputs["n"]
            )
        },
    }


def test_a_used_runbook_may_stand_in_a_block_and_at_the_end() -> None:
    spec = spec_of(
        HEAD
        + "  - id: b\n    steps:\n    - id: x\n      use: {runbook: inner}\n"
        + "finally:\n  - id: y\n    use: {runbook: inner}\n",
        inner=other("inner", END),
    )

    assert [one.id for one in spec.steps] == ["look", "b", "x", "x/z"]
    assert [one.id for one in spec.finally_steps] == ["y", "y/z"]
    assert by_id(spec)["x"].parent == "b"


def test_a_used_runbook_sees_its_own_names_and_nobody_sees_inside_it() -> None:
    found = of_steps(
        """\
  - id: x
    use: {runbook: inner}
  - id: y
    when: steps.z.outcome == "ok" or steps.x.outcome == "ok" or steps["x/z"].outcome == "ok"
    end: {as: no_fault}
""",
        inner=other(
            "inner",
            "  - id: z\n    when: steps.look.top is none and inputs.n > 1\n    end: {as: no_fault}\n",
        ),
    )

    assert found == told("""
        a.yaml:10:17 unknown-field `steps` has no `z`
          help: known: look, x
        a.yaml:10:71 unknown-field `steps` has no `x/z`
          help: known: look, x
        inner.yaml:6:17 unknown-field `steps` has no `look`
        inner.yaml:6:45 unknown-field `inputs` has no `n`
    """)


def test_runbooks_do_not_use_one_another_in_a_circle() -> None:
    found = of_steps(
        "  - id: x\n    use: {runbook: b}\n  - id: y\n    use: {runbook: a}\n",
        b=other("b", "  - id: x\n    use: {runbook: c}\n"),
        c=other("c", "  - id: x\n    use: {runbook: b}\n"),
    )

    assert found == told("""
        a.yaml:10:20 use-cycle `a` ends up using itself
          help: a → a
        b.yaml:6:20 use-cycle `c` ends up using itself
          help: c → b → c
        c.yaml:6:20 use-cycle `b` ends up using itself
          help: a → b → c → b
        c.yaml:6:20 use-cycle `b` ends up using itself
          help: b → c → b
    """)


def test_a_file_goes_by_its_own_name_even_when_it_claims_another() -> None:
    found = of_steps(
        "  - id: x\n    use: {runbook: b}\n",
        b=other("a", "  - id: x\n    when: nope\n    use: {runbook: b}\n"),
    )

    assert found == told("""
        b.yaml:1:10 misnamed the file is called `b`
          help: runbook: b
        b.yaml:6:11 unknown-name `nope` is not known
          help: known: alert, changes, incident, inputs, likely, run, service, steps
        b.yaml:7:20 use-cycle `b` ends up using itself
          help: a → b → b
        b.yaml:7:20 use-cycle `b` ends up using itself
          help: b → b
    """)


def test_a_runbook_that_is_not_there_is_told_with_the_nearest_name() -> None:
    found = of_steps(
        """\
  - id: x
    use: {runbook: bad-releas}
  - id: y
    use: {runbook: 5}
  - id: z
    use: other
  - id: u
    use: {runbok: other}
  - id: v
    use:
"""
    )

    assert found == told("""
        a.yaml:8:20 unknown-runbook there is no runbook `bad-releas`
          help: did you mean `bad-release`?
        a.yaml:10:20 invalid-value a text is wanted, not `5`
          help: put it in quotes
        a.yaml:12:10 invalid-value a mapping is wanted, not `other`
        a.yaml:14:10 missing-key `runbook` is missing
        a.yaml:14:11 unknown-key `runbok` is no key here
          help: did you mean `runbook`?
        a.yaml:16:9 missing-key `runbook` is missing
    """)


def test_mistakes_of_used_runbooks_are_told_even_when_the_user_is_broken() -> None:
    found = of_runbook(
        "runbook: a\nsteps:\n  - id: x\n    use: {runbook: b}\n",
        b=other("b", "  - id: z\n    end: {}\n"),
    )

    assert found == told("""
        a.yaml:1:1 missing-key `mitigated_when` is missing
        a.yaml:1:1 missing-key `title` is missing
        b.yaml:6:10 missing-key `as` is missing
    """)


def test_use_has_an_end_in_depth_and_in_breadth() -> None:
    deep = {
        f"r{at}": other(f"r{at}", f"  - id: x\n    use: {{runbook: r{at + 1}}}\n")
        for at in range(600)
    }
    wide = {
        f"r{at}": other(
            f"r{at}",
            f"  - id: x\n    use: {{runbook: r{at + 1}}}\n  - id: y\n    use: {{runbook: r{at + 1}}}\n",
        )
        for at in range(15)
    }
    use = HEAD + "  - id: x\n    use: {runbook: r0}\n"

    with pytest.raises(
        InvalidFileError, match="too-long runbooks use one another more than 20 deep"
    ):
        spec_of(use, **deep, r600=other("r600", END))
    with pytest.raises(InvalidFileError, match="too-long more than 500 steps in all"):
        spec_of(use, **wide, r15=other("r15", END))
    assert len(spec_of(use, **{**wide, "r7": other("r7", END)}).steps) == 2 + 2**8 - 2 + 2**7
