"""Every write to a link: form, API and admin site come through here, so the rules are the same for all of them. What
is done to many at once is in `bulk`."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import MD5
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts.actors import SYSTEM, Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.infra.errors import Conflict
from shortener.links.changing import Change, apply, changes_something, save_all
from shortener.links.drafts import Draft, Lookups, drafted
from shortener.links.errors import LinkChanged, LinkError, LinkNotFound
from shortener.links.fields import FIELDS
from shortener.links.making import check_room, make_link
from shortener.links.models import Link, Report
from shortener.links.reach import within

ATTEMPTS = 5  # of an upsert that races with others for one external ID
AS_IT_IS = (("status", None), ("slug", ""))  # of a new link the default ones, of one that is there its own
Check = Callable[[Link], None]


def create_link(*, workspace: Workspace, url: str, by: Actor = SYSTEM, **fields: Any) -> Link:
    """A new link in `workspace`. `fields`: `slug` (generated unless chosen), `domain` (a host; the default one's when
    it is empty), `tags`, `folder`, and further ones of `FIELDS`; a status of None is the domain's, a `utm` of None the
    workspace's. Raises `LinkError` naming every wrong field, and `Conflict` when the workspace is full."""
    return make_link(workspace, drafted(Lookups(workspace, by), url=url, **fields), by)


def find_or_create_link(*, workspace: Workspace, url: str, by: Actor = SYSTEM, **fields: Any) -> tuple[Link, bool]:
    """The newest link that is just like the one that is wanted (same destination, domain, tags and options; the slug
    too if one is chosen), or a new one; and whether it is new. One with a password is always new. Any number of
    requests at once make one link. Raises what `create_link` does."""
    draft = drafted(Lookups(workspace, by), url=url, **fields)
    with transaction.atomic(), connection.cursor() as cursor:
        name = f"link:{workspace.pk}:{draft.columns['destination']}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        same = _same_as(workspace, draft, by)
        return (same, False) if same else (make_link(workspace, draft, by), True)


def upsert_link(
    *,
    workspace: Workspace,
    external_id: str,
    by: Actor = SYSTEM,
    check: Callable[[Link | None], None] = lambda _: None,
    **fields: Any,
) -> tuple[Link, bool]:
    """Change the fields that are named of the link with this external ID, or make it; and whether it is new. Any
    number of requests at once make one link, and what makes one changes nothing the second time: a `status` of None, an
    empty `slug` or `domain` are whatever the link has. `check`: as for `update_link`, and called with None where there
    is no link yet. Raises what `create_link` and `update_link` do."""
    for attempt in range(ATTEMPTS):
        found = _with_external_id(workspace, external_id, by)
        if found is not None:
            return _merge(found, fields, by, check), False
        check(None)
        try:
            if not fields.get("url"):
                raise LinkError({"url": [_("There is no such link yet: say where it leads.")]})
            return create_link(workspace=workspace, by=by, **{**fields, "external_id": external_id}), True
        except LinkError as error:
            if set(error.errors) != {"external_id"} or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError  # the last attempt has returned or raised


def update_link(
    link: Link,
    *,
    changes: Mapping[str, Any],
    by: Actor = SYSTEM,
    if_version: int | None = None,
    check: Check | None = None,
    action: str = "link.updated",
) -> Link:
    """Change the fields named in `changes` (see `drafts.CHANGEABLE`); what changes nothing makes no version and is no
    event. `if_version`: only while the link is at this version; `check` is called with the link as it is, while nobody
    else can change it, and raises what it likes. `action`: what the audit trail calls it. Raises `LinkError`, or
    `LinkChanged` for another version; then nothing was changed."""
    with transaction.atomic():
        current = _locked(link, by)
        if if_version not in (None, current.version):
            raise LinkChanged(current.version)
        if check is not None:
            check(current)
        change = apply(current, changes, Lookups(current.workspace, by))
        if not changes_something(change):
            return current
        try:
            with transaction.atomic():
                save_all([change], by, action)
        except IntegrityError as error:
            raise _external_id_taken(error) from error
    return current


def delete_link(link: Link, *, by: Actor = SYSTEM, check: Check | None = None) -> None:
    """Delete `link`. Its row stays as a tombstone: nobody gets its slug, and visitors get a page that says so. `check`:
    as for `update_link`. Deleting it again changes nothing."""
    with transaction.atomic():
        current = _locked(link, by, deleted=True)
        if current.deleted_at:
            return
        if check is not None:
            check(current)
        current.deleted_at = timezone.now()
        save_all([Change(current)], by, "link.deleted")


def restore_link(workspace: Workspace, link_id: str, *, by: Actor = SYSTEM) -> Link:
    """Bring the deleted link with this public ID back, with all that it had. One that is there stays as it is. Raises
    `LinkNotFound`, and `Conflict` when its external ID was given to another link, or the workspace is full."""
    number = public_id.decode("link", link_id)
    with transaction.atomic():
        found = Link.objects.filter(pk=number, workspace=workspace).first() if number is not None else None
        if found is None:
            raise LinkNotFound(link_id)
        current = _locked(found, by, deleted=True)
        if current.deleted_at is None:
            return current
        check_room(workspace, 1)
        current.deleted_at = None
        try:
            with transaction.atomic():
                save_all([Change(current)], by, "link.restored")
        except IntegrityError as error:
            _external_id_taken(error)
            words = _("Its external ID “%(name)s” belongs to another link now.")
            raise Conflict("external_id_taken", words % {"name": current.external_id}) from error
    return current


def password_opens(link: Link, password: str) -> bool:
    """Whether `password` is the link's. Takes as long for a wrong one as for the right one."""
    return check_password(password, link.password_hash)


def report_link(link: Link, reason: str, details: str = "") -> Report:
    """Note that somebody says that `link` does harm."""
    return Report.objects.create(link=link, reason=reason, details=details)


def _locked(link: Link, by: Actor, *, deleted: bool = False) -> Link:
    """`link` as it is now, held until the transaction ends. Raises `LinkNotFound` when it is gone, or `by` does not
    reach it."""
    links = Link.objects.select_for_update(of=("self",)).select_related("domain", "workspace")
    current = links.filter(within(by.api_key), pk=link.pk).first()
    if current is None or (current.deleted_at and not deleted):
        raise LinkNotFound(link.public_id)
    return current


def _with_external_id(workspace: Workspace, external_id: str, by: Actor) -> Link | None:
    links = Link.objects.filter(workspace=workspace, external_id=external_id, deleted_at=None)
    return links.filter(within(by.api_key)).select_related("domain").first() if external_id else None


def _merge(link: Link, fields: Mapping[str, Any], by: Actor, check: Check) -> Link:
    changes = {name: value for name, value in fields.items() if name != "domain" and (name, value) not in AS_IT_IS}
    host = fields.get("domain")
    if host and host.lower() != link.domain.host:
        raise LinkError({"domain": [_("The link with this external ID is on %(host)s.") % {"host": link.domain.host}]})
    return update_link(link, changes=changes, by=by, check=check)


def _same_as(workspace: Workspace, draft: Draft, by: Actor) -> Link | None:
    """The newest link that could have been made of `draft`."""
    blank = Link()
    defaults = {column: getattr(blank, column) for column, _check in FIELDS.values()}
    columns = {**defaults, "folder_id": None, **draft.columns}
    if columns["password_hash"]:
        return None
    digest = hashlib.md5(columns["destination"].encode(), usedforsecurity=False).hexdigest()
    if not columns["external_id"]:
        del columns["external_id"]
    columns["archived_at__isnull"] = columns.pop("archived_at") is None
    alike = Link.objects.alias(digest=MD5("destination")).filter(
        within(by.api_key), digest=digest, workspace=workspace, domain=draft.domain, deleted_at=None, disabled_at=None,
        **({"slug": draft.slug} if draft.slug else {}), **columns,
    )  # fmt: skip
    names = sorted(name.lower() for name in draft.tags)
    for link in alike.select_related("domain", "workspace").prefetch_related("tags").order_by("-created_at", "-pk"):
        if sorted(tag.name.lower() for tag in link.tags.all()) == names:
            return link
    return None


def _external_id_taken(error: IntegrityError) -> LinkError:
    """What `error` means, when it is of the index of external IDs; anything else goes on its way."""
    if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "link_external_id_once":
        raise error
    return LinkError({"external_id": [_("Another link has this external ID already.")]})
