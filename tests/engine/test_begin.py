"""Beginning a step renders its templates once, into what is recorded, or fails it."""

from __future__ import annotations

import pytest
from tests.engine.story import Story, step, story
from tests.engine.verbs import SHAPES

from mlrespond.engine.begin import begin, begin_block
from mlrespond.model.json import Json, Record
from mlrespond.model.run_kind import StepFinished, StepStarted
from mlrespond.model.spec import Approve, Pace, Retry, StepSpec

INPUTS: Record = {"every": "7s", "who": "cto", "n": 3}


def begun(verb: str = "move", **fields: object) -> StepStarted:
    found = began(verb, **fields)
    assert isinstance(found, StepStarted), found
    return found


def began(verb: str = "move", **fields: object) -> StepStarted | StepFinished:
    spec = step("back", verb, **fields)
    return begin(story(spec, inputs=INPUTS).state, spec, SHAPES[verb])


def test_a_step_is_recorded_with_its_templates_filled_in() -> None:
    started = begun(
        title="move {{ inputs.n }}", body={"to": "{{ inputs.n }}", "of": ["{{ service.name }}"]}
    )

    assert started.title == "move 3"
    assert started.body == {"to": 3, "of": ["fraud"]}
    assert (started.effect, started.service, started.round) == ("change", "fraud", 1)


def test_text_from_outside_is_filled_in_and_never_filled_again() -> None:
    spec = step("back", "move", body={"say": "{{ alert.name }}"})
    told = story(spec, context={"alert": {"name": "{{ 7*7 }}"}})

    started = begin(told.state, spec, SHAPES["move"])

    assert isinstance(started, StepStarted)
    assert started.body == {"say": "{{ 7*7 }}"}


def test_a_step_without_a_title_is_called_by_its_id() -> None:
    assert begun(title="").title == "back"


def test_a_step_may_be_about_another_service() -> None:
    assert begun(service="feature-store").service == "feature-store"


def test_the_paces_of_a_step_are_its_verbs_unless_it_says_otherwise() -> None:
    assert begun().pace == Pace(timeout_s=60.0, retry=Retry(attempts=1))
    assert begun("look").pace.retry.attempts == 3

    pace: Record = {
        "timeout": "90s",
        "retry": {"attempts": "{{ inputs.n }}", "every": "{{ inputs.every }}", "max": "1m"},
        "verify": {"within": "10m", "every": "1s", "consecutive": 5, "until": "read.n > 1"},
    }
    assert begun(pace=pace).pace == Pace(
        timeout_s=90,
        retry=Retry(attempts=3, every_s=7, max_s=60),
        verify_within_s=600,
        verify_every_s=1,
        verify_consecutive=5,
        verify_until="read.n > 1",
    )


@pytest.mark.parametrize(
    "pace",
    [
        {"timeout": "soon"},
        {"timeout": "99999999w"},
        {"retry": {"attempts": "{{ service.name }}"}},
        {"retry": {"attempts": True}},
        {"verify": {"within": "{{ inputs.who }}"}},
    ],
)
def test_a_pace_that_makes_no_sense_fails_the_step(pace: Record) -> None:
    found = began(pace=pace)

    assert isinstance(found, StepFinished)
    assert (found.outcome, found.reason) == ("failed", "bad_input")


def test_a_body_that_its_verb_refuses_fails_the_step_and_says_where() -> None:
    found = began("count", body={"n": "{{ service.name }}"})

    assert isinstance(found, StepFinished)
    assert found.reason == "bad_input"
    assert found.said.startswith("n: ")


@pytest.mark.parametrize(
    ("verb", "asks"), [("move", True), ("look", False), ("page", False), ("ask", False)]
)
def test_only_a_change_asks_for_leave(verb: str, *, asks: bool) -> None:
    assert (begun(verb, approve={"by": ["cto"]}).approve is not None) == asks


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (None, Approve()),
        ({"by": ["{{ inputs.who }}"]}, Approve(by=("cto",))),
        (
            {"within": "1h", "otherwise": "escalate", "not_self": True, "remind": "5m"},
            Approve(within_s=3600, otherwise="escalate", not_self=True, remind_s=300),
        ),
        ({"fresh": "30s"}, Approve(fresh_s=30)),
    ],
)
def test_the_rule_of_an_approval_is_rendered(written: Json, rule: Approve) -> None:
    assert begun(approve=written).approve == rule


def test_an_undo_is_of_the_very_body_that_was_done() -> None:
    told = story(step("back", "move", body={"to": "{{ inputs.n }}"}), inputs=INPUTS)
    told.play()
    undo = StepSpec(id="undo:back", verb="move", undo_of="back")

    started = begin(told.state, undo, SHAPES["move"])

    assert isinstance(started, StepStarted)
    assert started.body == {"to": 3}


def block(inputs: Record) -> tuple[StepStarted, StepFinished]:
    specs: Record = {"share": {"type": "number"}}
    spec = step("sub", "use", block=True, body={"specs": specs, "inputs": inputs})
    told: Story = story(spec, inputs=INPUTS)
    return begin_block(told.state, spec)


def test_a_used_runbook_is_handed_its_inputs_rendered() -> None:
    started, finished = block({"share": "{{ inputs.n }}"})

    assert started.inputs == {"share": 3}
    assert finished.outcome == "ok"


def test_a_used_runbook_with_wrong_inputs_has_failed() -> None:
    started, finished = block({"share": "much", "more": 1})

    assert started.inputs is None
    assert (finished.outcome, finished.reason) == ("failed", "bad_input")
    assert "no input `more`" in finished.said


def test_a_plain_block_hands_nothing_over() -> None:
    spec = step("block", "steps", block=True)

    started, finished = begin_block(story(spec).state, spec)

    assert (started.inputs, finished.outcome) == (None, "ok")
