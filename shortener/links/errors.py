"""What can be wrong with a link, in words for people."""

from collections.abc import Mapping, Sequence


class LinkError(Exception):
    """Refused input: `errors` maps each wrong field to its messages; nothing was written."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__("; ".join(f"{field}: {' '.join(messages)}" for field, messages in self.errors.items()))


class LinkNotFound(Exception):
    """No such link, or none that the asker may see: the two look the same."""


class FieldErrors:
    """Gathers messages by field, so that all mistakes are told at once."""

    def __init__(self) -> None:
        self._errors: dict[str, list[str]] = {}

    def add(self, field: str, message: str) -> None:
        """Note that `field` is wrong."""
        self._errors.setdefault(field, []).append(message)

    def raise_if_any(self) -> None:
        """Raise `LinkError` with everything noted so far."""
        if self._errors:
            raise LinkError(self._errors)
