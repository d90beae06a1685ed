"""What the program needs from the world, as protocols; adapters are named for a technology."""
