"""Real servers for the lab: installed in environments of their own, started on free ports."""
