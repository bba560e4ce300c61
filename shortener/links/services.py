"""Every write to links: form, API and admin site come through here, so the rules are the same for all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import SYSTEM, Actor
from shortener.accounts.models import Workspace
from shortener.infra.site_settings import current as site_settings
from shortener.links import ids, slugs
from shortener.links.domains import default_domain, domains_for
from shortener.links.errors import FieldErrors, LinkChanged, LinkError
from shortener.links.fields import FIELDS, check_window, checked_tags, columns_of
from shortener.links.models import Domain, Link, Publication, Report, Tag
from shortener.links.signals import links_changed

CHANGEABLE = frozenset({*FIELDS, "slug", "tags"})


def create_link(
    *,
    workspace: Workspace,
    url: str,
    by: Actor = SYSTEM,
    slug: str = "",
    domain: str = "",
    tags: Iterable[str] = (),
    **fields: Any,
) -> Link:
    """A new link in `workspace`, under a generated slug unless one is chosen. `domain`: a host; the default one's when
    it is empty. `fields`: further ones of `FIELDS`;
    a status of None is the domain's, a `utm` of None the workspace's. Raises `LinkError` naming every wrong field."""
    home = _domain(workspace, domain)
    wanted = {"url": url, **fields}
    if wanted.get("status") is None:
        wanted["status"] = home.default_status
    if workspace.kind == Workspace.Kind.PUBLIC and site_settings().anonymous_notice:
        wanted["notice"] = True
    if wanted.get("utm") is None:
        wanted["utm"] = workspace.utm
    errors = FieldErrors()
    _refuse_unknown(wanted, errors)
    columns = columns_of(wanted, errors)
    names = checked_tags(tags, errors)
    slug = slugs.folded(slug, home)
    if slug and (problem := slugs.problem_with(slug)):
        errors.add("slug", problem)
    check_window(columns.get("active_from"), columns.get("active_until"), errors)
    errors.raise_if_any()
    link = Link(workspace=workspace, domain=home, created_by=by.user, created_via=by.via, **columns)
    with transaction.atomic():
        _insert(link, slug)
        link.tags.set(_tags(workspace, names))
        _publish(link)
        note(by, "link.created", link)
    return link


def update_link(
    link: Link,
    *,
    changes: Mapping[str, Any],
    by: Actor = SYSTEM,
    if_version: int | None = None,
    action: str = "link.updated",
) -> Link:
    """Change the fields named in `changes` (see CHANGEABLE). `if_version`: only while the link is at this version.
    `action`: what the audit trail calls it. Raises `LinkError`, or `LinkChanged` for another version; then nothing was
    changed."""
    errors = FieldErrors()
    _refuse_unknown(changes, errors)
    columns = columns_of(changes, errors)
    names = checked_tags(changes["tags"], errors) if "tags" in changes else None
    if "slug" in changes and changes["slug"] != link.slug:
        errors.add("slug", _("The name of a link cannot be changed. Create another link."))
    with transaction.atomic():
        current = Link.objects.select_for_update(of=("self",)).select_related("domain").get(pk=link.pk)
        if if_version not in (None, current.version):
            raise LinkChanged(current.version)
        before = {column: getattr(current, column) for column in columns}
        for column, value in columns.items():
            setattr(current, column, value)
        check_window(current.active_from, current.active_until, errors)
        errors.raise_if_any()
        save_version(current)
        changed = {column: (old, new) for column, old in before.items() if (new := getattr(current, column)) != old}
        if names is not None:
            changed |= _set_tags(current, names)
        note(by, action, current, changed)
    return current


def password_opens(link: Link, password: str) -> bool:
    """Whether `password` is the link's. Takes as long for a wrong one as for the right one."""
    return check_password(password, link.password_hash)


def report_link(link: Link, reason: str, details: str = "") -> Report:
    """Note that somebody says that `link` does harm."""
    return Report.objects.create(link=link, reason=reason, details=details)


def delete_link(link: Link, *, by: Actor = SYSTEM) -> None:
    """Delete `link`. Its row stays as a tombstone: nobody gets its slug, and visitors get a page that says so."""
    with transaction.atomic():
        current = Link.objects.select_for_update(of=("self",)).select_related("domain").get(pk=link.pk)
        if current.deleted_at:
            return
        current.deleted_at = timezone.now()
        save_version(current)
        note(by, "link.deleted", current)


def save_version(link: Link) -> None:
    """Save what was changed of `link` as its next version, and have it published. Within a transaction."""
    link.version += 1
    link.updated_at = timezone.now()
    link.save()
    _publish(link)


def note(by: Actor, action: str, link: Link, changed: Mapping[str, tuple[Any, Any]] | None = None) -> None:
    """Note what `by` did to `link` in the audit trail, which is the link's history as well. That there is another
    password is said; which one is not."""
    shown = {name: ("", "") if name == "password_hash" else values for name, values in (changed or {}).items()}
    audit.record(by, action, workspace=link.workspace, target_id=link.public_id, target_name=str(link), changes=shown)


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
        slug = chosen_slug or slugs.generated_slug(link.id, link.domain)
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


def _domain(workspace: Workspace, host: str) -> Domain:
    """The domain of `host` (the default one for none). Raises `LinkError` when `workspace` may not use it."""
    if not host:
        return default_domain()
    if (domain := domains_for(workspace).filter(host__iexact=host).first()) is None:
        usable = ", ".join(domains_for(workspace).values_list("host", flat=True))
        words = _("“%(host)s” is not a verified domain of yours. There are: %(usable)s.")
        raise LinkError({"domain": [words % {"host": host, "usable": usable}]})
    return domain


def _refuse_unknown(wanted: Mapping[str, Any], errors: FieldErrors) -> None:
    for name in sorted(set(wanted) - CHANGEABLE):
        errors.add(name, _("This field cannot be changed."))


def _set_tags(link: Link, names: list[str]) -> dict[str, tuple[Any, Any]]:
    """Give `link` these tags and no others; the change, if it is one."""
    before = sorted(link.tags.values_list("name", flat=True))
    link.tags.set(_tags(link.workspace, names))
    after = sorted(link.tags.values_list("name", flat=True))
    return {"tags": (before, after)} if before != after else {}


def _tags(workspace: Workspace, names: list[str]) -> list[Tag]:
    """The workspace's tags of these names (compared without case), made where they do not exist yet."""
    if not names:
        return []
    Tag.objects.bulk_create([Tag(workspace=workspace, name=name) for name in names], ignore_conflicts=True)
    wanted = {name.lower() for name in names}
    return [tag for tag in Tag.objects.filter(workspace=workspace) if tag.name.lower() in wanted]
