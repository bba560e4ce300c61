"""The first tier: answers ready to be sent, in the memory of the web process."""

from collections import OrderedDict

from shortener.redirects.answers import Answer, redirect, redirect_tail
from shortener.redirects.plan import RedirectPlan
from shortener.redirects.routing import Router

OVERHEAD = 500  # bytes: what the objects of an entry take beside the text they carry (measured on CPython 3.11)
RULE_OVERHEAD = 4_000  # bytes: what a rule takes, with its conditions and prepared answers


class Entry:
    """A plan and the answer that it gives until `expires` (Unix seconds).

    `answer`: None for the redirect of the plan itself, which is made when it is asked for: kept ready it would take
    more memory than everything else here. `counts_for`: the ID that visits are recorded for, 0 where none are.
    `is_open`: whether the answer is the link's redirect, and not a page or a way out. `router`: for links whose
    location depends on the visitor.
    """

    __slots__ = ("_answer", "_max_age", "counts_for", "expires", "is_direct", "is_open", "plan", "router")

    def __init__(
        self,
        plan: RedirectPlan,
        answer: Answer | None,
        expires: float,
        *,
        counts_for: int,
        is_open: bool,
        max_age: int = 0,
        router: Router | None = None,
    ) -> None:
        self.plan, self._answer, self.expires, self._max_age = plan, answer, expires, max_age
        self.counts_for, self.is_open, self.router = counts_for, is_open, router
        # Needs nothing but its visit recorded.
        self.is_direct = counts_for != 0 and (plan.more.is_plain or not is_open)

    @property
    def answer(self) -> Answer:
        """The answer of visitors for whom no rule holds."""
        return self._answer or redirect(self.plan.status, self.plan.location, self._max_age)

    @property
    def written(self) -> tuple[int, bytes, bytes]:
        """The same in a form that is cheaper to make: status, `Answer.tail`, body."""
        if (answer := self._answer) is None:
            return self.plan.status, redirect_tail(self.plan.location, self._max_age), b""
        return answer.start["status"], answer.tail, answer.body["body"]

    @property
    def size(self) -> int:
        """Bytes, estimated."""
        return OVERHEAD + len(self.plan.location) + RULE_OVERHEAD * len(self.plan.more.rules)


class PlanCache:
    """Least recently used entries go first, beyond a number of entries or bytes.

    An entry that has expired stays: when neither Redis nor PostgreSQL answers, it is better than nothing. So do all
    entries, as stale ones, when the process may have missed an announcement (`distrust`).
    """

    def __init__(self, most_entries: int, most_bytes: int) -> None:
        self._most_entries, self._most_bytes = most_entries, most_bytes
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._stale: OrderedDict[bytes, Entry] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes, now: float) -> Entry | None:
        """The entry of `key`, if it is fresh at `now`."""
        entry = self._entries.get(key)
        if entry is None or entry.expires <= now:
            return None
        self._entries.move_to_end(key)
        return entry

    def get_stale(self, key: bytes) -> Entry | None:
        """The entry of `key`, however old."""
        return self._entries.get(key) or self._stale.get(key)

    def put(self, key: bytes, entry: Entry) -> None:
        """Keep `entry`, and let go of what is too much."""
        self._forget(key)
        self._stale.pop(key, None)
        self._entries[key] = entry
        self._bytes += entry.size
        while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
            self._forget(next(iter(self._entries)))
        while self._stale and len(self._entries) + len(self._stale) > self._most_entries:
            self._stale.popitem(last=False)

    def drop(self, key: bytes) -> None:
        """Forget `key` altogether: its link has changed."""
        self._forget(key)
        self._stale.pop(key, None)

    def distrust(self) -> None:
        """Make every entry a stale one, in constant time."""
        if self._entries:
            self._stale, self._entries, self._bytes = self._entries, OrderedDict(), 0

    def _forget(self, key: bytes) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._bytes -= entry.size
