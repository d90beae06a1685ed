"""The incident timeline in SQLite: append-only, hash-chained, with a spool beside it."""
