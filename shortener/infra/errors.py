"""What services refuse, in words for people; pages and API show it each in their way."""

from collections.abc import Mapping, Sequence


class Refused(Exception):
    """Refused input: `errors` maps each wrong field to its messages; nothing was written."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__("; ".join(f"{field}: {' '.join(messages)}" for field, messages in self.errors.items()))


class NotFound(Exception):
    """No such thing, or none that the asker may see: the two look the same."""


class Conflict(Exception):
    """The input is fine, but what is there now stands against it; the message says what. `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class FieldErrors:
    """Gathers messages by field, so that all mistakes are told at once."""

    kind: type[Refused] = Refused

    def __init__(self) -> None:
        self._errors: dict[str, list[str]] = {}

    def add(self, field: str, message: str) -> None:
        """Note that `field` is wrong."""
        self._errors.setdefault(field, []).append(message)

    def raise_if_any(self) -> None:
        """Raise `kind` with everything noted so far."""
        if self._errors:
            raise self.kind(self._errors)
