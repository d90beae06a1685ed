"""Questions at a real (pseudo-)terminal: what they show, and what becomes of what is typed."""

from __future__ import annotations

import pytest
from tests.cli.screen import screen
from tests.cli.shop import PACE, SERVICE, Shop
from tests.cli.typist import Sit

pytestmark = pytest.mark.live

CAREFUL = f"""
runbook: careful
title: Look, then go back
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
{PACE}
steps:
  - id: triage
    title: diagnose
    diagnose: {{lookback: 2h, checks: [registry, release, golden]}}
  - id: back
    title: roll back
    when: steps.triage.verdict == "fail"
    rollback: {{to: last_healthy}}
    approve: {{by: [payments-ml, cleo], within: WITHIN, not_self: false, otherwise: deny}}
    on_failure: undo
"""


def careful(shop: Shop, within: str = "10m") -> None:
    shop.write("runbooks/careful.yaml", CAREFUL.replace("WITHIN", within).lstrip())


def test_an_approval_shows_all_that_bears_on_it(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful", "--title", "Golden cases fail")

    person.sees("your answer: ")

    shown = person.screen[person.screen.index("\nINC-0001") + 1 :]
    assert shown == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: Golden cases fail
        now       7 on eu-1, us-1 (registry wants 7)
        because   diagnose: fail: no mode fits what was found: golden cases 50.0% of 40 cases against 100.0% (20 got worse, 0 better; -50.0 points, 95% interval -64.8..-32.8; margin 2.0); it may be bad rollout, if: mixed versions
        changes   1. make the registry want 6 (it wants 7)  (can be undone)
                  2. serve 6 on eu-1 (it serves 7)  (can be undone)
                  3. serve 6 on us-1 (it serves 7)  (can be undone)
        not       7: it is served now
        proof     each is read back at the service; if it fails: what this step did is undone
        answers   payments-ml (ana, ben), cleo
        silence   at TIME, in TOOK: it is denied, and nothing changes
        type `{SERVICE}` to approve plan DIGEST;
        d denies it, s leaves the step out and goes on, e denies it and pages
        your answer: """  # noqa: E501  # as it is shown
    )
    person.types("d")
    person.sees("why (empty is fine): ")
    person.types("the registry is being moved")
    assert person.end() == 1
    answered = next(one for one in shop.events() if one.kind == "question_answered")
    assert answered.data["choice"] == "deny"
    assert answered.data["because"] == "the registry is being moved"
    assert shop.servers["eu-1"].activated == []


def test_a_narrow_terminal_folds_it_between_words_under_its_columns(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful", columns=80)

    person.sees("your answer: ")

    lines = person.screen.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("because"))
    assert lines[at : at + 2] == [
        "because   diagnose: fail: no mode fits what was found: golden cases 50.0% of 40",
        "          cases against 100.0% (20 got worse, 0 better; -50.0 points, 95%",
    ]
    assert max(len(line) for line in lines) <= 80
    person.types("d")
    person.sees("why (empty is fine): ")
    person.types("")
    assert person.end() == 1


def test_a_resumed_question_shows_the_same_change(shop: Shop, sit: Sit) -> None:
    careful(shop)
    assert shop.mlir("respond", "--runbook", "careful") == 8
    person = sit("resume")

    person.sees("your answer: ")
    person.types(SERVICE)

    assert person.end() == 0
    assert "changes   1. make the registry want 6 (it wants 7)  (can be undone)" in person.screen
    assert [one.serves for one in shop.servers.values()] == ["6", "6"]


def test_only_the_word_or_the_digest_approves(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful")
    person.sees("your answer: ")

    for word in ("y", "yes", "approve", "fraud"):
        person.types(word)
        person.sees(f"`{word}` is none of these; nothing was done")
    assert "question_answered" not in shop.kinds()
    asked = next(one for one in shop.events() if one.kind == "question_asked")
    person.types(str(asked.data["digest"])[:12])

    assert person.end() == 0


def test_an_answer_from_elsewhere_ends_the_question(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful")
    person.sees("your answer: ")

    assert shop.mlir("--as", "ben", "approve", "INC-0001", "back", "--reason", "seen it too") == 0

    assert person.end() == 0
    assert "the question is over, without an answer from here" in person.screen
    assert "ended as mitigated" in person.screen


def test_a_question_that_nobody_answers_expires(shop: Shop, sit: Sit) -> None:
    careful(shop, within="1s")
    person = sit("respond", "--runbook", "careful")

    assert person.end() == 1

    assert "nobody answered in time" in person.screen
    assert "ended as denied: back was expired" in person.screen
    assert shop.servers["eu-1"].activated == []


def test_an_answer_of_somebody_who_may_not_does_not_count(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("--as", "dan", "respond", "--runbook", "careful")
    person.sees("your answer: ")

    person.types(SERVICE)
    person.sees("that answer does not count: dan is not of payments-ml, cleo")
    person.sees("your answer: ")
    person.interrupts()

    assert person.end() == 130
    assert "answer_refused" in shop.kinds()
    assert shop.servers["eu-1"].activated == []


def test_the_end_of_the_input_parks_the_run(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful")
    person.sees("your answer: ")

    person.hangs_up()

    assert person.end() == 8
    assert "no answer was given" in person.screen
    assert "nothing happens by itself" in person.screen


def test_what_came_of_an_unproven_change_is_asked_with_what_each_answer_means(
    shop: Shop, sit: Sit
) -> None:
    shop.servers["us-1"].deaf = True
    person = sit("respond", "--runbook", "back", "--approve", "all")

    person.sees("retry / continue / escalate / stop: ")
    assert "  continue  go on without it\n" in person.screen
    assert "silence   it waits for as long as it takes; nothing happens meanwhile" in person.screen
    person.types("x")
    person.sees("`x` is none of these; nothing was done")
    person.types("st")

    assert person.end() == 7
    assert "not known serve 6 on us-1 (it serves 7) (step back: unknown)" in person.screen


def test_a_secret_is_neither_shown_nor_kept(shop: Shop, sit: Sit) -> None:
    steps = """
    - id: key
      ask:
        say: Which key opens the vault?
        answers:
          region: {type: choice, choices: [eu, us]}
          key: {type: string, secret: true}
    """
    shop.runbook("vault", steps)
    person = sit("respond", "--runbook", "vault")

    person.sees("region (one of eu, us; `stop` ends the run): ")
    person.types("eu")
    person.sees("key (string; `stop` ends the run): ")
    person.types("open-sesame")
    person.end()

    answered = next(one for one in shop.events() if one.kind == "question_answered")
    assert answered.data["values"] == {"region": "eu", "key": "[secret]"}
    assert "open-sesame" not in person.raw
    assert b"open-sesame" not in (shop.folder / ".mlir" / "timeline.db").read_bytes()


def test_colour_carries_no_meaning_and_can_be_left_out(sit: Sit) -> None:
    coloured = sit("respond", "--runbook", "back", "--approve", "all")
    assert coloured.end() == 0
    plain = sit("resume", "INC-0001.1", NO_COLOR="1")
    plain.end()

    assert "\x1b[1m" in coloured.raw
    assert "\x1b[1m" not in plain.raw
    assert "✓ ok: make the registry want 6" in coloured.screen


def test_a_machine_is_never_asked(shop: Shop, sit: Sit) -> None:
    careful(shop)
    person = sit("respond", "--runbook", "careful", CI="true")

    assert person.end() == 8

    assert "your answer" not in person.screen
    assert "next      mlir approve INC-0001 back   or: mlir deny INC-0001 back" in person.screen
