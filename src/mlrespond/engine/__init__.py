"""The pure core: deciding, evolving, expressions, matching; no I/O and no clock."""
