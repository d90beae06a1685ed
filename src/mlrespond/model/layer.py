"""Which kinds of event are routine: hidden until somebody asks for all.

Kept apart from the kinds so that `timeline` starts without them; a test holds the two together.
"""

from __future__ import annotations

ROUTINE = frozenset(
    {
        "event_pinned",
        "incident_exported",
        "incident_imported",
        "lease_released",
        "lease_renewed",
        "lease_taken",
        "look_taken",
        "metrics_read",
        "postmortem_rendered",
        "run_claimed",
        "run_renewed",
        "spool_imported",
        "step_started",
    }
)
MILESTONES = frozenset(
    {
        "incident_opened",
        "incident_acknowledged",
        "incident_mitigated",
        "incident_resolved",
        "incident_reopened",
        "incident_closed",
        "incident_merged",
        "incident_declined",
    }
)
