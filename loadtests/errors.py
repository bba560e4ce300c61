"""What ends a run early."""


class BenchError(Exception):
    """The run cannot go on, or what it saw is wrong. The message is one line for the person who started it."""
