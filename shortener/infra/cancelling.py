"""Ending background tasks of an event loop."""

import asyncio
from typing import Any

INSIST = 0.5  # seconds between attempts


async def cancel(task: "asyncio.Task[Any]") -> None:
    """Cancel `task` and wait for its end. A cancellation can get lost where one meets a time limit inside a library;
    so this insists."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=INSIST)
