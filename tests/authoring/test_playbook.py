"""A playbook's front matter is for the machine, and is checked; its prose is for people."""

from __future__ import annotations

import pytest
from tests.authoring.told import PLAYBOOK, SERVICE, VOCABULARY, files, of, of_playbook, told
from tests.authoring.valid import NOTES, PROJECT

from mlrespond.authoring.diagnostic import InvalidFileError
from mlrespond.authoring.lint import load_playbooks
from mlrespond.authoring.playbook import load_playbook


def test_the_example_of_the_contract_is_valid() -> None:
    given = files(project={"mlir": PROJECT}, playbooks={"p": NOTES})

    (loaded,) = load_playbooks(given, VOCABULARY, ["fraud-scorer"])

    assert of(given) == ""
    assert loaded.prose == "# What to do\n\nLook first."
    assert loaded.playbook is not None
    assert [one.runbook for one in loaded.playbook.runbooks] == [
        "bad-release",
        "input-data-broken",
    ]


def test_all_mistakes_are_told_at_once() -> None:
    text = """\
---
playbook: q
match: {a: 5, b: [1, x]}
services: [frau]
severity: {default: SEV9, rules: [{when: "alert.labls.x == 'a'", is: SEV1}, {is: SEV2}]}
runbooks:
  - {runbook: bad-releas, when: changes.versio}
  - {runbook: bad-release, when: , inputs: {evry: 5s, looks: many}}
  - bad-release
rols: {commander: x}
---
Prose with {{ anything }}.
"""
    service = SERVICE.replace("fraud-scorer", "fraud")

    found = of(files(project={"mlir": service}, playbooks={"p": text}))

    assert found == told("""
        p.md:2:11 misnamed the file is called `p`
          help: playbook: p
        p.md:3:12 invalid-value a text or a list is wanted, not `5`
          help: put it in quotes
        p.md:3:19 invalid-value a text is wanted, not `1`
          help: put it in quotes
        p.md:4:12 unknown-name no service `frau`
          help: did you mean `fraud`?
        p.md:5:21 invalid-value `SEV1`, `SEV2`, `SEV3` or `SEV4` is wanted, not `SEV9`
          help: did you mean `SEV4`?
        p.md:5:49 unknown-field `alert` has no `labls`
          help: did you mean `labels`?
        p.md:5:77 missing-key `when` is missing
        p.md:7:15 unknown-runbook there is no runbook `bad-releas`
          help: did you mean `bad-release`?
        p.md:7:41 unknown-field `changes` has no `versio`
          help: did you mean `version`?
        p.md:8:34 invalid-value an expression is missing
        p.md:8:45 unknown-input `bad-release` has no input `evry`
          help: did you mean `every`?
        p.md:8:62 invalid-input `looks`: `many` is no number
        p.md:9:5 invalid-value a mapping is wanted, not `bad-release`
        p.md:10:1 unknown-key `rols` is no key here
          help: did you mean `roles`?
    """)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# prose", "1:1 no-front-matter a playbook starts with `---`, its front matter, and"),
        ("", "1:1 no-front-matter a playbook starts with `---`, its front matter, and `---`"),
        ("\n" + PLAYBOOK, "1:1 no-front-matter a playbook starts with `---`, its front matter"),
        ("---\nplaybook: p\n", "1:1 no-front-matter a playbook starts with `---`, its front"),
        ("---\n---\n", "1:1 missing-key `match` is missing"),
        ("---\n- a\n---\n", "2:1 invalid-value a mapping is wanted, not a list of 1"),
        ("---\nplaybook: [\n---\n", "3:1 yaml-syntax did not find expected node content"),
        ("---\nplaybook: p\n\tmatch: {}\n---\n", "3:1 yaml-syntax found a tab character that"),
        ("---\nplaybook: p\nmatch: \x07\n---\n", "3:8 yaml-character the character U+0007 does"),
        (b"---\nplaybook: p\n---\n\n\xff", "5:1 yaml-encoding byte 0xff is not UTF-8"),
        (b"---\n---\n" + b"x" * 1024 * 1024, "1:1 yaml-size the file is larger than 1024 KiB"),
        (PLAYBOOK.replace("playbook: p", "playbook: ~"), "2:11 invalid-value a text is wanted"),
        (PLAYBOOK.replace("---\nLook", "runbooks:\n  - {runbook: first-look, when: ''}\n---\nLook"),
            "5:34 expression the expression ends too early"),
    ],
)  # fmt: skip
def test_what_is_no_playbook_is_told(text: str | bytes, expected: str) -> None:
    found = of_playbook(text)

    assert found.startswith(f"p.md:{expected}")
    with pytest.raises(InvalidFileError):
        load_playbooks(files(playbooks={"p": text}), VOCABULARY, [])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_make_no_difference(ending: str, mark: str) -> None:
    text = mark + PLAYBOOK.replace("\n", ending)

    assert of_playbook(text) == ""
    assert of_playbook(text.replace("match", "mtch").encode()) == told("""
        p.md:2:1 missing-key `match` is missing
        p.md:3:1 unknown-key `mtch` is no key here
          help: did you mean `match`?
    """)


def test_services_are_only_checked_where_they_are_known() -> None:
    text = PLAYBOOK.replace("---\nLook", "services: [unknown]\n---\nLook")

    assert of_playbook(text) == ""
    assert of(files(project={"mlir": SERVICE}, playbooks={"p": text})).startswith(
        "p.md:4:12 unknown-name no service `unknown`"
    )


def test_a_line_of_dashes_in_the_prose_is_prose() -> None:
    loaded = load_playbook("p.md", PLAYBOOK + "\n---\n\nmore\n", VOCABULARY, [])

    assert loaded.prose == "Look at the inputs.\n\n---\n\nmore"
    assert loaded.source.diagnostics == []
