"""Campaign templates: parameters under a name, to make links with."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shortener.accounts.actors import Actor
from shortener.accounts.models import Workspace
from shortener.links.errors import FieldErrors
from shortener.links.fields import Wrong, checked_utm
from shortener.links.models import UtmTemplate
from shortener.links.named import (
    Check,
    Kind,
    change_thing,
    checked_name,
    create_thing,
    delete_thing,
    no_check,
    pick_thing,
    things_in,
)

KIND = Kind(UtmTemplate, "template", 80)


def templates_in(workspace: Workspace) -> QuerySet[UtmTemplate]:
    """The templates of `workspace` by name."""
    return things_in(KIND, workspace)


def pick_template(workspace: Workspace, template_id: str) -> UtmTemplate:
    """The template of `workspace` with this public ID. Raises `NotFound`."""
    return pick_thing(KIND, workspace, template_id)


def create_template(workspace: Workspace, *, name: str, utm: Mapping[str, Any], by: Actor) -> UtmTemplate:
    """A new template. `utm`: campaign parameters by name, as `source`. Raises `LinkError`."""
    errors = FieldErrors()
    checked_name(KIND, name, errors)
    values = _values(utm, errors)
    errors.raise_if_any()
    return create_thing(KIND, workspace, name=name, by=by, values=values)


def update_template(
    template: UtmTemplate, *, changes: Mapping[str, Any], by: Actor, check: Check = no_check
) -> UtmTemplate:
    """Change `name` or `utm`; links that were made with it stay as they are. Raises `LinkError`."""
    errors = FieldErrors()
    columns = {"name": changes["name"]} if "name" in changes else {}
    if "name" in changes:
        checked_name(KIND, changes["name"], errors)
    if "utm" in changes:
        columns["values"] = _values(changes["utm"], errors)
    errors.raise_if_any()
    return change_thing(KIND, template, columns, by=by, check=check)


def delete_template(template: UtmTemplate, *, by: Actor, check: Check = no_check) -> None:
    """Delete `template`; links that were made with it stay as they are."""
    delete_thing(KIND, template, by=by, check=check)


def _values(utm: Mapping[str, Any], errors: FieldErrors) -> dict[str, str]:
    try:
        values = checked_utm(utm)
    except Wrong as error:
        errors.add("utm", str(error))
        return {}
    if not values:
        errors.add("utm", _("Give at least one parameter."))
    return values
