"""The tables there are, by name: each module has `table() -> str`."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "startup": "tests.benchmarks.startup",
    "append": "tests.benchmarks.append",
    "reading": "tests.benchmarks.reading",
    "report": "tests.benchmarks.report",
    "lint": "tests.benchmarks.lint",
    "respond": "tests.benchmarks.respond",
    "crash": "tests.benchmarks.crash",
    "decisions": "tests.benchmarks.decisions",
    "modes": "tests.benchmarks.modes",
    "planted_faults": "tests.benchmarks.planted_faults",
}

ON_DEMAND: dict[str, str] = {
    "false-alarms": "tests.benchmarks.false_alarms",
    "limits": "tests.benchmarks.limits",
    "planted-traffic": "tests.benchmarks.planted_traffic",
    "unchanged": "tests.benchmarks.unchanged",
    "midway": "tests.benchmarks.midway",
    "amounts": "tests.benchmarks.amounts",
    "sequences": "tests.benchmarks.sequences",
    "spelled": "tests.benchmarks.spelled",
    "overhead": "tests.benchmarks.overhead",
    "scale": "tests.benchmarks.scale",
    "profiles": "tests.benchmarks.profiles",
}
"""Tables that start real servers or take minutes: printed only when their name is said."""
