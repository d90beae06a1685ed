"""Files replaced whole, and lines appended whole."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from mlrespond.adapters.durable import append_line, locked, replace_file, said
from mlrespond.errors import AccessRefusedError, PortError, UnreachableError


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_file(path, b"one")
    replace_file(path, b"two")

    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replacement_that_fails_leaves_what_was(tmp_path: Path) -> None:
    folder = tmp_path / "a.json"
    folder.mkdir()
    (folder / "kept").touch()

    with pytest.raises(OSError, match=r"a\.json"):
        replace_file(folder, b"two")

    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_torn_line_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"torn')

    append_line(path, "whole")
    append_line(path, "next")

    assert path.read_text() == '{"torn\nwhole\nnext\n'


def test_lines_of_many_threads_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"

    def write(char: str) -> None:
        for _ in range(50):
            with locked(tmp_path / "lock"):
                append_line(path, char * 5_000)

    threads = [threading.Thread(target=write, args=(char,)) for char in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = path.read_text().splitlines()
    assert len(lines) == 200
    assert {len(set(line)) for line in lines} == {1}


def test_a_lock_that_stays_taken_is_an_error_in_time(tmp_path: Path) -> None:
    began = time.monotonic()

    with (
        locked(tmp_path / "lock"),
        pytest.raises(UnreachableError, match="locked"),
        locked(tmp_path / "lock", within_s=0.2),
    ):
        pass

    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (PermissionError(13, "Permission denied"), AccessRefusedError),
        (OSError(28, "No space left on device"), UnreachableError),
        (FileNotFoundError(2, "No such file or directory"), UnreachableError),
    ],
)
def test_an_error_of_the_system_says_what_was_tried(cause: OSError, error: type[PortError]) -> None:
    with pytest.raises(error, match=f"the log: {cause.strerror}") as raised, said("the log"):
        raise cause

    assert raised.value.__cause__ is cause
