"""A PostgreSQL of this machine, started for the tests on a socket in a folder and on no port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from mlrespond.lab.deadline import wait_until

_WAIT_S = 60.0


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """Yield the address of a fresh server; it is stopped afterwards, by its process id.

    It refuses to run as root, so there it runs as the user `postgres`.
    """
    programs = _programs()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="mlir-pg-") as name:  # sockets have short paths
        home = Path(name)
        if as_user:
            shutil.chown(home, "postgres")
        data, log = home / "data", folder / "postgres.log"
        subprocess.run(
            [*as_user, str(programs / "initdb"), "-D", str(data), "-U", "mlir", "-A", "trust"],
            check=True,
            capture_output=True,
            cwd=home,
        )
        with log.open("wb") as told:
            process = subprocess.Popen(
                [
                    *as_user,
                    *(str(programs / "postgres"), "-D", str(data), "-k", str(home)),
                    *("-c", "listen_addresses=", "-c", "fsync=off"),
                ],
                stdout=told,
                stderr=told,
                cwd=home,
                start_new_session=True,
            )
        url = f"postgres://mlir@/postgres?host={quote(str(home), safe='')}"
        try:
            _wait(url, process, log)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=_WAIT_S)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found:
        return found[-1]
    there = shutil.which("postgres")
    if there is None:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql (.ci/run does)")
    return Path(there).parent


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    wait_until(lambda: process.poll() is not None or _answers(url), _WAIT_S, every_s=0.1)
    if not _answers(url):
        pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
