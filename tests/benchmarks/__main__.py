"""`python -m tests.benchmarks [NAME…]`: print tables; without a name, all but those on demand."""

from __future__ import annotations

import sys

from tests.benchmarks.printed import printed
from tests.benchmarks.table import ON_DEMAND, TABLES


def main(names: list[str]) -> int:
    """Print each table; 2 when a name is not in the list."""
    known = [*TABLES, *ON_DEMAND]
    strange = [name for name in names if name not in known]
    if strange:
        print(f"no such table: {', '.join(strange)}; there are: {', '.join(known)}")
        return 2
    for name in names or TABLES:
        print(printed(name), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
