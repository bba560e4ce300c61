"""Domains of a workspace: added, proved, set up, preferred and removed. Domains that all workspaces share belong to the
site, and only the admin site changes them."""

from collections.abc import Callable, Mapping
from typing import Any

import ada_url
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import SYSTEM, Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.infra.errors import Conflict, NotFound
from shortener.links.destinations import InvalidDestination
from shortener.links.domains import domains_for
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.fields import optional_destination
from shortener.links.models import Domain, Link, RedirectStatus
from shortener.links.signals import domains_changed
from shortener.links.verification import Lookups, verify

MOST = 100  # of a workspace
HOST_LIMIT = 253
ROBOTS_LIMIT = 10_000  # characters
ADDRESSES = ("root_url", "not_found_url", "expired_url")
CHANGEABLE = frozenset({*ADDRESSES, "default_status", "robots", "case_sensitive", "is_preferred"})
Check = Callable[[Domain], None]  # called with the domain that is locked and about to change


def domains_seen_by(workspace: Workspace) -> QuerySet[Domain]:
    """The domains of `workspace`, proved or not, and those that it shares."""
    return (Domain.objects.filter(workspace=workspace) | domains_for(workspace).order_by()).order_by("host", "pk")


def pick_domain(workspace: Workspace, domain_id: str) -> Domain:
    """The one of them with this public ID. Raises `NotFound`."""
    found = domains_seen_by(workspace).filter(pk=public_id.decode("domain", domain_id) or 0).first()
    if found is None:
        raise NotFound(domain_id)
    return found


def id_of(domain: Domain) -> str:
    """The public ID of `domain`."""
    return public_id.encode("domain", domain.pk)


def add_domain(workspace: Workspace, *, host: str, by: Actor) -> Domain:
    """Begin to use `host`: from here on it is to be proved. Nobody can reserve a name that they do not prove: it is
    given to the next who asks. Raises `LinkError`, and `Conflict` when another workspace has proved it."""
    name = _host(host)
    if Domain.objects.filter(workspace=workspace).count() >= MOST:
        raise Conflict("too_many", _("There are %(most)d already. Delete some first.") % {"most": MOST})
    with transaction.atomic():
        held = Domain.objects.select_for_update(of=("self",)).select_related("workspace").filter(host=name).first()
        if held is not None and _is_left(held):
            return _inherit(held, workspace, by)
        if held is not None:
            _give_up(held, workspace)
        try:
            with transaction.atomic():
                domain = Domain.objects.create(host=name, workspace=workspace, verification=_proof(workspace, name))
        except IntegrityError as error:  # somebody else at the same moment
            raise _taken(name) from error
        _note(by, "added", domain)
    return domain


def update_domain(domain: Domain, *, changes: Mapping[str, Any], by: Actor, check: Check | None = None) -> Domain:
    """Change what is named (see CHANGEABLE). `is_preferred`: new links of the workspace get it when none is chosen.
    Raises `LinkError` naming every wrong field, `Conflict` for domains that are shared."""
    errors = FieldErrors()
    with transaction.atomic():
        current = _locked(domain, check)
        columns = {field: _column(current, field, value, errors) for field, value in changes.items()}
        errors.raise_if_any()
        preferred = columns.pop("is_preferred", None)
        changed = {field: (old, new) for field, new in columns.items() if (old := getattr(current, field)) != new}
        for field, (_old, new) in changed.items():
            setattr(current, field, new)
        current.save(update_fields=list(changed))
        if preferred is not None and preferred != is_preferred(current):
            changed["is_preferred"] = (not preferred, preferred)
            _prefer(current, preferred)
        if changed:
            _note(by, "updated", current, changed)
            _announce()
    return current


def verify_domain(domain: Domain, *, by: Actor, lookups: Lookups | None = None) -> bool:
    """Look for the proof; whether it is there. From then on links can live on the domain. Raises `Conflict` for domains
    that are shared."""
    _check_own(domain)
    if domain.verified_at is not None:
        return True
    try:
        if not verify(domain, lookups):  # asks the world: not in a transaction
            return False
    except DatabaseError as error:  # removed in the meantime
        raise NotFound(id_of(domain)) from error
    _note(by, "verified", domain)
    return True


def remove_domain(domain: Domain, *, by: Actor, check: Check | None = None) -> None:
    """Forget `domain`, and what deleted links have left there. Raises `Conflict` while links live on it, and for
    domains that are shared."""
    with transaction.atomic():
        current = _locked(domain, check)
        if Link.objects.filter(domain=current, deleted_at=None).exists():
            raise Conflict("domain_in_use", _("Links live on this domain. Delete them first."))
        _prefer(current, wanted=False)
        _note(by, "removed", current)
        Link.objects.filter(domain=current).delete()
        current.delete()
        _announce()


def is_preferred(domain: Domain) -> bool:
    """Whether new links of its workspace get `domain` when none is chosen."""
    return domain.workspace is not None and domain.workspace.preferred_domain_id == domain.pk


def _host(text: str) -> str:
    """`text` as a Host header has it. Raises `LinkError`."""
    text = text.strip().lower().rstrip(".")
    try:
        url = ada_url.URL(f"http://{text}")
    except (ValueError, UnicodeError):
        raise LinkError({"host": [_words()]}) from None
    is_number = url.hostname.replace(".", "").isdigit() or url.hostname.startswith("[")
    # Nothing but a name: what stands around one would show in the address.
    is_name = (
        url.href == f"http://{url.host}/" and "." in url.hostname and not is_number and len(url.host) <= HOST_LIMIT
    )
    if not is_name or (url.port and not settings.IS_LOCAL):
        raise LinkError({"host": [_words()]})
    if url.host == settings.DEFAULT_DOMAIN or url.hostname in settings.SITE_HOSTS:
        raise LinkError({"host": [_("This is the site's own name.")]})
    return url.host


def _words() -> str:
    return _("A domain is a host name, such as go.example.org.")


def _give_up(held: Domain, workspace: Workspace) -> None:
    """Free the name of `held` for `workspace`. Raises `LinkError` or `Conflict` where that cannot be."""
    if held.workspace_id == workspace.pk:
        raise LinkError({"host": [_("You have added this domain already.")]})
    if held.verified_at or held.is_default or Link.objects.filter(domain=held).exists():
        raise _taken(held.host)
    _note(SYSTEM, "removed", held)
    held.delete()


def _is_left(held: Domain) -> bool:
    """Whether the workspace that had it is closed, and its links are tombstones."""
    closed = held.workspace is not None and held.workspace.deleted_at is not None
    return closed and not Link.objects.filter(domain=held, deleted_at=None).exists()


def _inherit(held: Domain, workspace: Workspace, by: Actor) -> Domain:
    """`held` for `workspace`, to be proved afresh. The tombstones stay, so that no slug comes back with another
    destination."""
    held.workspace, held.verified_at, held.verification = workspace, None, _proof(workspace, held.host)
    held.save(update_fields=["workspace", "verified_at", "verification"])
    _note(by, "added", held)
    _announce()
    return held


def _taken(host: str) -> Conflict:
    return Conflict("domain_taken", _("“%(host)s” is in use by another workspace.") % {"host": host})


def _proof(workspace: Workspace, host: str) -> str:
    """What proves `host` for `workspace`: the same each time, so that a record goes on being good."""
    return salted_hmac("shortener.links.domains", f"{workspace.pk} {host}", algorithm="sha256").hexdigest()[:40]


def _column(domain: Domain, field: str, value: Any, errors: FieldErrors) -> Any:
    if field not in CHANGEABLE:
        errors.add(field, _("This field cannot be changed."))
    elif field in ADDRESSES:
        try:
            return optional_destination(value)
        except InvalidDestination as error:
            errors.add(field, str(error))
    elif field == "default_status" and value not in RedirectStatus.values:
        errors.add(field, _("Choose one of the redirect statuses 301, 302, 307 and 308."))
    elif field == "robots" and (len(value) > ROBOTS_LIMIT or "\x00" in value):
        errors.add(field, _("A robots.txt has at most %(most)d characters.") % {"most": ROBOTS_LIMIT})
    elif field == "case_sensitive" and value != domain.case_sensitive and Link.objects.filter(domain=domain).exists():
        errors.add(field, _("This can be changed only while no link has been made on the domain."))
    elif field == "is_preferred" and value and domain.verified_at is None:
        errors.add(field, _("Prove the domain first."))
    return value


def _locked(domain: Domain, check: Check | None) -> Domain:
    rows = Domain.objects.select_for_update(of=("self",)).select_related("workspace")
    current = rows.filter(Q(pk=domain.pk)).first()
    if current is None:
        raise NotFound(id_of(domain))
    _check_own(current)
    if check is not None:
        check(current)
    return current


def _check_own(domain: Domain) -> None:
    if domain.workspace_id is None:
        raise Conflict("not_allowed", _("This domain belongs to the site: only those who run it change it."))


def _prefer(domain: Domain, wanted: bool) -> None:
    home = Workspace.objects.filter(domains=domain)
    if wanted:
        home.update(preferred_domain_id=domain.pk)
    else:
        home.filter(preferred_domain_id=domain.pk).update(preferred_domain_id=None)
    if domain.workspace is not None:
        domain.workspace.refresh_from_db(fields=["preferred_domain_id"])


def _announce() -> None:
    transaction.on_commit(lambda: domains_changed.send(Domain))


def _note(by: Actor, verb: str, domain: Domain, changed: Mapping[str, tuple[Any, Any]] | None = None) -> None:
    audit.record(
        by, f"domain.{verb}", workspace=domain.workspace, target_id=id_of(domain), target_name=domain.host,
        changes=changed,
    )  # fmt: skip
