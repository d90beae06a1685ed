"""Code blocks are true: shells run, YAML lints, Python and JSON run and parse.

A shell block is run when `<!-- run -->` stands above it (`<!-- run: 8 -->` names another exit code
than 0), in a folder that all blocks of its page share. A YAML block is a whole file, or a part
that `<!-- lint: step -->` or `<!-- lint: service -->` names. The Python blocks of a page are one
module, run by pytest where they hold a contract.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, Block, all_blocks, blocks, name
from tests.docs.project import shell

from mlrespond.authoring.lint import Files, lint
from mlrespond.authoring.source import parse
from mlrespond.bootstrap.authored import authored_files, vocabulary
from mlrespond.model.json import record, text

_RUNS = [page for page in PAGES if any(one.mark == "run" for one in blocks(page))]
_PYTHON = [page for page in PAGES if any(one.language == "python" for one in blocks(page))]
_SERVICE = """
services:
  fraud-scorer:
    owner: payments-ml
    serving: {kind: open_inference, model: fraud, replicas: [{name: eu-1, url: "http://10.0.0.1"}]}
"""
_TEAMS = "teams: {payments-ml: {members: [ana]}, ml-platform: {members: [ana]}}\n"
_PEOPLE = "people: {ana: {}}\n"


@pytest.mark.parametrize("page", _RUNS, ids=name)
def test_shell_blocks_run_in_their_order(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()

    for block in [one for one in blocks(page) if one.mark == "run"]:
        code, told = shell(block.text, folder, tmp_path)

        assert code == int(block.value or 0), f"{block.id}\n{block.text}\n{told}"


def test_some_pages_run() -> None:
    assert len(_RUNS) > 2


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=lambda one: one.id)
def test_yaml_lints(block: Block) -> None:
    found = lint(_files(block), vocabulary())

    assert not [str(one) for one in found]


@pytest.mark.parametrize("block", all_blocks("markdown"), ids=lambda one: one.id)
def test_playbooks_lint(block: Block) -> None:
    stem = text(record(parse("-", block.text.split("---")[1]).data).get("playbook"))

    found = lint(_with(playbooks=((f"playbooks/{stem}.md", block.text.encode()),)), vocabulary())

    assert not [str(one) for one in found]


@pytest.mark.parametrize("page", _PYTHON, ids=name)
def test_python_runs(page: Path, tmp_path: Path) -> None:
    code = "\n".join(one.text for one in blocks(page) if one.language == "python")
    module = tmp_path / "test_page.py"
    module.write_text(code)
    contract = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if "Contract)" in code else []

    done = subprocess.run(
        [sys.executable, *contract, str(module)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", all_blocks("json"), ids=lambda one: one.id)
def test_json_parses(block: Block) -> None:
    assert json.loads(block.text)


def test_every_language_is_looked_at() -> None:
    known = {"sh", "yaml", "markdown", "python", "json", "text"}

    assert not [one.id for page in PAGES for one in blocks(page) if one.language not in known]


def _files(block: Block) -> Files:
    if block.value == "step":
        return _runbook(_head() + textwrap.indent(block.text, "  "))
    if block.value == "service":
        whole = _SERVICE + textwrap.indent(block.text, "    ") + _TEAMS + _PEOPLE
        return _with(project=(("mlir.yaml", whole.encode()),))
    if block.text.startswith("runbook:"):
        return _runbook(block.text)
    return _with(project=(("mlir.yaml", block.text.encode()),))


def _runbook(whole: str) -> Files:
    stem = text(record(parse("-", whole).data).get("runbook"))
    return _with(runbooks=((f"runbooks/{stem}.yaml", whole.encode()),))


def _head() -> str:
    return "runbook: a-part\ntitle: A part\nmitigated_when: run.ending is none\nsteps:\n"


def _with(**files: tuple[tuple[str, bytes], ...]) -> Files:
    shipped = authored_files(Path(__file__).parent, shipped_playbooks=False)
    return Files(library=shipped.library, library_names=shipped.library_names, **files)
