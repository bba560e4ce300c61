"""What can be wrong with a link, in words for people."""

from shortener.infra import errors


class LinkError(errors.Refused):
    """Refused input: `errors` maps each wrong field to its messages; nothing was written."""


class LinkNotFound(errors.NotFound):
    """No such link, or none that the asker may see: the two look the same."""


class FieldErrors(errors.FieldErrors):
    """Gathers messages by field; raises `LinkError`."""

    kind = LinkError
