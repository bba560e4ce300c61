class EmbeddedError(Exception):
    """The embedded servers cannot run; the message is one line for people that says what to do."""
