"""The servers' own Python environments: made once from pins, then shared by all labs of a user.

Their requirements clash with one another and with ours, so each server has one to itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mlrespond.adapters.durable import locked
from mlrespond.errors import UnreachableError

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "airflow": ("apache-airflow",),
    "litellm": ("litellm[proxy]",),
    "mlflow": ("mlflow[auth]",),
    "mlserver": ("mlserver", "uvloop"),
    "moto": ("moto[s3]", "flask", "flask-cors"),
    "prefect": ("prefect", "fastapi", "importlib_metadata"),
    "ray": ("ray[default]",),
    "triton": ("nvidia-pytriton", "numpy"),
}
"""What is asked for by name; which version of it, and of all that it needs, the pins say."""

_INSTALL_S = 900.0
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that is complete."""

    root: Path

    def command(self, name: str) -> str:
        """Return the path of a program in it."""
        return str(self.root / "bin" / name)

    @property
    def packages(self) -> Path:
        """Return its `site-packages`."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.root / "lib" / version / "site-packages"

    @property
    def path(self) -> str:
        """Return a PATH on which its programs come first: servers start one another by name."""
        return os.pathsep.join((str(self.root / "bin"), os.environ.get("PATH", os.defpath)))


def cache() -> Path:
    """Return where environments are kept: MLRESPOND_CACHE, else the user's cache folder."""
    told = os.environ.get("MLRESPOND_CACHE")
    if told:
        return Path(told)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mlrespond"


def environment(server: str, tell: Callable[[str], None]) -> Environment:
    """Return the environment of a server, made now if it is not there yet.

    `tell` hears before something takes a while. Raises UnreachableError, with the end of what the
    installer printed, if it cannot be made; a half-made one is never used.
    """
    pins = (files("mlrespond.lab.stack") / "pins" / f"{server}.txt").read_text()
    wanted = REQUIREMENTS[server]
    digest = hashlib.sha256("\n".join((*wanted, pins, sys.version)).encode()).hexdigest()[:12]
    place = cache() / "servers" / f"{server}-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(place.with_suffix(".lock"), within_s=_INSTALL_S):
        if not (place / ".ready").exists():
            tell(f"installing {server} into {place} (once; under a minute on a good line)")
            _make(place, wanted, pins)
    return Environment(place)


def _make(place: Path, wanted: Sequence[str], pins: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    try:
        venv.create(place, with_pip=True, symlinks=True)
        done = _install(place, wanted, pins)
    except subprocess.TimeoutExpired as cause:
        raise UnreachableError(
            f"{', '.join(wanted)} cannot be installed: not done within {cause.timeout:.0f} s",
            hint="is a package index reachable from here?",
        ) from cause
    except (subprocess.CalledProcessError, OSError) as cause:
        raise UnreachableError(
            f"no Python environment can be made in {place}: {_said(cause)}",
            hint="on Debian and Ubuntu: apt-get install python3-venv; is there space left?",
        ) from cause
    if done.returncode:
        raise UnreachableError(
            f"{', '.join(wanted)} cannot be installed: {done.stderr[-_TAIL:].strip()}",
            hint="is a package index reachable from here?",
        )
    (place / ".ready").touch()


def _said(cause: subprocess.CalledProcessError | OSError) -> str:
    """Return what a failed making says: venv keeps what ensurepip printed."""
    output = cause.output if isinstance(cause, subprocess.CalledProcessError) else None
    if isinstance(output, bytes):
        output = output.decode("utf-8", "replace")
    return f"{output or cause}"[-_TAIL:].strip()


def _install(place: Path, wanted: Sequence[str], pins: str) -> subprocess.CompletedProcess[str]:
    constraints = place / "constraints.txt"
    constraints.write_text(pins)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    return subprocess.run(  # noqa: S603  # our own environment's pip, with names of ours
        [*pip, "--quiet", "--constraint", str(constraints), *wanted],
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
        check=False,
    )
