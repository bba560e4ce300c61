"""What can be wrong with people, workspaces and invitations, in words for people."""

from collections.abc import Mapping, Sequence


class AccountError(Exception):
    """Refused input: `errors` maps each wrong field to its messages (what concerns no field is under `""`); nothing
    was written."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__("; ".join(" ".join(messages) for messages in self.errors.values()))


class NotFound(Exception):
    """No such member, invitation or workspace, or none that the asker may see: the two look the same."""


class Complaints:
    """Gathers messages by field, so that all mistakes are told at once."""

    def __init__(self) -> None:
        self._errors: dict[str, list[str]] = {}

    def add(self, message: str, field: str = "") -> None:
        """Note that `field` is wrong, or the whole when there is none."""
        self._errors.setdefault(field, []).append(message)

    def raise_if_any(self) -> None:
        """Raise `AccountError` with everything noted so far."""
        if self._errors:
            raise AccountError(self._errors)


def refuse(message: str, field: str = "") -> AccountError:
    """The error with this one message."""
    return AccountError({field: [message]})
