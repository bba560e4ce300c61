"""The domains of this installation."""

import copy
from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from shortener.accounts.models import ApiKey, Workspace
from shortener.infra.briefly import Briefly
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.models import Domain
from shortener.links.signals import domains_changed


def default_domain() -> Domain:
    """The domain that links get when none is chosen. A process may see it as it was a second ago."""
    return copy.copy(_default.get())


def ensure_default_domain() -> Domain:
    """Make the default domain what BASE_URL says; links made under its former name go on working under the new."""
    domain, created = Domain.objects.get_or_create(is_default=True, defaults={"host": settings.DEFAULT_DOMAIN})
    if domain.host != settings.DEFAULT_DOMAIN:
        Domain.objects.filter(pk=domain.pk).update(host=settings.DEFAULT_DOMAIN)
        domain.host, created = settings.DEFAULT_DOMAIN, True
    if created:
        transaction.on_commit(lambda: domains_changed.send(Domain))
    return domain


def domains_for(workspace: Workspace) -> QuerySet[Domain]:
    """The domains on which `workspace` may make links: first the one that it prefers, then the default one."""
    usable = Q(is_default=True) | Q(verified_at__isnull=False)
    theirs = Q(workspace=None) | Q(workspace=workspace)
    preferred = Case(When(pk=workspace.preferred_domain_id or 0, then=0), default=1)
    return Domain.objects.filter(usable & theirs).order_by(preferred, "-is_default", "host")


def domain_ids(workspace: Workspace, hosts: Iterable[str]) -> list[int]:
    """Which domains these are, all of which `workspace` may use. Raises `LinkError` under `domains`."""
    wanted = {host.strip().lower() for host in hosts}
    found = dict(domains_for(workspace).filter(host__in=wanted).values_list("host", "pk")) if wanted else {}
    if unknown := sorted(wanted - set(found)):
        words = _("“%(hosts)s” is not a verified domain of yours.") % {"hosts": "”, “".join(unknown)}
        raise LinkError({"domains": [words]})
    return sorted(found.values())


def hosts_of(workspace: Workspace) -> dict[int, str]:
    """The domains that belong to `workspace` alone: hosts by ID, in their order."""
    return dict(Domain.objects.filter(workspace=workspace).order_by("host").values_list("pk", "host"))


def named_hosts(numbers: Iterable[int]) -> dict[int, str]:
    """The hosts of the domains with these IDs; what is gone is left out."""
    wanted = set(numbers)
    return dict(Domain.objects.filter(pk__in=wanted).values_list("pk", "host")) if wanted else {}


def domain_id_in(workspace: Workspace, host: str) -> int:
    """The domain of this name that belongs to `workspace` alone. Raises `LinkNotFound`: others' links are on those
    that are shared."""
    found = Domain.objects.filter(workspace=workspace, host=host.lower()).first()
    if found is None:
        raise LinkNotFound(host)
    return found.pk


def usable_domain(workspace: Workspace, host: str, key: ApiKey | None = None) -> Domain:
    """The domain of `host` on which `workspace` makes a link, with `key` if there is one; for no host the one that it
    prefers, or the default one. Not to be changed: other threads may look at the same object. Raises `LinkError`."""
    allowed = frozenset(key.domain_ids) if key is not None else frozenset()
    if not host and (preferred := _preferred(workspace, allowed)):
        return preferred
    if not host and (default := _default.get()) and (not allowed or default.pk in allowed):
        return default
    usable = domains_for(workspace)
    if allowed:
        usable = usable.filter(pk__in=allowed)
    if host and (domain := usable.filter(host__iexact=host).first()):
        return domain
    hosts = ", ".join(usable.values_list("host", flat=True))
    if not host:
        raise LinkError({"domain": [_("Name a domain that this key may use: %(usable)s.") % {"usable": hosts}]})
    words = _("“%(host)s” is not a verified domain of yours. There are: %(usable)s.")
    raise LinkError({"domain": [words % {"host": host, "usable": hosts}]})


def _preferred(workspace: Workspace, allowed: Collection[int]) -> Domain | None:
    """The domain that new links of `workspace` get, if it has chosen one that is of use."""
    number = workspace.preferred_domain_id
    if number is None or (allowed and number not in allowed):
        return None
    return domains_for(workspace).filter(pk=number).first()


def own_hosts() -> frozenset[str]:
    """Hosts (with port where a URL would have one) that a destination must not have. A process may take a second to
    hear of a new one."""
    return _own_hosts.get()


def forget_domains(**_kwargs: object) -> None:
    """Domains have changed in this process. Receiver of signals."""
    _default.forget()
    _own_hosts.forget()


def _load_own_hosts() -> frozenset[str]:
    loopback = {f"{name}:{settings.PORT}" for name in settings.LOOPBACK_NAMES} if settings.IS_LOCAL else set()
    # Anybody can begin to add a domain: before it is proved it must not keep others from linking there.
    ours = Domain.objects.filter(Q(is_default=True) | Q(verified_at__isnull=False))
    return frozenset(ours.values_list("host", flat=True)) | {settings.DEFAULT_DOMAIN} | loopback


_default = Briefly(lambda: Domain.objects.get(is_default=True), lambda: settings.DOMAINS_SECONDS)
_own_hosts = Briefly(_load_own_hosts, lambda: settings.DOMAINS_SECONDS)
