"""The generated parts of the pages are what the code says now."""

from __future__ import annotations

import pytest
from docs.generate.__main__ import generate


def test_pages_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    code = generate(check=True)

    told = capsys.readouterr()
    assert code == 0, f"write them anew with `make docs-write`\n{told.out}{told.err}"
