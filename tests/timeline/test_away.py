"""A disk that is full and a file that is read-only end in the spool, and come in later."""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.timeline.bundled import EARLIER
from tests.timeline.earlier.told import INCIDENT

from mlrespond.bootstrap.place import place
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import SqliteTimeline

ENOUGH = 3  # notes that did not fit


class House:
    """A timeline in a folder of its own, the spool in another, and the command line."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.path = folder / "timeline.db"
        self._state = state
        self.path.write_bytes(gzip.decompress((EARLIER / "c846f57.db.gz").read_bytes()))
        assert self.note("before").returncode == 0

    def mlir(
        self, *words: str, limit: Callable[[], None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlrespond", "--timeline", str(self.path), *words],
            env={**os.environ, "MLRESPOND_STATE": str(self._state), "MLRESPOND_AS": "ana"},
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limit,  # a limit of the child's own
        )

    def note(
        self, text: str, limit: Callable[[], None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return self.mlir("note", text, "--incident", INCIDENT, limit=limit)

    @property
    def waiting(self) -> int:
        return len(list(self._state.glob("*/spool/*.json")))

    def notes(self) -> list[str]:
        found = self.mlir("timeline", INCIDENT, "--kind", "note_added")
        assert found.returncode == 0, found.stderr
        return [line.split("  [ana]")[0].split("note_added")[1].strip() for line in _lines(found)]

    def whole(self) -> None:
        assert self.mlir("audit").returncode == 0


def _lines(found: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in found.stdout.splitlines() if "note_added" in line]


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "disk").mkdir()
    return House(tmp_path / "disk", tmp_path / "state")


def _hardly_any_room() -> None:
    """Let no file of this process grow beyond a few pages: what is small can still be written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))


def test_what_does_not_fit_waits_in_the_spool_and_comes_in_later(house: House) -> None:
    for text in ("first", "second"):
        found = house.note(text, _hardly_any_room)
        assert found.returncode == 0, found.stderr
        assert "in the spool, since the timeline cannot be written now" in found.stderr
    assert house.waiting == 2

    assert house.note("after").returncode == 0

    assert house.waiting == 0
    assert house.notes()[-4:] == ["before", "first", "second", "after"]
    house.whole()


def test_a_disk_that_fills_up_while_writing_loses_nothing(disk: Path, tmp_path: Path) -> None:
    house = House(disk, tmp_path / "state")
    noted = ["before"]
    while house.waiting < ENOUGH:
        text = f"note {len(noted)} {'x' * 3000}"
        assert house.note(text).returncode == 0
        noted.append(text)
        assert len(noted) < 200, "the disk never filled up"
        if house.waiting == 0:
            filler = disk / "filler"
            with filler.open("ab") as file:
                file.write(b"x" * min(20_000, max(0, shutil.disk_usage(disk).free - 20_000)))

    (disk / "filler").unlink()

    assert house.note("there is room again").returncode == 0
    told = house.notes()
    assert house.waiting == 0
    assert told[-1] == "there is room again"
    assert [one[:12].strip() for one in told[-len(noted) - 1 : -1]] == [
        one[:12].strip() for one in noted
    ]
    house.whole()


def test_a_read_only_file_is_read_and_what_is_said_waits(read_only: House) -> None:
    assert read_only.mlir("timeline", INCIDENT).returncode == 0
    assert read_only.mlir("incidents", "--all").returncode == 0
    read_only.whole()

    found = read_only.note("while it was read-only")

    assert found.returncode == 0, found.stderr
    assert "in the spool" in found.stderr
    assert read_only.notes()[-1] == "while it was read-only"
    assert read_only.waiting == 1


def test_what_was_said_meanwhile_comes_in_when_it_can_be_written(
    read_only: House, writable: Callable[[], None]
) -> None:
    read_only.note("while it was read-only")
    writable()

    assert read_only.note("after").returncode == 0

    assert read_only.waiting == 0
    assert read_only.notes()[-3:] == ["before", "while it was read-only", "after"]
    read_only.whole()


def test_a_process_that_goes_on_notices_that_it_can_be_written_again(
    read_only: House, writable: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLRESPOND_STATE", str(read_only.path.parent.parent / "another"))
    where = place(None, str(read_only.path))
    clock, count = FixedClock(), iter(range(100))

    def name() -> str:
        return f"ffffffff-0000-7000-8000-{next(count):012x}"

    def database() -> SqliteTimeline:
        return SqliteTimeline(read_only.path, now=clock.now, new_id=name, new_salt=name)

    timeline = SpoolingTimeline(database, Spool(where.state, new_id=name), clock.now)
    stream = f"incident:{INCIDENT}"
    timeline.append([note("one", stream)])
    assert timeline.spooling
    writable()
    clock.advance(60)

    timeline.append([note("two", stream)])

    assert not timeline.spooling
    assert [one.summary for one in timeline.read(stream)][-2:] == ["one", "two"]
    timeline.close()


def _mount(*words: str) -> bool:
    try:
        done = subprocess.run(["mount", *words], capture_output=True, check=False)  # noqa: S607  # the system's
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not _mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)):
        pytest.skip("nothing can be mounted here; a limit on the file's size is tested instead")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607  # the system's


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[House]:
    """A timeline that cannot be written: by its mode, or, since root may, by its file system."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if os.geteuid():
        house = House(folder, tmp_path / "state")
        house.path.chmod(0o444)
        folder.chmod(0o555)
        yield house
        folder.chmod(0o755)
        return
    if not _mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)):
        pytest.skip("root may write everything, and nothing can be mounted here")
    house = House(folder, tmp_path / "state")
    assert _mount("-o", "remount,ro", str(folder))
    yield house
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607  # the system's


@pytest.fixture
def writable(read_only: House) -> Callable[[], None]:
    folder = read_only.path.parent

    def mend() -> None:
        if os.geteuid():
            folder.chmod(0o755)
            read_only.path.chmod(0o600)
        else:
            assert _mount("-o", "remount,rw", str(folder))

    return mend
