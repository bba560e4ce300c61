"""Links that are about to be made: what somebody wants, checked, and nothing written yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.infra import public_id
from shortener.infra.site_settings import current as site_settings
from shortener.links import slugs
from shortener.links.domains import default_domain, usable_domain
from shortener.links.errors import FieldErrors, LinkError
from shortener.links.fields import FIELDS, check_window, checked_tags, columns_of
from shortener.links.models import Domain, Folder

CHANGEABLE = frozenset({*FIELDS, "slug", "tags", "folder"})


@dataclass
class Draft:
    """A link that may be made: nothing is wrong with it but that its names may be taken. `slug`: empty for a generated
    one. `columns`: of the row, by their names there; importers add what nobody else may set."""

    domain: Domain
    slug: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)


def drafted(
    lookups: "Lookups",
    *,
    slug: str = "",
    domain: str = "",
    tags: Iterable[str] = (),
    folder: Folder | str | None = None,
    **fields: Any,
) -> Draft:
    """What `services.create_link` is asked for. Raises `LinkError` naming every wrong field."""
    workspace, errors = lookups.workspace, FieldErrors()
    home = lookups.domain(domain, errors)
    draft = Draft(home, slugs.folded(slug, home))
    wanted = with_defaults(fields, workspace, home)
    refuse_unknown(wanted, errors)
    draft.columns = columns_of(wanted, errors)
    draft.tags = checked_tags(tags, errors)
    if folder:
        draft.columns["folder_id"] = lookups.folder(folder, errors)
    if draft.slug and (problem := slugs.problem_with(draft.slug)):
        errors.add("slug", problem)
    check_window(draft.columns.get("active_from"), draft.columns.get("active_until"), errors)
    errors.raise_if_any()
    return draft


class Lookups:
    """What drafts of one request are looked up in, each thing once. `workspace`: where the links are to be."""

    def __init__(self, workspace: Workspace, by: Actor) -> None:
        self.workspace = workspace
        self._key = by.api_key
        self._domains: dict[str, Domain | LinkError] = {}
        self._folders: dict[str, int | None] = {}

    def domain(self, host: str, errors: FieldErrors) -> Domain:
        """The domain of `host`. When it may not be used that is noted, and another one serves to look at the rest."""
        if host not in self._domains:
            try:
                self._domains[host] = usable_domain(self.workspace, host, self._key)
            except LinkError as error:
                self._domains[host] = error
        found = self._domains[host]
        if isinstance(found, Domain):
            return found
        errors.add("domain", found.errors["domain"][0])
        return default_domain()

    def folder(self, folder: Folder | str | None, errors: FieldErrors) -> int | None:
        """The number of `folder` (or of its public ID), if it is of the workspace."""
        if not folder:
            return None
        name = folder.public_id if isinstance(folder, Folder) else folder
        if name not in self._folders:
            number = public_id.decode("folder", name)
            exists = number is not None and Folder.objects.filter(pk=number, workspace=self.workspace).exists()
            self._folders[name] = number if exists else None
        if self._folders[name] is None:
            errors.add("folder", _("There is no such folder in this workspace."))
        return self._folders[name]


def with_defaults(fields: Mapping[str, Any], workspace: Workspace, domain: Domain) -> dict[str, Any]:
    """`fields` with what domain, workspace and site say where nothing is said."""
    wanted = dict(fields)
    if wanted.get("status") is None:
        wanted["status"] = domain.default_status
    if workspace.kind == Workspace.Kind.PUBLIC and site_settings().anonymous_notice:
        wanted["notice"] = True
    if wanted.get("utm") is None:
        wanted["utm"] = workspace.utm
    return wanted


def refuse_unknown(wanted: Mapping[str, Any], errors: FieldErrors) -> None:
    """Note names that are no fields, or that only we set."""
    for name in sorted(set(wanted) - CHANGEABLE):
        errors.add(name, _("This field cannot be changed."))
