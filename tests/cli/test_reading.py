"""Screens of the commands that only read: at, match, lint, show, lifecycle, plan, diagnose."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.screen import screen, still
from tests.cli.shop import PACE, SERVICE, Shop

from mlrespond.model.instant import iso
from mlrespond.model.service_kind import ServiceLooked, StandingSet

PLAYBOOK = """---
playbook: wrong-answers
title: Answers are wrong
priority: 5
match: {alertname: ["Golden*"]}
severity: {default: SEV2}
roles: {commander: on-call}
runbooks: [{runbook: back, when: changes.version is not none}, {runbook: first-look}]
---
# Answers are wrong
"""


def test_at_tells_what_was_and_when_it_was_looked_at(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    away = StandingSet(sort="switch", what="rules", until="resolved")
    shop.say(away, f"service:{SERVICE}", now - timedelta(minutes=65))
    looks = ["registry wants 6, serving 6 on eu-1, us-1"] * 9
    learned = [*looks, "switch stands: rules"]

    assert shop.mlir("at", "62m ago", SERVICE) == 0

    assert still(capsys.readouterr().out) == screen(
        f"""
        {SERVICE} at TIME
        wanted    6
        served    6 on eu-1, us-1
        looked    TIME, TOOK before
        judged    golden pass
        stood     switch: rules
        next      looked TIME: 7 on eu-1, us-1
        then      not known: it was first looked at later
        learned   27 more before these (--json)
        """
    ) + "".join(f"learned   TIME {said} (recorded TIME)\n" for said in learned)


def test_at_tells_the_figures_that_objectives_were_judged_by(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    look = ServiceLooked(
        wanted="6",
        served={"eu-1": "6"},
        objectives={"golden": "fail", "latency": "inconclusive"},
        values={"golden": 0.5},
    )
    shop.say(look, f"service:{SERVICE}", datetime.now(UTC))

    assert shop.mlir("at", "now", SERVICE) == 0

    assert "judged    golden 0.5 fail, latency inconclusive\n" in capsys.readouterr().out


def test_at_says_that_it_does_not_know(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("at", iso(datetime.now(UTC) - timedelta(days=9)), SERVICE) == 0

    told = still(capsys.readouterr().out)
    assert "not known: it was first looked at later" in told
    assert "next      looked TIME: 6 on eu-1, us-1" in told


def test_at_names_the_incidents_that_were_open(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back")
    capsys.readouterr()

    shop.mlir("at", "now", SERVICE)

    assert "incident  INC-0001 SEV3 was open\n" in capsys.readouterr().out


def test_a_match_is_explained(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("playbooks/wrong-answers.md", PLAYBOOK)

    assert shop.mlir("match", str(shop.alert())) == 0

    told = capsys.readouterr().out
    head = told.splitlines()
    assert head[0] == f"service   {SERVICE}"
    assert head[1] == "playbook  wrong-answers"
    assert "  ✓ wrong-answers: priority 5, 1 label matched\n" in told
    assert "  ✓ garbage-predictions: priority 0, 1 label matched\n" in told
    assert "  - drift: label alertname is GoldenAccuracyLow, not " in told
    assert "runbook   back\n" in told
    assert "severity  SEV2\n" in told
    assert "commander on-call\n" in told
    assert not shop.events()


def test_an_alert_that_no_playbook_takes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("match", str(shop.alert(alertname="Odd"))) == 1

    told = capsys.readouterr().out
    assert "playbook  none matches" in told
    assert "runbook   none; first-look would run" in told


def test_an_alert_of_nobody_lists_the_services(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("match", str(shop.alert(service="other"))) == 2

    told = capsys.readouterr().err
    assert "error: the alert is about no service" in told
    assert f"help: services: {SERVICE}; set `alerts:` matchers" in told


def test_every_mistake_is_told_at_once_with_its_place(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        "runbooks/odd.yaml",
        """runbook: odd
titel: Odd
mitigated_when: steps.bak.outcome == "ok"
steps:
  - id: back
    rolback: {to: last_healthy}
  - id: pause
    wait: {for: 5}
""",
    )

    assert shop.mlir("lint") == 2

    told = capsys.readouterr()
    assert told.out == screen(
        """
        runbooks/odd.yaml:1:1 missing-key `title` is missing
        runbooks/odd.yaml:2:1 unknown-key `titel` is no key here
          help: did you mean `title`?
        runbooks/odd.yaml:3:23 unknown-field `steps` has no `bak`
          help: did you mean `back`?
        runbooks/odd.yaml:6:5 unknown-key `rolback` is neither a verb nor a key of a step
          help: did you mean `rollback`?
        runbooks/odd.yaml:8:17 invalid-value `5` is no duration; write 250ms, 30s, 5m, 2h or 7d
        """
    )
    assert told.err == "3 files, 5 mistakes\n"
    shop.mlir("lint", "--json")
    first = json.loads(capsys.readouterr().out)["diagnostics"][0]
    assert (first["path"], first["line"], first["column"]) == ("runbooks/odd.yaml", 1, 1)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("told", "title: 'services: all'\nrunbook: told\n", "missing-key"),
        ("told", "runbook: told\ndescription: |\n  services: many\nsteps: []\n", "`title` is"),
        ("broken", "runbook: broken\nsteps: [\n", "yaml-syntax"),
        ("shop", "description: |\n  runbook: none\nservices: {}\nteam: {}\n", "`team` is no"),
    ],
)
def test_what_a_file_is_is_told_by_its_own_keys(
    name: str, text: str, said: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shop.write(f"{name}.yaml", text)

    assert shop.mlir("lint", str(path)) == 2

    told = capsys.readouterr().out
    assert said in told
    assert ("mitigated_when" in told) == (name == "told")


def test_one_file_can_be_checked(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("lint", str(shop.folder / "runbooks" / "back.yaml")) == 0

    assert capsys.readouterr() == ("", "1 file, 0 mistakes\n")


def test_a_runbook_is_shown_as_it_would_run(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write(
        "runbooks/outer.yaml",
        f"""runbook: outer
title: Around it
inputs:
  region: {{type: choice, choices: [eu, us], default: eu}}
mitigated_when: steps.inner.outcome == "ok"
{PACE}
steps:
  - id: inner
    use: {{runbook: back}}
finally:
  - id: page
    when: run.ending != "mitigated"
    escalate: {{}}
""",
    )

    assert shop.mlir("show", "outer") == 0

    assert still(capsys.readouterr().out) == screen(
        """
        outer: Around it   (runbooks/outer.yaml, DIGEST)
          input region: choice, default eu
          inner: use
          inner/back: rollback {"preflight":["load","golden"],"to":"last_healthy"}
          finally page: escalate {}  when run.ending != "mitigated"
          mitigated when steps.inner.outcome == "ok", for 5m
        """
    )


def test_a_verb_is_shown_with_what_it_takes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("show", "rollback") == 0

    told = capsys.readouterr().out
    assert told.startswith("rollback: a verb that changes\n")
    assert '  preflight: What the target must pass before anything moves (default ["load"])' in told
    assert "  order: Regions, first to last (default [])" in told
    assert "Undefined" not in told
    assert "  yields outcome (ok|failed|" in told


def test_what_there_is_to_show(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("show") == 0

    told = capsys.readouterr().out
    assert told.startswith("runbooks: back, bad-release, first-look, ")
    assert "\nverbs: diagnose, compare, rollback, " in told


def test_who_owns_what(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("lifecycle") == 0

    assert capsys.readouterr().out == screen(
        f"""
        {SERVICE} (owner payments-ml)
          training    payments-ml
          evaluation  cleo, Cleo of Mars
          deployment  ml-platform
          monitoring  nobody is named
          retirement  nobody is named
        """
    )


def test_a_plan_asks_nobody_and_changes_nothing(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("plan", "--runbook", "back") == 0

    told = capsys.readouterr()
    assert still(told.out) == screen(
        f"""
        back for {SERVICE} (DIGEST)
        ~ back         change change    roll back: make the registry want 6 (it wants 7); serve 6 on eu-1 (it serves 7); serve 6 on us-1 (it serves 7)
        Plan: 0 reads, 1 change, 0 pages now; 0 more depend on what comes of them.
        """  # noqa: E501  # as it is shown
    )
    assert told.err == ""
    assert shop.servers["eu-1"].activated == []
    assert not shop.events()


def test_a_plan_folds_what_is_skipped_with_its_block(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = """
    - {id: one, hold: {what: [deploy]}}
    - id: both
      steps:
        - {id: two, hold: {what: [deploy]}}
    """
    shop.runbook("inner", inner)
    outer = """
    - {id: other, when: incident.severity == "SEV1", use: {runbook: inner}}
    - {id: alone, when: incident.severity == "SEV1", hold: {what: [deploy]}}
    - {id: keep, hold: {what: [deploy]}}
    """
    shop.runbook("outer", outer)

    shop.mlir("plan", "--runbook", "outer")

    told = still(capsys.readouterr().out)
    assert [line.split()[:2] for line in told.splitlines()[1:-1]] == [
        ["-", "other"], ["-", "alone"], ["~", "keep"],
    ]  # fmt: skip
    assert 'other        read   skip      other: not so: incident.severity == "SEV1"' in told
    assert '"SEV1" (3 steps inside)\n- alone' in told

    shop.mlir("plan", "--runbook", "outer", "--json")

    steps = [one["id"] for one in json.loads(capsys.readouterr().out)["steps"]]
    assert steps == ["other", "other/one", "other/both", "other/two", "alone", "keep"]


def test_a_diagnosis_says_for_and_against(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("diagnose", SERVICE)

    told = capsys.readouterr().out
    assert told.startswith(f"{SERVICE}: fail: the new version answers worse than the one before it")
    assert "  ✗ golden               golden cases 50.0% of 40 cases against 100.0%" in told
    assert "  bad_release (likely): " in told
    assert "      for      version 6 → 7 before the onset" in told
    assert not shop.events()


def test_a_comparison_says_with_what(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("compare")

    assert capsys.readouterr().out == screen(
        f"""
        {SERVICE}: fail: golden: 20 of 40 cases right, at least 90% must be (against version 6, as served before the release)
            better    0     worse
          ✗           │    ───●── golden: 20 of 40 cases right, at least 90% must be
        """  # noqa: E501  # as it is shown
    )


def test_a_comparison_by_replica_judges_each(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("compare", "--by", "replica", "--json") == 1

    told = json.loads(capsys.readouterr().out)
    assert list(told["metrics"]) == ["golden[eu-1]", "golden[us-1]"]


def test_a_comparison_with_nothing_says_so(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("compare", "--against", "9")

    assert "(against nothing: version 9 was never seen serving)" in capsys.readouterr().out


def test_a_look_is_kept_when_something_differs(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(shop.events(f"service:{SERVICE}"))
    shop.mlir("watch", "--once")
    shop.servers["eu-1"].serves = "6"
    shop.mlir("watch", "--once")
    shop.mlir("watch", "--once")

    assert len(shop.events(f"service:{SERVICE}")) == before + 2
    told = capsys.readouterr()
    assert still(told.out) == screen(
        f"""
        TIME  {SERVICE}: registry wants 7, serving 7 on eu-1, us-1
        TIME  {SERVICE}: registry wants 7, serving 6 on eu-1; 7 on us-1
        """
    )
    assert told.err == "nothing differs from the last look\n"


def test_credentials_of_ours_that_are_refused_say_nothing_about_the_service(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in shop.servers.values():
        one.locked = True

    assert shop.mlir("diagnose") == 4

    told = capsys.readouterr().out
    assert told.startswith(f"{SERVICE}: inconclusive: ")
    assert "\n  not let in: " in told
    assert "  ? replica_silent       ?? eu-1: " in told
    assert "401" in told
    assert "serving_outage (likely)" not in told


def test_comparing_with_credentials_that_are_refused_ends_so_too(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in shop.servers.values():
        one.locked = True

    assert shop.mlir("compare", "--json") == 4

    assert any("401" in one for one in json.loads(capsys.readouterr().out)["refused"])


@pytest.mark.parametrize(
    "command", [("diagnose", "--check", "golden"), ("compare", "--cases", "golden")]
)
def test_a_bad_line_of_the_golden_set_is_said_and_nothing_is_claimed(
    shop: Shop, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    with (shop.folder / "golden.jsonl").open("a") as file:
        file.write("{\n")

    assert shop.mlir(*command) == 9

    assert "golden.jsonl:41: " in capsys.readouterr().out


def test_lint_reads_the_golden_sets(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.mlir("lint") == 0
    with (shop.folder / "golden.jsonl").open("a") as file:
        file.write('[]\n{"row": {}, "expected": 1}\n')
    capsys.readouterr()

    assert shop.mlir("lint") == 2

    told = capsys.readouterr().out
    assert "golden.jsonl:41:1 invalid-case no object with a `row`\n  help: a line is" in told
    assert "golden.jsonl:42:1 invalid-case a case has" in told


def test_lint_leaves_a_golden_set_that_is_elsewhere_alone(shop: Shop) -> None:
    (shop.folder / "golden.jsonl").unlink()

    assert shop.mlir("lint") == 0
