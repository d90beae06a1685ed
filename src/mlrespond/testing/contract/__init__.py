"""One suite a port: subclass it in a test module, say how to make the adapter, and run pytest."""

from __future__ import annotations

import pkgutil

import pytest

# so that a suite's plain asserts tell what they compared, in whoever's tests they run
pytest.register_assert_rewrite(
    *(f"{__name__}.{one.name}" for one in pkgutil.iter_modules(__path__))
)
