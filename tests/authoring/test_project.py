"""Services, teams and people refer to what there is; several files are one project."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import SERVICE, VOCABULARY, files, of_project, told
from tests.authoring.valid import PROJECT

from mlrespond.authoring.diagnostic import InvalidFileError
from mlrespond.authoring.lint import project_of

SERVING = 'serving: {kind: fake, model: m, url: "http://x"}'


def of_service(lines: str) -> str:
    """Return what is told of a service whose further keys begin in line 5, column 5."""
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return of_project(SERVICE.replace("teams:", f"{indented}teams:"))


def test_the_example_of_the_contract_is_valid() -> None:
    project = project_of(files(project={"mlir": PROJECT}), VOCABULARY)

    assert of_project(PROJECT) == ""
    assert project.services["fraud-scorer"].objectives["golden"].kind == "golden"
    assert project.services["fraud-scorer"].depends_on == ["feature-store"]


def test_all_mistakes_are_told_at_once() -> None:
    found = of_project("""\
services:
  Bad Name:
    owner: nobody
  fraud:
    owner: payments-m
    depends_on: [fraud]
    serving: {kind: fak, model: m, replicas: [{name: a, url: x}, {name: a, url: y}], hooks: {restart: ["{{ replika }}"]}, auth: {bearer: secret}}
    registry: {url: x}
    objectives:
      a: {kind: rato}
      b: {max: 1}
      c: {kind: ratio, bad: x, good: y, max: 2}
      d: {kind: value, query: "{{ versio }}"}
      e: {kind: latency, histogram: "{{ window }", max: 250}
    policies: [{allow: rolback, when: likely.bad_releas, by: an, because: x}, {allow: rollback, when: , by: ana, because: x}]
    escalation: [{page: an}]
    lifecycle: {training: xyz, evalution: ana}
    retrain: {kind: command, run: ["{{ window.form }}", "{{ likely }}"]}
    healthy_after: 1 hour
teams: {payments-ml: {members: [ana, bob], page: {kind: pagerdut}}}
people: {ana: {page: {kind: carrier}}}
chats: {x: {kind: slak}}
timelin: x
""")

    assert found == told("""
        mlir.yaml:2:3 invalid-value `Bad Name` is no name: small letters and digits, joined by `-`, `_` or `.`
        mlir.yaml:3:5 missing-key `serving` is missing
        mlir.yaml:3:12 unknown-name no team or person `nobody`
          help: known: ana, payments-ml
        mlir.yaml:5:12 unknown-name no team or person `payments-m`
          help: did you mean `payments-ml`?
        mlir.yaml:6:18 unknown-name it depends on itself
        mlir.yaml:7:21 unknown-kind no adapter for a serving of kind `fak`
          help: there are: triton, fake
        mlir.yaml:7:73 duplicate-id there is another replica `a`
        mlir.yaml:7:108 unknown-name `replika` is not known
          help: did you mean `replica`?
        mlir.yaml:7:138 invalid-value a secret is named, never written: env:NAME or file:PATH
        mlir.yaml:8:15 missing-key `kind` is missing
        mlir.yaml:10:17 invalid-value `rato` is no kind
          help: did you mean `ratio`?
        mlir.yaml:11:10 missing-key `kind` is missing
        mlir.yaml:12:10 invalid-value a ratio counts `bad` or `good`, one of them
        mlir.yaml:12:10 missing-key `total` is missing: a ratio needs all events
        mlir.yaml:12:46 invalid-value at most 1 is wanted, not `2`
        mlir.yaml:13:10 missing-key a value needs `min` or `max`
        mlir.yaml:13:35 unknown-name `versio` is not known
          help: did you mean `version`?
        mlir.yaml:14:38 template `{{` has no partner
        mlir.yaml:14:57 invalid-value `250` is no duration; write 250ms, 30s, 5m, 2h or 7d
        mlir.yaml:15:24 unknown-name no verb `rolback`
          help: did you mean `rollback`?
        mlir.yaml:15:46 unknown-field `likely` has no `bad_releas`
          help: did you mean `bad_release`?
        mlir.yaml:15:62 unknown-name no team or person `an`
          help: did you mean `ana`?
        mlir.yaml:15:103 invalid-value an expression is missing
        mlir.yaml:16:25 unknown-name no team or person `an`
          help: did you mean `ana`?
        mlir.yaml:17:27 unknown-name no team or person `xyz`
          help: known: ana, payments-ml
        mlir.yaml:17:32 unknown-key `evalution` is no key here
          help: did you mean `evaluation`?
        mlir.yaml:18:47 unknown-field `window` has no `form`
          help: did you mean `from`?
        mlir.yaml:18:61 unknown-name `likely` is not known
          help: did you mean `key`?
        mlir.yaml:19:20 invalid-value `1 hour` is no duration; write 250ms, 30s, 5m, 2h or 7d
        mlir.yaml:20:38 unknown-name no person `bob`
          help: known: ana
        mlir.yaml:20:57 unknown-kind no adapter for a pager of kind `pagerdut`
          help: there are: pagerduty, file
        mlir.yaml:21:29 unknown-kind no adapter for a pager of kind `carrier`
          help: there are: pagerduty, file
        mlir.yaml:22:19 unknown-kind no adapter for a chat of kind `slak`
          help: there are: slack
        mlir.yaml:23:1 unknown-key `timelin` is no key here
          help: did you mean `timeline`?
    """)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("serves: x", "5:5 unknown-key `serves` is no key here"),
        ("alerts: [{model: 5}]", "5:22 invalid-value a text is wanted, not `5`"),
        ("alerts: {model: x}", "5:13 invalid-value a list is wanted, not a mapping"),
        ("metrics: prometheus", "5:14 invalid-value a mapping is wanted, not `prometheus`"),
        ("metrics: {kind: 5}", "5:21 invalid-value a text is wanted, not `5`"),
        ("metrics: {kind: graphite}", "5:21 unknown-kind no adapter for a metrics of kind"),
        ("objectives: {a: {kind: golden, min: 5%}}", "5:41 invalid-value a number is wanted"),
        ("objectives: {a: {kind: '{{ x }}'}}", "5:28 invalid-value `{{ x }}` is no kind"),
        ("escalation: [{page: ana, within: 5}]", "5:38 invalid-value `5` is no duration"),
        ("policies: [{allow: rollback, by: ana}]", "5:16 missing-key `because` is missing"),
        ("depends_on: feature-store", "5:17 invalid-value a list is wanted, not `feature-store`"),
        (
            "golden: {path: x, score: F1}",
            "5:30 invalid-value `accuracy`, `exact`, `tolerance`, `set`, `regex`, `json_schema` or `custom` is wanted",
        ),
        ("fallbacks: {Rules: {route: x}}", "5:17 invalid-value `Rules` is no name: small letters"),
    ],
)
def test_a_mistake_of_a_service_is_told_at_its_place(lines: str, expected: str) -> None:
    assert of_service(lines).startswith(f"mlir.yaml:{expected}")


@pytest.mark.parametrize(
    "serving", ["{kind: fake, model: m}", "{kind: fake, model: m, replicas: []}"]
)
def test_a_service_has_replicas_or_a_balancer(serving: str) -> None:
    found = of_project(
        f"services: {{a: {{owner: ana, serving: {serving}}}}}\npeople: {{ana: {{}}}}\n"
    )

    assert found == "mlir.yaml:1:37 missing-key give `replicas`, or the `url` of a balancer"


def test_a_drain_by_hook_can_be_read_and_taken_back() -> None:
    alone = "hooks: {drain: [d]}"
    whole = "hooks: {drain: [d], undrain: [u], drained: [l]}"

    def told_of(more: str) -> str:
        return of_project(SERVICE.replace('"http://fraud"', f'"http://fraud", {more}'))

    assert "`drain`, `undrain` and `drained` go together" in told_of(alone)
    assert told_of(whole) == ""
    assert "`routes_through` drains already" in told_of(f'{whole}, routes_through: "http://r"')


def test_tags_are_asked_for_where_there_is_a_registry() -> None:
    asking = SERVICE.replace("    serving:", "    approved: {signed: done}\n    serving:", 1)
    assert asking != SERVICE

    assert "and there is no `registry`" in of_project(asking)


def test_several_files_are_one_project() -> None:
    people = "people: {ana: {}}\n"
    service = f"services: {{%s: {{owner: ana, {SERVING}}}}}\n"
    given = files(project={"mlir": people, "a": service % "a", "b": service % "b"})

    project = project_of(given, VOCABULARY)

    assert sorted(project.services) == ["a", "b"]
    assert project.timeline == ".mlir/timeline.db"
    assert of_project(people, a=service % "a", b=service % "b") == ""


def test_what_two_files_define_is_told() -> None:
    found = of_project(
        SERVICE + "timeline: a\n",
        other=SERVICE.replace("fraud-scorer", "ranker") + "timeline: b\n",
    )

    assert found == told("""
        other.yaml:5:9 defined-twice mlir.yaml defines `payments-ml` too
        other.yaml:6:10 defined-twice mlir.yaml defines `ana` too
        other.yaml:7:1 defined-twice mlir.yaml defines `timeline` too
    """)


@pytest.mark.parametrize("text", ["", "services: {}", "teams: {}\npeople: {}", "# nothing"])
def test_an_empty_project_is_valid(text: str) -> None:
    assert of_project(text) == ""
    assert project_of(files(project={"mlir": text}), VOCABULARY).services == {}


def test_no_file_is_an_empty_project() -> None:
    assert project_of(files(), VOCABULARY).services == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "mlir.yaml:1:1 invalid-value a mapping is wanted, not a list of 1"),
        ("services:", "mlir.yaml:1:10 invalid-value a mapping is wanted, not nothing"),
        ("services: [a]", "mlir.yaml:1:11 invalid-value a mapping is wanted, not a list of 1"),
        ("services: {a: }", "mlir.yaml:1:15 invalid-value a mapping is wanted, not nothing"),
        ("people: {ana: Ana}", "mlir.yaml:1:15 invalid-value a mapping is wanted, not `Ana`"),
    ],
)
def test_what_is_no_project_is_never_loaded(text: str, expected: str) -> None:
    with pytest.raises(InvalidFileError) as caught:
        project_of(files(project={"mlir": text}), VOCABULARY)

    assert caught.value.message == of_project(text) == expected


def test_names_of_a_file_that_cannot_be_read_are_not_missed() -> None:
    service = f"services: {{a: {{owner: ana, {SERVING}, healthy_after: 1}}}}\n"

    assert of_project("people: {ana: {}", a=service) == told("""
        a.yaml:1:93 invalid-value `1` is no duration; write 250ms, 30s, 5m, 2h or 7d
        mlir.yaml:2:1 yaml-syntax did not find expected ',' or '}'
          help: while parsing a flow mapping that begins at 1:9
    """)
