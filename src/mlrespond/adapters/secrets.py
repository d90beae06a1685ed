"""Secrets from the environment and from files, and a memory of which were handed out."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path

from mlrespond.errors import AccessRefusedError

REPLACEMENT = "[secret]"

_SHORTEST = 4
_LARGEST_FILE = 64 << 10
_WORDS = (REPLACEMENT, "true", "false", "null", "Infinity")
_NUMBER = re.compile(r"[0-9.eE+-]{1,15}")


class EnvSecrets:
    """Secrets of `env:NAME` and `file:PATH`; relative paths start at a folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._handed_out: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def get(self, reference: str) -> str:
        """See Secrets.get."""
        secret = self._look_up(reference).strip()
        if not secret:
            raise AccessRefusedError(f"{reference} is empty", hint="set it, and try again")
        if not redactable(secret):
            raise AccessRefusedError(
                f"the secret of {reference} could not be kept out of the timeline:"
                " it is too short, or reads like a plain number or word",
                hint=f"use one of at least {_SHORTEST} characters that is no number",
            )
        with self._lock:
            if secret not in self._handed_out:
                self._handed_out |= {secret}
        return secret

    def handed_out(self) -> frozenset[str]:
        """Return every secret that anybody has been given."""
        return self._handed_out

    def _look_up(self, reference: str) -> str:
        scheme, _, name = reference.partition(":")
        if scheme == "env":
            return self._environ.get(name, "")
        if scheme == "file" and name:
            return self._read(reference, self._folder / Path(name).expanduser())
        raise AccessRefusedError(
            "a secret is named, never written", hint="write env:NAME or file:PATH"
        )

    def _read(self, reference: str, path: Path) -> str:
        try:
            with path.open("rb") as file:
                return file.read(_LARGEST_FILE).decode()
        except OSError as cause:
            raise AccessRefusedError(f"{reference} cannot be read: {cause.strerror}") from cause
        except ValueError:  # its text would show bytes of the secret: no `from`
            raise AccessRefusedError(f"{reference} is no UTF-8 text") from None


def redactable(secret: str) -> bool:
    """Return whether replacing a text leaves JSON whole: short ones and numbers do not."""
    if len(secret) < _SHORTEST or _NUMBER.fullmatch(secret):
        return False
    return not any(secret in word for word in _WORDS)
