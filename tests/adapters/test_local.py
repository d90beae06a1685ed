"""The registry in a folder: nobody sees half a change, and no writer is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mlrespond.adapters.local import Config, LocalRegistry, build
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    UnreachableError,
)
from mlrespond.ports.service import Registry
from mlrespond.testing.contract.registry import RegistryContract

CREATED = {
    "1": "2026-11-01T00:00:00Z",
    "2": "2026-11-02T01:00:00+01:00",
    "10": "2026-11-03T00:00:00Z",
}
HOLD = """
import sys, time
from pathlib import Path
from mlrespond.adapters.durable import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def add(path: Path, name: str, **fields: object) -> None:
    folder = path / "fraud" / "versions" / name
    folder.mkdir(parents=True)
    written = {"name": name, "created_at": CREATED.get(name), "tags": {}, "metrics": {}, **fields}
    (folder / "version.json").write_text(json.dumps(written))


def opened(site: Site) -> Registry:
    return build(Config(kind="local", path="registry", model="fraud"), site)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "registry"
    for name in ("10", "2", "1"):
        add(path, name, metrics={"accuracy": 0.97})
    (path / "fraud" / "versions" / "11").mkdir()  # still being written: no version.json
    return path


@pytest.fixture
def registry(path: Path, site: Site) -> Registry:
    (path / "fraud" / "aliases.json").write_text('{"champion": "2", "challenger": "10"}')
    return opened(site)


class TestLocalRegistry(RegistryContract):
    @pytest.fixture
    def registry(self, registry: Registry) -> Registry:
        return registry

    @pytest.fixture
    def unset(self, path: Path, site: Site) -> Registry:
        assert path.is_dir()
        return opened(site)


def test_other_aliases_stay_where_they_are(registry: Registry, path: Path) -> None:
    registry.want("1")

    aliases = json.loads((path / "fraud" / "aliases.json").read_text())
    assert aliases == {"champion": "1", "challenger": "10"}


def test_a_registry_that_is_not_there_is_unreachable(site: Site) -> None:
    for call in (opened(site).wanted, opened(site).versions, lambda: opened(site).want("1")):
        with pytest.raises(UnreachableError):
            call()


def test_a_model_that_is_not_there_is_said(site: Site, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()

    with pytest.raises(NotThereError, match="fraud"):
        opened(site).wanted()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '"2"', '{"champion": 2}', '{"champion": NaN}', "<html>"]
)
def test_aliases_that_make_no_sense_are_a_bad_reply(
    registry: Registry, path: Path, content: str
) -> None:
    (path / "fraud" / "aliases.json").write_text(content)

    with pytest.raises(BadReplyError, match=r"aliases\.json"):
        registry.wanted()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"created_at": "yesterday"}',
        '{"created_at": "2026-11-01T00:00:00"}',
        '{"created_at": "0001-01-01T00:00:00+01:00"}',
        '{"tags": {"a": 1}}',
        '{"tags": []}',
        '{"metrics": {"accuracy": Infinity}}',
    ],
)
def test_a_version_that_makes_no_sense_is_a_bad_reply(
    registry: Registry, path: Path, content: str
) -> None:
    (path / "fraud" / "versions" / "2" / "version.json").write_text(content)

    with pytest.raises(BadReplyError, match="2"):
        registry.versions()


def test_versions_of_one_time_are_in_natural_order(site: Site, tmp_path: Path) -> None:
    for name in ("v10", "v9", "9", "10", "a"):
        add(tmp_path / "registry", name, created_at="2026-11-01T00:00:00Z")

    names = [one.name for one in opened(site).versions()]

    assert names == ["9", "10", "a", "v9", "v10"]


def test_what_else_a_version_says_stays(registry: Registry, path: Path) -> None:
    file = path / "fraud" / "versions" / "2" / "version.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "author": "ana"}))

    registry.tag("2", "k", "v")

    assert json.loads(file.read_text())["author"] == "ana"


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody who may not write anywhere, if this is root."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_folder_that_may_not_be_written_is_refused(registry: Registry, path: Path) -> None:
    with TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        shutil.copytree(path, folder / "registry")
        folder.chmod(0o755)
        (folder / "registry" / "fraud").chmod(0o555)
        theirs = LocalRegistry(folder / "registry", "fraud", "champion")

        with nobody():
            wanted = theirs.wanted()
            with pytest.raises(AccessRefusedError) as raised:
                theirs.want("1")

        (folder / "registry" / "fraud").chmod(0o755)
        assert raised.value.definite
        assert wanted == theirs.wanted() == registry.wanted() == "2"


def test_writers_at_once_lose_nothing_and_readers_see_whole_files(
    registry: Registry, site: Site
) -> None:
    torn: list[PortError] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                registry.wanted()
                registry.versions()
            except PortError as error:
                torn.append(error)

    def write(number: int) -> None:
        mine = opened(site)
        for turn in range(5):
            mine.tag("2", f"k{number}.{turn}", "v")
            mine.want(["1", "2", "10"][turn % 3])

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()

    assert torn == []
    tags = next(one.tags for one in registry.versions() if one.name == "2")
    assert len(tags) == 20


def test_a_writer_that_is_killed_leaves_no_lock(registry: Registry, path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path / "fraud" / ".lock"],
        env={"PYTHONPATH": "src"},
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        holder.kill()

    registry.want("1")

    assert registry.wanted() == "1"
