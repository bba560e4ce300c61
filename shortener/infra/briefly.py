"""What a process remembers for a moment, because every request asks for it and it hardly ever changes."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Briefly(Generic[Value]):
    """What `load` returns, not older than `seconds()`. Threads may share it: two of them load twice at worst."""

    def __init__(self, load: Callable[[], Value], seconds: Callable[[], float]) -> None:
        self._load, self._seconds = load, seconds
        self._kept: tuple[float, Value] | None = None

    def get(self) -> Value:
        """The value."""
        kept = self._kept
        if kept is not None and monotonic() < kept[0]:
            return kept[1]
        value = self._load()
        self._kept = (monotonic() + self._seconds(), value)
        return value

    def forget(self) -> None:
        """It has changed: load it anew the next time."""
        self._kept = None
