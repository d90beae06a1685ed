"""Whatever stands in a file, lint says what is wrong with it, and never anything else."""
# what is compared stands as it is printed

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.authoring.told import (
    HEAD,
    PLAYBOOK,
    SERVICE,
    SHIPPED,
    VOCABULARY,
    files,
    of,
    told,
)
from tests.authoring.valid import NOTES, PROJECT, RUNBOOK
from tests.rig import ROOT

from mlrespond.authoring.diagnostic import Diagnostic, InvalidFileError
from mlrespond.authoring.lint import (
    Files,
    lint,
    load_playbooks,
    load_spec,
    project_of,
    runbook_names,
)
from mlrespond.errors import Error, UsageError
from mlrespond.model.codec import decode, encode
from mlrespond.model.spec import RunbookSpec
from mlrespond.model.text import printable

FUZZ = settings(deadline=4000, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
TOKENS = st.sampled_from(
    [
        "5",
        "-1",
        "1.10",
        "true",
        "null",
        "~",
        "''",
        "[]",
        "{}",
        "[[]]",
        "{a: 1}",
        "[5, {b: null}]",
        "text",
        "30s",
        "no",
        "0o17",
        "1e999",
        '"{{ inputs.every }}"',
        '"{{ steps.back.before }}"',
        '"{{ 1 +"',
        "'}}'",
        "*a",
        "&a x",
        "!!str x",
        "|",
        ">-",
        "9" * 400,
        "{read: {diagnose: {}}}",
        "{read: {}, until: x}",
        "steps",
        "2026-11-22",
        "é\u2028",
    ]
)
NOISE = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["\x00", "\x1b[31m", "\ufeff", "\t", "\r", "\r\n", "\x85", "{{", "}}", ": ", "- ", "#", "---\n"]
)
PLACES = st.integers(min_value=0, max_value=10_000)


def _delete(text: str, at: int, _: str, __: str) -> str:
    lines = text.split("\n")
    del lines[at % len(lines)]
    return "\n".join(lines)


def _repeat(text: str, at: int, _: str, __: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[: at % len(lines) + 1], *lines[at % len(lines) :]])


def _swap(text: str, at: int, _: str, __: str) -> str:
    lines = text.split("\n")
    first, second = at % len(lines), (at // 7) % len(lines)
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


def _indent(text: str, at: int, _: str, __: str) -> str:
    lines = text.split("\n")
    lines[at % len(lines)] = "  " + lines[at % len(lines)]
    return "\n".join(lines)


def _replace(text: str, at: int, token: str, _: str) -> str:
    """Put another value behind one of the colons."""
    parts = text.split(": ")
    if len(parts) == 1:
        return text
    chosen = 1 + at % (len(parts) - 1)
    kept = next((at for at, char in enumerate(parts[chosen]) if char in ",}\n"), len(parts[chosen]))
    parts[chosen] = token + parts[chosen][kept:]
    return ": ".join(parts)


def _rename(text: str, at: int, token: str, _: str) -> str:
    """Put another value in the place of a word."""
    words = text.split(" ")
    words[at % len(words)] = token
    return " ".join(words)


def _insert(text: str, at: int, _: str, noise: str) -> str:
    place = at % (len(text) + 1)
    return text[:place] + noise + text[place:]


def _truncate(text: str, at: int, _: str, __: str) -> str:
    return text[: at % (len(text) + 1)]


MUTATIONS: tuple[Callable[[str, int, str, str], str], ...] = (
    _delete,
    _repeat,
    _swap,
    _indent,
    _replace,
    _replace,
    _rename,
    _insert,
    _truncate,
)


def mutated(*bases: str) -> st.SearchStrategy[str]:
    """Return texts that were valid before somebody was at them, one to four times."""
    changes = st.tuples(st.sampled_from(MUTATIONS), PLACES, TOKENS, NOISE)

    def apply(base: str, many: list[tuple[Callable[..., str], int, str, str]]) -> str:
        for change, at, token, noise in many:
            base = change(base, at, token, noise)
        return base

    return st.builds(apply, st.sampled_from(bases), st.lists(changes, min_size=1, max_size=4))


def linted(given_files: Files) -> list[Diagnostic]:
    """Return the diagnostics, after a look at what must be true of all of them."""
    found = lint(given_files, VOCABULARY)
    assert found == sorted(set(found))
    contents = {path: text for part in _parts(given_files) for path, text in part}
    for one in found:
        lines = contents[one.path].decode("utf-8", "replace").count("\n") + 2
        assert 1 <= one.line <= lines + contents[one.path].count(b"\r")
        assert one.column >= 1
        assert printable(str(one)) == str(one)
    return found


def _parts(given_files: Files) -> list[tuple[tuple[str, bytes], ...]]:
    return [given_files.project, given_files.runbooks, given_files.playbooks]


def raised(load: Callable[[], object]) -> Error | None:
    """Return the error of ours that loading raises; another exception is a failure."""
    try:
        load()
    except Error as error:
        return error
    return None


@FUZZ
@given(mutated(RUNBOOK, *(text.decode() for text in SHIPPED.values())))
def test_a_damaged_runbook_is_valid_or_told(text: str) -> None:
    given_files = files({"a": text})

    found = linted(given_files)
    error = raised(lambda: load_spec(given_files, "a", VOCABULARY))

    assert (error is None) == (not found)
    assert error is None or isinstance(error, InvalidFileError)
    assert error is None or list(error.diagnostics) == found


@FUZZ
@given(mutated(PROJECT, SERVICE))
def test_a_damaged_project_is_valid_or_told(text: str) -> None:
    given_files = files(project={"mlir": text})

    found = linted(given_files)
    error = raised(lambda: project_of(given_files, VOCABULARY))

    assert (error is None) == (not found)
    assert error is None or isinstance(error, InvalidFileError)


@FUZZ
@given(mutated(NOTES, PLAYBOOK))
def test_a_damaged_playbook_is_valid_or_told(text: str) -> None:
    given_files = files(playbooks={"p": text})

    found = linted(given_files)
    error = raised(lambda: load_playbooks(given_files, VOCABULARY, ["fraud-scorer"]))

    assert error is None or isinstance(error, InvalidFileError)
    assert error is None or found


@FUZZ
@given(st.binary(max_size=120))
def test_any_bytes_are_valid_or_told(content: bytes) -> None:
    parts = {"a": content}

    for given_files in (files(parts), files(project=parts), files(playbooks=parts)):
        linted(given_files)
    assert raised(lambda: load_spec(files(parts), "a", VOCABULARY)) is not None


def test_a_file_that_ends_anywhere_is_valid_or_told() -> None:
    whole = SHIPPED["bad-release"]

    for end in range(0, len(whole), 9):
        given_files = files({"bad-release": whole[:end]})
        assert (raised(lambda: load_spec(given_files, "bad-release", VOCABULARY)) is None) == (  # noqa: B023  # called at once
            not linted(given_files)
        )


@settings(deadline=None, max_examples=40)
@given(mutated(RUNBOOK))
def test_what_is_loaded_travels_as_json(text: str) -> None:
    specs: list[RunbookSpec] = []
    raised(lambda: specs.append(load_spec(files({"a": text}), "a", VOCABULARY)))

    for spec in specs:
        assert decode(RunbookSpec, encode(spec)) == spec


def test_lint_goes_over_everything_and_sorts_what_it_finds() -> None:
    found = of(
        files(
            {
                "b": HEAD.replace("runbook: a", "runbook: b").replace("title: A", "titl: A"),
                "a": HEAD,
            },
            {"mlir": SERVICE.replace("members: [ana]", "members: [bob]")},
            {"p": PLAYBOOK.replace("match", "mtch")},
        )
    )

    assert found == told("""
        b.yaml:1:1 missing-key `title` is missing
        b.yaml:2:1 unknown-key `titl` is no key here
          help: did you mean `title`?
        mlir.yaml:5:33 unknown-name no person `bob`
          help: known: ana
        p.md:2:1 missing-key `match` is missing
        p.md:3:1 unknown-key `mtch` is no key here
          help: did you mean `match`?
    """)


def test_nothing_is_valid() -> None:
    assert lint(Files(), VOCABULARY) == []


def test_two_files_of_one_name_are_told() -> None:
    twice = Files(runbooks=(("a.yaml", HEAD.encode()), ("more/a.yaml", HEAD.encode())))

    assert of(twice) == "more/a.yaml:1:10 defined-twice a.yaml goes by the same name"


def test_a_team_s_runbook_stands_before_the_shipped_one_of_its_name() -> None:
    own = files({"bad-release": HEAD.replace("runbook: a", "runbook: bad-release")})

    assert load_spec(own, "bad-release", VOCABULARY).title == "A"
    assert load_spec(files(), "bad-release", VOCABULARY).title != "A"
    assert runbook_names(own) == tuple(SHIPPED)


def test_a_runbook_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        load_spec(files(), "bad-releas", VOCABULARY)

    assert caught.value.message == "there is no runbook `bad-releas`"
    assert caught.value.hint == "did you mean `bad-release`?"


HEAVY = (
    "httpx jinja2 rich sqlite_utils asyncio sqlite3 click mlrespond.engine mlrespond.ports"
    " mlrespond.usecases mlrespond.adapters mlrespond.timeline mlrespond.lab"
)
PROBE = """
import sys
from pathlib import Path
from mlrespond.authoring.lint import Files, lint
from mlrespond.model.shape import Vocabulary
from mlrespond.verbs.table import Table

path = Path(sys.argv[1])
files = Files(runbooks=((str(path), path.read_bytes()),))
print([str(one) for one in lint(files, Vocabulary(verbs=Table(), adapters=None, modes=()))])
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize("name", ["bad-release", "stale-model-retrain"])
def test_lint_of_a_runbook_loads_only_what_it_needs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(ROOT / "runbooks" / f"{name}.yaml")],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )

    found, loaded = done.stdout.splitlines()
    modules = loaded.split(" ")
    heavy = {one for one in modules for no in HEAVY.split(" ") if f"{one}.".startswith(f"{no}.")}
    judgment = {one for one in modules if one.startswith("mlrespond.judgment.")}
    assert found == "[]"
    assert heavy == set()
    assert judgment == set()
    assert not {"mlrespond.authoring.project", "mlrespond.authoring.playbook"} & set(modules)


WITHOUT_C = """
import sys
import yaml

del yaml.CSafeLoader
from tests.authoring.told import SHIPPED, files, of, of_runbook

print(of(files(SHIPPED)))
for text in sys.argv[1:]:
    print(of_runbook(text))
"""


def test_where_yaml_is_read_without_c_the_same_is_refused() -> None:
    deep, half = "[" * 5000, 'a: "\\ud800"\n"\\udfff": 1\n'

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_C, deep, half],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
    )

    assert [line for line in done.stdout.splitlines() if "yaml-" in line or not line] == [
        "",
        "a.yaml:1:61 yaml-depth nested more than 60 deep",
        "a.yaml:1:4 yaml-character half a character is escaped here",
        "a.yaml:2:1 yaml-character half a character is escaped here",
    ]


CODES = re.compile(r'"([a-z]+(?:-[a-z]+)+|template|expression|misnamed)"')


def test_every_code_is_reached_by_a_test_of_this_floor() -> None:
    sources = (ROOT / "src" / "mlrespond" / "authoring").glob("*.py")
    tests = Path(__file__).parent.glob("test_*.py")
    codes = {code for path in sources for code in CODES.findall(path.read_text("utf-8"))}
    expected = "\n".join(path.read_text("utf-8") for path in tests)

    unreached = {
        code for code in codes if not re.search(rf"(?:\d+:\d+|\b\d+|[\"( ]){code}\b", expected)
    }

    assert len(codes) > 35
    assert unreached == set()
