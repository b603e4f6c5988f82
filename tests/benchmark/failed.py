"""Why the benchmark stops: what it says is for whoever ran it."""


class Failed(Exception):
    """A message that needs no trace of where it came from."""
