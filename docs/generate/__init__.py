"""What the reference pages are generated from: the code itself. `make docs-write` writes them."""
