"""A system that a service does not have: every call says so, and how to give it one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from mlrespond.errors import UnsupportedError


class Missing:
    """Stands for any port of a service whose definition lacks it."""

    def __init__(self, service: str, part: str) -> None:
        self._service = service
        self._part = part

    def __getattr__(self, _: str) -> Callable[..., NoReturn]:
        def refuse(*_: object) -> NoReturn:
            raise UnsupportedError(
                f"{self._service} has no {self._part}",
                hint=f"give it `{self._part}:` in mlir.yaml",
            )

        return refuse
