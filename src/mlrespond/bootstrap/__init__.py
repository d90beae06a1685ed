"""The composition root: where things are, and how they are put together to the App."""
