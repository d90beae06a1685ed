"""A real small service on loopback, to break and to mend."""
