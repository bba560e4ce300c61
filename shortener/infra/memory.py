"""How a process uses memory where CPython, left alone, takes more time than it needs."""

import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

# Just over 128 KiB: CPython doubles its chunk to 256 KiB, and leaves the other half to whatever is called.
ROOMY_SLOTS = 17_000  # of 8 bytes


def keep_what_is_there(*collect_after: int) -> None:
    """Look no more for garbage among the objects that are there now (`gc.freeze`): a process that has started keeps
    its modules, models and templates, and going through 200,000 of them stops every thread for a tenth of a second.
    `collect_after` is as for `gc.set_threshold`."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*collect_after)


def with_room(run: Callable[Given, Result]) -> Callable[Given, Result]:
    """`run`, with room for deep calls. CPython keeps frames in chunks of 16 KiB, takes a new one where a call does not
    fit, and gives it back when that call returns: a loop that happens to be there asks the system for memory, and
    touches it for the first time, at every turn (gh-142183; releases of 2026 keep one chunk). A frame that needs a
    large chunk for itself leaves its other half to all calls inside it."""

    def roomy(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return run(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOMY_SLOTS)
    return roomy
