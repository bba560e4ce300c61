"""The threads that pages and API run in."""

import atexit
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from shortener.infra.memory import with_room

logger = logging.getLogger(__name__)

Task = Callable[[], object]
Mailbox = SimpleQueue[Task | None]


class Threads:
    """At most `most` threads, that run what they are given in the order it came.

    What `ThreadPoolExecutor` does not: threads begin with room for deep calls, `start` makes no future where nobody
    asks for one, and the thread that was busy last is the next to be, so that few requests need few connections to
    PostgreSQL. Like there, the process ends when all has been done that was begun."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = Lock()
        self._threads: list[Thread] = []
        self._idle: list[Mailbox] = []
        self._waiting: deque[Task] = deque()
        self._is_closed = False

    def start(self, task: Task) -> None:
        """Run `task` as soon as a thread is free. What it raises is logged."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("these threads were told to end")
            if self._idle:
                self._idle.pop().put(task)
            elif len(self._threads) < self._most:
                self._begin(task)
            else:
                self._waiting.append(task)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The same for a function whose result or error is wanted: for event loops, which take this for an executor."""
        future: Future[Any] = Future()

        def settle() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  whoever waits is to know
                future.set_exception(error)
            else:
                future.set_result(result)

        self.start(settle)
        return future

    def shutdown(self) -> None:
        """Take nothing more, and return when all is done."""
        with self._lock:
            self._is_closed = True
            for mailbox in self._idle:
                mailbox.put(None)
            self._idle.clear()
        for thread in self._threads:
            thread.join()

    def _begin(self, task: Task) -> None:
        if not self._threads:
            atexit.register(self.shutdown)
        mailbox: Mailbox = SimpleQueue()
        mailbox.put(task)
        name = f"{self._name}-{len(self._threads)}"
        thread = Thread(target=with_room(self._work), args=(mailbox,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, mailbox: Mailbox) -> None:
        while (task := mailbox.get()) is not None:
            try:
                task()
            except BaseException:
                logger.exception("a task of the thread pool failed")
            del task  # nothing of it is kept while there is nothing to do
            with self._lock:
                if self._waiting:
                    mailbox.put(self._waiting.popleft())
                elif self._is_closed:
                    return
                else:
                    self._idle.append(mailbox)
