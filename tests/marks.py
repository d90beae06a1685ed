"""What the first incident of a test and its first run are known by elsewhere."""

from __future__ import annotations

from mlrespond.testing.clock import START
from mlrespond.verbs.interface import marked

INCIDENT = marked("INC-0001", START)
RUN = marked("INC-0001.1", START)
