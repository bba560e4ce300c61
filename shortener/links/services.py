"""Every write to links: form, API and admin site come through here, so the rules are the same for all of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.models import User, Workspace
from shortener.links import ids, slugs
from shortener.links.destinations import InvalidDestination, parse_destination
from shortener.links.domains import default_domain, own_hosts
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.models import Domain, Link, Publication, RedirectStatus, Tag
from shortener.links.signals import links_changed

TITLE_MAX_LENGTH = 300  # characters
TAG_MAX_LENGTH = 50
TAGS_PER_LINK = 20
CHANGEABLE = frozenset(
    {"url", "slug", "title", "tags", "status", "active_from", "active_until", "click_limit", "archived"}
)


def create_link(
    *,
    workspace: Workspace,
    url: str,
    via: Link.Via,
    author: User | None = None,
    slug: str = "",
    title: str = "",
    tags: Iterable[str] = (),
    status: int | None = None,
    domain: Domain | None = None,
    active_from: datetime | None = None,
    active_until: datetime | None = None,
    click_limit: int | None = None,
) -> Link:
    """A new link in `workspace`, under a generated slug unless one is chosen. Raises `LinkError` naming every wrong
    field."""
    domain = domain or default_domain()
    wanted = {
        "url": url,
        "title": title,
        "tags": tags,
        "status": domain.default_status if status is None else status,
        "active_from": active_from,
        "active_until": active_until,
        "click_limit": click_limit,
    }
    errors = FieldErrors()
    fields, names = _checked(wanted, errors)
    if slug and (problem := slugs.problem_with(slug)):
        errors.add("slug", problem)
    _check_window(active_from, active_until, errors)
    errors.raise_if_any()
    link = Link(workspace=workspace, domain=domain, created_by=author, created_via=via, **fields)
    with transaction.atomic():
        _insert(link, slug)
        link.tags.set(_tags(workspace, names or []))
        _publish(link)
    return link


def update_link(link: Link, *, changes: Mapping[str, Any]) -> Link:
    """Change the fields named in `changes` (see CHANGEABLE). Raises `LinkError`; then nothing was changed."""
    if unknown := set(changes) - CHANGEABLE:
        raise LinkError({field: [_("This field cannot be changed.")] for field in sorted(unknown)})
    errors = FieldErrors()
    fields, names = _checked(changes, errors)
    if "slug" in changes and changes["slug"] != link.slug:
        errors.add("slug", _("The name of a link cannot be changed. Create another link."))
    with transaction.atomic():
        current = Link.objects.select_for_update(of=("self",)).select_related("domain").get(pk=link.pk)
        for name, value in fields.items():
            setattr(current, name, value)
        _check_window(current.active_from, current.active_until, errors)
        errors.raise_if_any()
        _save(current)
        if names is not None:
            current.tags.set(_tags(current.workspace, names))
    return current


def delete_link(link: Link) -> None:
    """Delete `link`. Its row stays as a tombstone: nobody gets its slug, and visitors get a page that says so."""
    with transaction.atomic():
        current = Link.objects.select_for_update().get(pk=link.pk)
        current.deleted_at = current.deleted_at or timezone.now()
        _save(current)


def _save(link: Link) -> None:
    link.version += 1
    link.updated_at = timezone.now()
    link.save()
    _publish(link)


def _publish(link: Link) -> None:
    """Tell the redirect engine, once the change is committed; the note makes sure that it hears of it."""
    key = (link.domain_id, link.slug)
    Publication.objects.create(domain_id=link.domain_id, slug=link.slug)
    transaction.on_commit(lambda: links_changed.send(Link, keys=[key]))


def _insert(link: Link, chosen_slug: str) -> None:
    """Insert under the next free ID. The unique index decides who gets a slug; a generated one that is taken (by a
    chosen slug, or by a link of a restored backup) costs an ID."""
    while True:
        [link.id] = ids.allocate()
        slug = chosen_slug or slugs.generated_slug(link.id)
        if slug is None:
            continue
        link.slug = slug
        try:
            with transaction.atomic():
                link.save(force_insert=True)
            return
        except IntegrityError as error:
            constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            if constraint == "link_slug_once" and chosen_slug:
                raise LinkError({"slug": [_("“%(slug)s” is taken. Choose another name.") % {"slug": slug}]}) from error
            if constraint not in {"link_slug_once", "links_link_pkey"}:
                raise


def _checked(wanted: Mapping[str, Any], errors: FieldErrors) -> tuple[dict[str, Any], list[str] | None]:
    """The columns that `wanted` means, and the tag names if it has any; mistakes go to `errors`."""
    fields: dict[str, Any] = {
        name: wanted[name] for name in ("active_from", "active_until", "click_limit", "status") if name in wanted
    }
    if "url" in wanted:
        try:
            fields["destination"] = parse_destination(str(wanted["url"] or ""), own_hosts())
        except InvalidDestination as error:
            errors.add("url", str(error))
    if "title" in wanted:
        fields["title"] = _checked_title(wanted["title"], errors)
    if "status" in fields and fields["status"] not in RedirectStatus.values:
        errors.add("status", _("Choose one of the redirect statuses 301, 302, 307 and 308."))
    if fields.get("click_limit") is not None and not 1 <= fields["click_limit"] < 2**63:
        errors.add("click_limit", _("A click limit is a whole number above zero."))
    if "archived" in wanted:
        fields["archived_at"] = timezone.now() if wanted["archived"] else None
    names = _checked_tags(wanted["tags"], errors) if "tags" in wanted else None
    return fields, names


def _checked_title(title: str | None, errors: FieldErrors) -> str:
    title = (title or "").strip()
    if len(title) > TITLE_MAX_LENGTH:
        errors.add("title", _("A title has at most %(most)d characters.") % {"most": TITLE_MAX_LENGTH})
    if "\x00" in title:
        errors.add("title", _("A title cannot contain NUL characters."))
    return title


def _checked_tags(tags: Iterable[str] | None, errors: FieldErrors) -> list[str]:
    names = list({name.lower(): name for tag in tags or () if (name := tag.strip())}.values())
    if len(names) > TAGS_PER_LINK:
        errors.add("tags", _("A link has at most %(most)d tags.") % {"most": TAGS_PER_LINK})
    if any(len(name) > TAG_MAX_LENGTH for name in names):
        errors.add("tags", _("A tag has at most %(most)d characters.") % {"most": TAG_MAX_LENGTH})
    if any("\x00" in name or "," in name for name in names):
        errors.add("tags", _("A tag cannot contain commas or NUL characters."))
    return names


def _check_window(start: datetime | None, end: datetime | None, errors: FieldErrors) -> None:
    if start and end and end <= start:
        errors.add("active_until", _("The end must be later than the start."))


def _tags(workspace: Workspace, names: list[str]) -> list[Tag]:
    """The workspace's tags of these names (compared without case), made where they do not exist yet."""
    if not names:
        return []
    Tag.objects.bulk_create([Tag(workspace=workspace, name=name) for name in names], ignore_conflicts=True)
    wanted = {name.lower() for name in names}
    return [tag for tag in Tag.objects.filter(workspace=workspace) if tag.name.lower() in wanted]
