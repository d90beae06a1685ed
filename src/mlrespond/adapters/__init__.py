"""Technologies behind the ports. They do not know one another."""
