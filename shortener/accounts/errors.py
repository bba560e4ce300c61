"""What can be wrong with people, workspaces and invitations, in words for people."""

from shortener.infra import errors


class AccountError(errors.Refused):
    """Refused input: `errors` maps each wrong field to its messages (what concerns no field is under `""`); nothing
    was written."""

    def __str__(self) -> str:
        return " ".join(message for messages in self.errors.values() for message in messages)


class NotFound(errors.NotFound):
    """No such member, invitation or workspace, or none that the asker may see: the two look the same."""


class FieldErrors(errors.FieldErrors):
    """Gathers messages by field."""

    kind = AccountError


def refuse(message: str, field: str = "") -> AccountError:
    """The error with this one message."""
    return AccountError({field: [message]})
