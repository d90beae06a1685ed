"""The entry point of the command `mlir`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
