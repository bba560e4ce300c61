"""Reading links. Who may see what is decided here, once, for pages and API alike."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from shortener.accounts.models import ApiKey, Member, User, Workspace
from shortener.infra import public_id
from shortener.infra.marks import QR_MARK
from shortener.links.destinations import shown_destination
from shortener.links.domains import default_domain
from shortener.links.errors import LinkNotFound
from shortener.links.listed import ListedLink
from shortener.links.models import Domain, Link
from shortener.links.reach import within
from shortener.links.slugs import folded
from shortener.links.words import containing

EXTERNAL = "ext_"  # in front of an external ID where a public one may stand

State = Literal["active", "scheduled", "expired", "archived", "exhausted", "disabled"]

__all__ = [
    "State",
    "at_short_url",
    "count_links",
    "count_personal_links",
    "get_link",
    "link_at",
    "links_in",
    "links_numbered",
    "links_of",
    "links_with",
    "pick",
    "public_stats_at",
    "reached_with",
    "scanned_url",
    "search",
    "short_url",
    "shown_destination",
    "state",
    "tag_names",
    "url_at",
]


def links_in(workspace: Workspace) -> QuerySet[Link]:
    """Links of `workspace`, newest first."""
    return _listed(Link.objects.filter(workspace=workspace))


def links_with(key: ApiKey) -> QuerySet[Link]:
    """The links that `key` reaches, newest first: those of its workspace, less what its limits take away."""
    return _with_what_is_shown(reached_with(key)).select_related("created_by")


def reached_with(key: ApiKey) -> QuerySet[Link]:
    """The same in no order and without what is around them."""
    return Link.objects.filter(within(key), deleted_at=None)


def count_links(workspace: Workspace) -> int:
    """How many links `workspace` has."""
    return Link.objects.filter(workspace=workspace, deleted_at=None).count()


def count_personal_links(users: Iterable[User]) -> int:
    """How many links the personal workspaces of `users` have."""
    seats = Member.objects.filter(user__in=list(users), workspace__kind=Workspace.Kind.PERSONAL)
    return Link.objects.filter(workspace__in=seats.values("workspace"), deleted_at=None).count()


def links_of(user: User) -> QuerySet[Link]:
    """Links of all workspaces that `user` is a member of, newest first."""
    return _listed(Link.objects.filter(workspace__in=user.workspaces.all()))


def search(links: QuerySet[Link], text: str = "", tag: str = "") -> QuerySet[Link]:
    """Those whose slug, destination or title contains `text` (in any case), and that carry `tag`."""
    text, tag = text.replace("\x00", "").strip(), tag.replace("\x00", "").strip()
    if text:
        links = links.filter(containing(text))
    return links.filter(tags__name__iexact=tag) if tag else links


def pick(links: QuerySet[Link], link_id: str) -> Link:
    """The one of `links` (of one workspace) with this public ID, or with the external ID behind `ext_`. Raises
    `LinkNotFound` for a missing and a forbidden one alike."""
    if link_id.startswith(EXTERNAL) and "\x00" not in link_id:
        link = links.filter(external_id=link_id.removeprefix(EXTERNAL)).exclude(external_id="").first()
    else:
        number = public_id.decode("link", link_id)
        link = links.filter(pk=number).first() if number is not None else None
    if link is None:
        raise LinkNotFound(link_id)
    return link


def at_short_url(links: QuerySet[Link], url: str) -> Link:
    """The one of `links` that `url` leads to, with or without a scheme, a query and a plus sign behind it. Raises
    `LinkNotFound`."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
    except ValueError as error:
        raise LinkNotFound(url) from error
    host, slug = parts.netloc.lower(), parts.path.removeprefix("/").partition("/")[0].removesuffix("+")
    domain = Domain.objects.filter(host=host).first() if "\x00" not in url else None
    found = links.filter(domain=domain, slug=folded(slug, domain)).first() if domain else None
    if found is None:
        raise LinkNotFound(url)
    return found


def get_link(user: User, link_id: str) -> Link:
    """The link with this public ID, if `user` may see it. Raises `LinkNotFound`."""
    return pick(links_of(user), link_id)


def links_numbered(workspace: Workspace, numbers: Iterable[int]) -> dict[int, Link]:
    """The links of `workspace` that have these numbers, by number; deleted ones too, for what was counted of them."""
    return Link.objects.filter(workspace=workspace).select_related("domain").in_bulk(list(numbers))


def link_at(host: str, slug: str) -> Link:
    """The link that visitors of `host` (with its port, as in a Host header) find under `slug`. Raises `LinkNotFound`
    for what has none, and for links that do not work now."""
    link = _found_at(host, slug)
    use = getattr(link, "use", None)
    if link is None or state(link, use.used if use else 0) != "active":
        raise LinkNotFound(slug)
    return link


def public_stats_at(host: str, slug: str) -> Link:
    """The same, if its statistics are for anybody; it need not work any more. Raises `LinkNotFound`."""
    link = _found_at(host, slug)
    if link is None or not link.public_stats or link.disabled_at:
        raise LinkNotFound(slug)
    return link


def _found_at(host: str, slug: str) -> Link | None:
    name = host.lower().rstrip(".")
    domain = Domain.objects.filter(Q(host__in=(name, name.partition(":")[0]), verified_at__isnull=False)).first()
    domain = domain or default_domain()
    links = Link.objects.filter(deleted_at=None, domain=domain, slug=folded(slug, domain))
    return links.select_related("domain", "workspace", "use").first()


def tag_names(link: Link) -> list[str]:
    """The names of `link`'s tags, sorted; without a query when they were fetched with it."""
    fetched = vars(link).get("_prefetched_objects_cache", {}).get("tags")
    return sorted(tag.name for tag in (link.tags.all() if fetched is None else fetched))


def short_url(link: Link) -> str:
    """What people pass on: `https://host/slug`."""
    return url_at(link.domain.host, link.slug)


def url_at(host: str, slug: str) -> str:
    """The same of the link `slug` on `host`."""
    return f"{urlsplit(settings.BASE_URL).scheme}://{host}/{slug}"


def scanned_url(link: Link) -> str:
    """What its QR code says: the same with a mark, so that scans can be told from the rest."""
    return f"{short_url(link)}?{QR_MARK}"


def state(link: Link | ListedLink, clicks_used: int | None = None, now: datetime | None = None) -> State:
    """What a visitor of `link` would meet now. `clicks_used` are the redirects counted against a click limit."""
    now = now or timezone.now()
    if link.disabled_at:
        return "disabled"
    if link.archived_at:
        return "archived"
    if link.active_until and link.active_until <= now:
        return "expired"
    if link.click_limit is not None and (clicks_used or 0) >= link.click_limit:
        return "exhausted"
    return "scheduled" if link.active_from and link.active_from > now else "active"


def _listed(links: QuerySet[Link]) -> QuerySet[Link]:
    return _with_what_is_shown(links.filter(deleted_at=None))


def _with_what_is_shown(links: QuerySet[Link]) -> QuerySet[Link]:
    return links.select_related("domain", "workspace", "use").prefetch_related("tags").order_by("-created_at", "-id")
