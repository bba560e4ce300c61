"""What stops a whole import."""


class TransferError(Exception):
    """A file or another shortener cannot be read; the message says why, for people."""
