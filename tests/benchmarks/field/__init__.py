"""A second world, made of other stuff than the lab's, in which every failure mode can happen."""
