"""One suite a port: subclass it in a test module, say how to make the adapter, and run pytest."""
