"""The table of adapters, and plugins beyond it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from mlrespond.adapters.exposition import Exposition
from mlrespond.adapters.file_pager import FilePager
from mlrespond.adapters.local import LocalRegistry
from mlrespond.adapters.site import Site
from mlrespond.adapters.table import ADAPTERS, build, config_class
from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json, Record

LOCAL: Record = {"kind": "local", "path": "registry", "model": "fraud"}


@pytest.mark.parametrize(("port", "kind"), [(p, k) for p, kinds in ADAPTERS.items() for k in kinds])
def test_every_kind_has_a_model_whose_fields_are_described(port: str, kind: str) -> None:
    config = config_class(port, kind)

    assert config.model_fields["kind"].annotation is not str
    assert [name for name, field in config.model_fields.items() if not field.description] == []
    assert config.model_config["extra"] == "forbid"
    assert config.model_config["strict"] is True
    assert config.model_json_schema()["additionalProperties"] is False


def test_a_component_becomes_its_adapter(site: Site) -> None:
    targets: Json = [{"name": "a", "url": "http://127.0.0.1:1"}]

    assert isinstance(build("registry", LOCAL, site), LocalRegistry)
    assert isinstance(build("pager", {"kind": "file", "path": "p"}, site), FilePager)
    assert isinstance(build("chat", {"kind": "file", "path": "p"}, site), FilePager)
    metrics = build("metrics", {"kind": "exposition", "targets": targets}, site)
    assert isinstance(metrics, Exposition)


def test_a_misspelt_kind_is_told_the_nearest(site: Site) -> None:
    with pytest.raises(InvalidInputError, match="`loca`") as raised:
        build("registry", {**LOCAL, "kind": "loca"}, site)

    assert raised.value.hint == "did you mean `local`?"


def test_an_unknown_kind_is_told_what_there_is() -> None:
    with pytest.raises(InvalidInputError) as raised:
        config_class("registry", "vertex")

    assert raised.value.hint == "there are: local, mlflow"


@pytest.mark.parametrize("kind", [None, 7, [], ""])
def test_a_component_without_a_kind_is_invalid(site: Site, kind: Json) -> None:
    with pytest.raises(InvalidInputError):
        build("registry", {"kind": kind}, site)


def test_all_mistakes_are_told_at_once_without_their_values(site: Site) -> None:
    with pytest.raises(InvalidInputError) as raised:
        build("registry", {"kind": "local", "path": 7, "aliss": "hunter22"}, site)

    for told in ("path", "aliss", "model"):
        assert told in raised.value.message
    assert "hunter22" not in raised.value.message


PLUGIN = """
from mlrespond.model.service import Component as Config

def build(config, site):
    return "built"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a distribution with one plugin, as pip would lay it out."""

    def installed(entry: str, content: str) -> None:
        info = tmp_path / "site" / "acme-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mlrespond.adapters]\n{entry}\n")
        module = entry.rpartition("=")[2].strip()
        (tmp_path / "site" / f"{module}.py").write_text(content)
        monkeypatch.syspath_prepend(tmp_path / "site")

    return installed


def test_a_plugin_is_found_by_port_and_kind(
    install: Callable[[str, str], None], site: Site
) -> None:
    install("registry.vertex = acme_vertex", PLUGIN)

    assert cast("object", build("registry", {"kind": "vertex"}, site)) == "built"
    with pytest.raises(InvalidInputError):
        build("metrics", {"kind": "vertex"}, site)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("acme_a", "raise SystemError('boom')"),
        ("acme_b", "import no_such_module"),
        ("acme_c", "x=("),
        ("acme_d", "Config = 7\nbuild = 7"),
        ("acme_e", ""),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named(
    install: Callable[[str, str], None], name: str, content: str
) -> None:
    install(f"registry.vertex = {name}", content)

    with pytest.raises(InvalidInputError, match=name):
        config_class("registry", "vertex")


def test_plugins_are_not_looked_for_where_the_table_knows(
    install: Callable[[str, str], None], site: Site
) -> None:
    install("registry.local = acme_local", PLUGIN)

    assert isinstance(build("registry", LOCAL, site), LocalRegistry)


def test_importing_the_table_imports_no_adapter() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, mlrespond.adapters.table; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src"},
    )

    assert "mlrespond.adapters.local" not in done.stdout.split()
