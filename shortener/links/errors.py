"""What can be wrong with a link, in words for people."""

from django.utils.translation import gettext as _

from shortener.infra import errors


class LinkError(errors.Refused):
    """Refused input: `errors` maps each wrong field to its messages; nothing was written."""


class LinkNotFound(errors.NotFound):
    """No such link, or none that the asker may see: the two look the same."""


class LinkChanged(errors.Conflict):
    """Somebody else has changed the link meanwhile; `version` is the one that it is at now."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__("changed", _("Somebody else has changed this link meanwhile."))


class FieldErrors(errors.FieldErrors):
    """Gathers messages by field; raises `LinkError`."""

    kind = LinkError
