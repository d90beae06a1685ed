"""Write the generated parts of all pages, or check them: `python -m docs.generate [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

from cogapp import Cog

DOCS = Path(__file__).parents[1]
_MODULES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
)
_PROLOGUE = (
    f"import cog\nfrom docs.generate import {', '.join(_MODULES)}\n"
    "def write(*parts):\n"
    "    for part in parts: cog.outl(chr(10) + chr(10).join(part).strip() + chr(10))\n"
)


def generate(*, check: bool) -> int:
    """Return 0, or another code where a page is not, or could not be made, what the code says."""
    pages = [str(path) for path in sorted(DOCS.rglob("*.md"))]
    mode = ["--check"] if check else ["-r"]
    return int(Cog().main(["cog", *mode, "-p", _PROLOGUE, "-I", str(DOCS.parent), *pages]))


if __name__ == "__main__":
    sys.exit(generate(check="--check" in sys.argv[1:]))
