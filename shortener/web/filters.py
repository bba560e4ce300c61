"""What a list of links is narrowed to, as it stands in the address of the page."""

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from shortener.accounts.models import Workspace
from shortener.links.choices import Choices
from shortener.links.filters import STATES, LinkFilter, filtered
from shortener.links.models import Link
from shortener.links.queries import links_in
from shortener.web.paging import ORDERS, Order
from shortener.web.shown import STATE_LABELS

NO_FOLDER = "none"
ORDER_LABELS = {
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "changed": _("Last changed first"),
    "clicks": _("Most clicks first"),
}
PLACE = frozenset({"after", "before", "created"})  # parameters that say where in the list one is
NAMES = ("q", "tag", "folder", "domain", "creator", "state", "since", "until")
DAYS = {"since": 0, "until": 1}  # filters that are days, and how many days after that midnight they mean


class Chip(NamedTuple):
    """A filter that is on, in words, and the query of the page without it."""

    label: str
    without: str


class FilterForm(forms.Form):
    """The filters behind the button, filled in with those that are on."""

    use_required_attribute = False
    tag = forms.CharField(label=_("Tag"), required=False, widget=forms.TextInput(attrs={"list": "tags"}))
    folder = forms.ChoiceField(label=_("Folder"), required=False)
    domain = forms.ChoiceField(label=_("Domain"), required=False)
    creator = forms.ChoiceField(label=_("Made by"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    since = forms.CharField(label=_("Made from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.CharField(label=_("Made until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, asked: QueryDict, choices: Choices) -> None:
        super().__init__(initial={name: asked.get(name, "") for name in NAMES}, label_suffix="", auto_id="filter-%s")
        offered: dict[str, dict[str, Any]] = {
            "folder": {NO_FOLDER: _("In none"), **choices.folders} if choices.folders else {},
            "domain": {host: host for host in choices.domains} if len(choices.domains) > 1 else {},
            "creator": {email: email for email in choices.creators} if len(choices.creators) > 1 else {},
            "state": STATE_LABELS,
        }
        for name, values in offered.items():
            field = self.fields[name]
            if values or asked.get(name):
                field.choices = [("", _("All")), *values.items()]  # type: ignore[attr-defined]
            else:
                del self.fields[name]


def matching(workspace: Workspace, asked: QueryDict) -> QuerySet[Link]:
    """The links of `workspace` that the address asks for, newest first. Days that make no sense are left out; other
    values that make none match nothing."""
    values = {name: asked.get(name, "").replace("\x00", "").strip() for name in NAMES}
    links = links_in(workspace)
    if values["folder"] == NO_FOLDER:
        values["folder"], links = "", links.filter(folder=None)
    if values["state"] and values["state"] not in STATES:
        return links.none()
    wanted = LinkFilter(
        text=values["q"],
        tags=[values["tag"]] if values["tag"] else (),
        created=(_midnight(values["since"], DAYS["since"]), _midnight(values["until"], DAYS["until"])),
        folder=values["folder"],
        domain=values["domain"],
        creator=values["creator"],
        state=values["state"],
    )
    return filtered(links, workspace, wanted)


def is_narrowed(asked: QueryDict) -> bool:
    """Whether the address asks for some links and not for all."""
    return bool(_on(asked))


def order_of(asked: QueryDict) -> Order:
    """The order that the address asks for."""
    order = asked.get("order", "")
    return order if order in ORDERS else "newest"  # type: ignore[return-value]


def chips_of(asked: QueryDict, choices: Choices) -> list[Chip]:
    """The filters that are on, but for the text that is searched for."""
    labels: dict[str, Any] = {
        "folder": {NO_FOLDER: _("In no folder"), **choices.folders},
        "state": STATE_LABELS,
        "since": {asked.get("since"): _("From %(day)s") % {"day": asked.get("since")}},
        "until": {asked.get("until"): _("Until %(day)s") % {"day": asked.get("until")}},
    }
    on = _on(asked).items()
    return [
        Chip(str(labels.get(name, {}).get(value, value)), without(asked, name)) for name, value in on if name != "q"
    ]


def without(asked: QueryDict, *names: str) -> str:
    """The query of the first page of the list, without these parameters."""
    kept = asked.copy()
    for name in PLACE.union(names) & kept.keys():
        del kept[name]
    return kept.urlencode()


def _on(asked: QueryDict) -> dict[str, str]:
    """The filters that are on. A day that makes no sense is none."""
    said = {name: value for name in NAMES if (value := asked.get(name, "").strip())}
    return {name: value for name, value in said.items() if name not in DAYS or _midnight(value, DAYS[name])}


def _midnight(text: str, days: int) -> datetime | None:
    """When the day of `text` begins, or one so many days later, in the reader's time zone."""
    try:
        day = parse_date(text)
        return timezone.make_aware(datetime.combine(day + timedelta(days), time(0))) if day else None
    except (ValueError, OverflowError):
        return None
