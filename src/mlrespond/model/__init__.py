"""What the program speaks about: events, incidents, verdicts, plans, authored files."""
