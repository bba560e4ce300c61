"""Requests that the common path does not answer: the first one of a link, rules, limits, passwords, other domains.

The answer is None where Django is to answer: pages of the site, and pages of a link (its password, its notice).
"""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from time import time
from typing import Any

from shortener.clicks.agent import Agent, read_agent
from shortener.clicks.bots import is_previewer
from shortener.clicks.event import QUERY_LIMIT, orphans_of
from shortener.infra.marks import QR_MARK
from shortener.redirects import passes
from shortener.redirects.answers import Answer, redirect
from shortener.redirects.cache import Entry
from shortener.redirects.forwarding import value_of, without, without_mark
from shortener.redirects.rules import Visitor
from shortener.redirects.runtime import Runtime, RuntimeOptions
from shortener.redirects.sites import Site
from shortener.redirects.tiers import StoresUnavailable

# A slug; then a path, or what a sentence leaves behind an address that was pasted out of it.
SLUG_PATH = re.compile(r"/([A-Za-z0-9_-]{2,64})(?:(/.*)|[.,;:!?)\]}>'\"’”»]{1,3})?\Z", re.DOTALL)
PREVIEW_PATH = re.compile(r"/[A-Za-z0-9_-]{2,64}\+(?:stats)?\Z")  # pages about a link
LONGEST_TARGET = 8_000  # bytes of path and query: what RFC 9110 (4.1) asks servers to take
HEALTH = "/health/"  # asked by load balancers, under whatever name or address they know
HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\Z")
SITE_WIDE = ("/static/", "/app/brand/", "/.well-known/")  # answered under all our domains
CONTINUE = "continue"  # query parameter: the pass that a notice gives
PIXEL = "/pixel.gif"
READING = ("GET", "HEAD")


@dataclass(slots=True)
class Request:
    """What is asked. `event`: the fields of a `ClickEvent` for nothing in particular."""

    scope: MutableMapping[str, Any]
    headers: dict[bytes, bytes]
    now: float
    event: tuple[Any, ...]

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def query(self) -> str:
        return bytes(self.scope["query_string"]).decode("utf-8", "replace")

    def event_for(self, counts_for: int, destination: str | None = None) -> tuple[Any, ...]:
        """The event of a visit of this link that leads to `destination` (None: its own)."""
        query = self.scope["query_string"]
        if query or destination:
            return (counts_for, *self.event[1:], query[:QUERY_LIMIT] or None, destination)
        return (counts_for, *self.event[1:])


class Visits:
    """Answers requests. `reserved` are first path segments (lower case) of the site's own pages."""

    def __init__(self, reserved: frozenset[str], options: RuntimeOptions) -> None:
        self._reserved, self._options = reserved, options

    async def answer(self, runtime: Runtime, request: Request) -> Answer | None:
        """The answer, None where Django is to give it."""
        if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > LONGEST_TARGET:
            return runtime.pages.too_long
        host = request.headers.get(b"host", b"")
        if request.path.startswith(HEALTH) and HOST.match(host):
            return None
        try:
            if runtime.sites.default is None:
                await runtime.load_sites()
            site = runtime.sites.find(host)
            if site is None:
                return runtime.pages.misdirected
            return await self._on_site(runtime, site, request)
        except StoresUnavailable:
            return runtime.pages.unavailable

    async def _on_site(self, runtime: Runtime, site: Site, request: Request) -> Answer | None:
        found = SLUG_PATH.match(request.path)
        if found and found[1].lower() not in self._reserved:
            slug = found[1].lower() if site.folds_case else found[1]
            return await self._of_link(runtime, site.prefix + b"/" + slug.encode(), found[2] or "", request)
        if request.path.startswith(SITE_WIDE) or PREVIEW_PATH.match(request.path):
            return None
        if request.path == "/robots.txt" and site.robots:
            return Answer(200, ((b"content-type", b"text/plain; charset=utf-8"),), site.robots.encode())
        if request.path == "/" and (site.root or not site.is_default):
            await self._record_orphan(runtime, site, request)
            return redirect(302, site.root, 0) if site.root else runtime.pages.not_found
        if site.is_default:
            return None
        return redirect(302, site.not_found, 0) if site.not_found else runtime.pages.not_found

    async def _of_link(self, runtime: Runtime, key: bytes, rest: str, request: Request) -> Answer | None:
        if request.method not in (*READING, "POST"):
            return runtime.pages.not_allowed
        entry = runtime.cache.get(key, request.now) or await runtime.resolver.resolve(key)
        if request.method == "POST":  # the password of a link, on its page
            return None if entry.is_open and entry.plan.more.lock and not rest else runtime.pages.not_allowed
        if not entry.is_open:
            await self._record(runtime, entry, request)
            return entry.answer
        if rest == PIXEL:
            await self._record(runtime, entry, request)
            return runtime.pages.pixel
        if rest not in ("", "/") and not entry.plan.more.paths:
            return runtime.pages.not_found
        return await self._visit(runtime, key, entry, "" if rest == "/" else rest, request)

    async def _visit(self, runtime: Runtime, key: bytes, entry: Entry, rest: str, request: Request) -> Answer | None:
        """The redirect of a link that works."""
        plan, query = entry.plan, request.query
        if plan.more.lock and not self._is_unlocked(entry, request):
            return None
        if plan.more.card and is_previewer(_user_agent(request)):
            return None
        if plan.more.notice:
            given = value_of(query, CONTINUE) or ""
            if not passes.holds(self._options.secret, plan.link_id, CONTINUE, given, request.now):
                return None
            query = without(query, CONTINUE)
        answer: Answer | None = entry.answer
        destination = None
        if entry.router:
            query = without_mark(query, QR_MARK)
            query = without(query, self._options.no_tracking) if self._options.no_tracking else query
            visitor = Visitor(request.event, plan.link_id, query, runtime.surroundings)
            answer = entry.router.answer(visitor, rest and _raw_rest(request, rest))
            destination = visitor.destination
        if answer is None:
            return runtime.pages.not_found
        if plan.more.click_limit and not await self._grant(runtime, key, entry, request):
            return runtime.resolver.exhausted(key, plan, request.now).answer
        await self._record(runtime, entry, request, destination)
        return None if plan.more.apps and self._agent(request).system in plan.more.apps else answer

    def _agent(self, request: Request) -> Agent:
        return read_agent(_user_agent(request), tools_are_bots=self._options.tools_are_bots)

    def _is_unlocked(self, entry: Entry, request: Request) -> bool:
        link_id, lock = entry.plan.link_id, entry.plan.more.lock
        kept = passes.cookie_of(request.headers.get(b"cookie", b"").decode("latin-1"), link_id)
        return passes.holds(self._options.secret, link_id, lock, kept, request.now)

    async def _grant(self, runtime: Runtime, key: bytes, entry: Entry, request: Request) -> bool:
        """Whether a link with a click limit may redirect once more. What cannot be a person's click (HEAD, a
        prefetch, a bot's look) uses nothing up."""
        if request.method == "HEAD" or request.event[9] or self._agent(request).is_bot:
            return True
        if await runtime.postgres.grant_use(entry.plan.link_id, entry.plan.more.click_limit):
            return True
        runtime.cache.put(key, runtime.resolver.exhausted(key, entry.plan, time()))
        return False

    async def _record(self, runtime: Runtime, entry: Entry, request: Request, destination: str | None = None) -> None:
        if entry.counts_for and not self._opted_out(request):
            await runtime.recorder.record(request.event_for(entry.counts_for, destination))

    async def _record_orphan(self, runtime: Runtime, site: Site, request: Request) -> None:
        if self._options.count_orphans and not self._opted_out(request):
            await runtime.recorder.record(request.event_for(orphans_of(site.domain_id)))

    def _opted_out(self, request: Request) -> bool:
        """Whether the visit is not to be recorded: its address says so."""
        name = self._options.no_tracking
        return bool(name and request.scope["query_string"]) and value_of(request.query, name) is not None


def _user_agent(request: Request) -> str:
    return bytes(request.event[4]).decode("utf-8", "replace")


def _raw_rest(request: Request, rest: str) -> str:
    """What stands behind the slug, escaped as it came in; `rest` itself where even its first slash was escaped."""
    raw = bytes(request.scope["raw_path"]).decode("utf-8", "replace")
    at = raw.find("/", 1)
    return raw[at:] if at > 0 else rest
