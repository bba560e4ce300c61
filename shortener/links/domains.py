"""The domains of this installation."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shortener.accounts.models import Workspace
from shortener.links.errors import LinkError, LinkNotFound
from shortener.links.models import Domain
from shortener.links.signals import domains_changed


def default_domain() -> Domain:
    """The domain that links get when none is chosen."""
    return Domain.objects.get(is_default=True)


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
    """The domains on which `workspace` may make links, the default one first."""
    usable = Q(is_default=True) | Q(verified_at__isnull=False)
    theirs = Q(workspace=None) | Q(workspace=workspace)
    return Domain.objects.filter(usable & theirs).order_by("-is_default", "host")


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


def domain_id_in(workspace: Workspace, host: str) -> int:
    """The domain of this name that belongs to `workspace` alone. Raises `LinkNotFound`: others' links are on those
    that are shared."""
    found = Domain.objects.filter(workspace=workspace, host=host.lower()).first()
    if found is None:
        raise LinkNotFound(host)
    return found.pk


def own_hosts() -> frozenset[str]:
    """Hosts (with port where a URL would have one) that a destination must not have."""
    loopback = {f"{name}:{settings.PORT}" for name in settings.LOOPBACK_NAMES} if settings.IS_LOCAL else set()
    return frozenset(Domain.objects.values_list("host", flat=True)) | {settings.DEFAULT_DOMAIN} | loopback
