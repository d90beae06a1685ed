"""Append-only JSON lines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.lab.observed import eventually

from mlrespond.lab.lines import LineWriter, read_lines


def test_lines_arrive_within_a_moment_without_closing(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "a.jsonl"
    writer = LineWriter(path)

    writer.put({"n": 1})

    eventually(lambda: list(read_lines(path)) == [{"n": 1}], 2)
    writer.close()


def test_closing_writes_everything_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    writer = LineWriter(path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: writer.put({"n": n}), range(2000)))
    writer.close()

    assert sorted(str(line["n"]) for line in read_lines(path)) == sorted(map(str, range(2000)))


def test_a_torn_tail_is_not_read_and_is_cut_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":' + b"2" * 9000)
    assert list(read_lines(path)) == [{"n": 1}]

    writer = LineWriter(path)
    writer.put({"n": 3})
    writer.close()

    assert path.read_bytes() == b'{"n":1}\n{"n":3}\n'


def test_a_file_that_is_nothing_but_a_torn_line_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":')

    LineWriter(path).close()

    assert path.read_bytes() == b""


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert list(read_lines(tmp_path / "none.jsonl")) == []
