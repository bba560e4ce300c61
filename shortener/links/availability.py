"""Whether a name is still free, before somebody asks for it. What is free now may be taken in a moment: the unique
index has the last word."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from shortener.accounts.models import Workspace
from shortener.links.domains import default_domain, domains_for
from shortener.links.models import Link
from shortener.links.slugs import folded, problem_with


@dataclass(frozen=True)
class Availability:
    """Of `slug` (as it would be kept) on `host`. `problem`: why nobody can have it; empty when it is free."""

    host: str
    slug: str
    problem: str = ""


def availability_of(slug: str, *, workspace: Workspace, host: str = "") -> Availability:
    """Whether `workspace` could have `slug` on the domain of `host`, or else the default one."""
    chosen = domains_for(workspace).filter(host__iexact=host).first() if host else None
    domain = chosen or default_domain()
    slug = folded(slug.strip(), domain)
    if problem := problem_with(slug):
        return Availability(domain.host, slug, problem)
    if Link.objects.filter(domain=domain, slug=slug).exists():
        return Availability(domain.host, slug, _("“%(slug)s” is taken. Choose another name.") % {"slug": slug})
    return Availability(domain.host, slug)
