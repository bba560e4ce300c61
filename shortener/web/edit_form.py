"""The forms that change a link: with everything that can be changed, and with what is changed most often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shortener.infra.errors import Refused
from shortener.links.errors import LinkError
from shortener.links.fields import UTM_MAX_LENGTH, UTM_PARAMETERS
from shortener.links.models import Folder, Link, RedirectStatus, UtmTemplate
from shortener.links.queries import shown_destination
from shortener.web.forms import ADDRESS, Moment, Tags, pick, zone_shown
from shortener.web.seen_form import SeenForm, with_values

UTM = tuple(f"utm_{name}" for name in UTM_PARAMETERS)
SAME = (
    "title", "status", "click_limit", "forward_query", "forward_path", "ios_url", "android_url", "notice", "card_title",
    "card_description", "public_stats",
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    """Fields that belong together; folded away while none of them says anything."""

    name: str
    title: str | Promise
    fields: list[forms.BoundField]
    is_open: bool
    count: int  # of the fields that say something


SECTIONS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "window": (_("When it works"), ("active_from", "active_until", "click_limit", "expired_url")),
    "door": (_("Password and notice"), ("password", "no_password", "notice")),
    "passing": (_("What is passed on"), ("forward_query", "forward_path")),
    "campaign": (_("Campaign"), (*UTM, "template")),
    "apps": (_("Apps"), ("ios_url", "android_url")),
    "card": (_("Preview in chats and networks"), ("card_title", "card_description", "card_image")),
    "kind": (_("Kind of redirect, public statistics"), ("status", "public_stats")),
}


def _address(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=ADDRESS), **more)


def _utm(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class RowForm(SeenForm):
    """What is changed most often, in the row of a list."""

    url = _address(_("Destination"))
    title = forms.CharField(label=_("Title"), required=False)
    tags = Tags(label=_("Tags"), required=False)

    def prepare(self) -> None:
        """A list has many rows, and IDs are there once."""
        self.auto_id = f"{self.link.public_id}-%s"


class EditForm(SeenForm):
    """Everything that can be changed about a link."""

    url = _address(_("Destination"))
    title = forms.CharField(label=_("Title"), required=False, help_text=_("For you; visitors do not see it."))
    tags = Tags(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    folder = forms.ChoiceField(label=_("Folder"), required=False)
    active_from = Moment(label=_("Active from"), help_text=zone_shown())
    active_until = Moment(label=_("Active until"), help_text=zone_shown())
    click_limit = forms.IntegerField(
        label=_("Click limit"), required=False, help_text=_("After so many clicks the link stops working.")
    )
    expired_url = _address(
        _("Afterwards"),
        help_text=_("Where visitors go once the link has expired or is used up; empty: a page says so."),
    )
    password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        help_text=_("Visitors are asked for it. Left empty, everything stays as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    no_password = forms.BooleanField(label=_("Remove the password"), required=False)
    notice = forms.BooleanField(label=_("Tell visitors first where they are going"), required=False)
    forward_query = forms.ChoiceField(
        label=_("Query parameters of the short address"),
        required=False,
        choices=[("", _("Leave them out")), *Link.Forward.choices],
    )
    forward_path = forms.BooleanField(label=_("Append what stands behind the name"), required=False)
    template = forms.ChoiceField(label=_("Fill in from a template"), required=False)
    utm_source = _utm(_("Source"))
    utm_medium = _utm(_("Medium"))
    utm_campaign = _utm(_("Name of the campaign"))
    utm_term = _utm(_("Term"))
    utm_content = _utm(_("Content"))
    ios_url = _address(
        _("On iPhone and iPad"),
        help_text=_("A web address that an app takes, or one with the app's own scheme, as app://page."),
    )
    android_url = _address(_("On Android"), help_text=_("The same."))
    card_title = forms.CharField(label=_("Title of previews"), required=False)
    card_description = forms.CharField(
        label=_("Text of previews"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    card_image = _address(_("Picture of previews"))
    status = forms.TypedChoiceField(
        label=_("Redirect"),
        choices=RedirectStatus.choices,
        coerce=int,
        help_text=_("302 suits nearly every link: browsers ask again each time, so edits work at once."),
    )
    public_stats = forms.BooleanField(
        label=_("Anybody may see its statistics, at the short address with +stats behind it"), required=False
    )

    BASICS = ("url", "title", "tags", "folder")
    templates: Sequence[UtmTemplate]

    @classmethod
    def values_of(cls, link: Link) -> dict[str, Any]:
        """See `SeenForm`."""
        return {
            **super().values_of(link),
            **{name: getattr(link, name) for name in SAME},
            **{name: link.utm.get(name, "") for name in UTM},
            "folder": link.folder.public_id if link.folder else "",
            "active_from": _to_the_minute(link.active_from),
            "active_until": _to_the_minute(link.active_until),
            "expired_url": shown_destination(link.expired_url) if link.expired_url else "",
            "card_image": shown_destination(link.card_image) if link.card_image else "",
        }

    def prepare(self) -> None:
        """Offer what the link's workspace has to choose from."""
        self.templates = list(UtmTemplate.objects.filter(workspace=self.link.workspace).order_by("name"))
        template: Any = self.fields["template"]
        template.choices = [("", "—"), *((str(each.pk), each.name) for each in self.templates)]
        folders = Folder.objects.filter(workspace=self.link.workspace).order_by("name")
        folder: Any = self.fields["folder"]
        folder.choices = [("", _("In none")), *((each.public_id, each.name) for each in folders)]
        if len(folder.choices) == 1:
            del self.fields["folder"]
        if not self.templates:
            del self.fields["template"]
        if not self.link.password_hash:
            del self.fields["no_password"]

    def changes(self) -> dict[str, Any]:
        """What the service is asked to change: the fields that this person has changed, and no others."""
        mine = self.mine()
        changes = pick(self.cleaned_data, mine - {*UTM, "template", "no_password"})
        if mine & set(UTM):
            changes["utm"] = {**self.link.utm, **pick(self.cleaned_data, mine & set(UTM))}
        if self.cleaned_data.get("no_password"):
            changes["password"] = ""
        return changes

    def clean(self) -> dict[str, Any]:
        """One cannot set a password and remove it."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("no_password") and said.get("password"):
            self.add_error("no_password", _("Set another password or remove it, not both."))
        return said

    def take(self, error: Refused) -> None:
        """As for every form; what is wrong with a campaign is told at the parameter that is too long."""
        errors = dict(error.errors)
        if said := errors.pop("utm", None):
            long = [name for name in UTM if len(self.cleaned_data.get(name, "")) > UTM_MAX_LENGTH]
            errors[(long or list(UTM))[0]] = said
        super().take(LinkError(errors))

    # What is shown

    @property
    def basics(self) -> list[forms.BoundField]:
        """The fields that are always there."""
        return self._there(self.BASICS)

    @property
    def sections(self) -> list[Section]:
        """The others."""
        return [self._section(name, *about) for name, about in SECTIONS.items()]

    @property
    def template_values(self) -> dict[str, dict[str, str]]:
        """What each template fills in, for our script."""
        return {str(each.pk): {name: each.values.get(name, "") for name in UTM} for each in self.templates}

    def filled_in(self) -> "EditForm":
        """The same form with the values of the template that was chosen."""
        values = self.template_values.get(self.data.get("template", ""), {})
        return EditForm.of(self.link, with_values(self.data, {**values, "template": ""}))

    def _section(self, name: str, title: Any, names: Iterable[str]) -> Section:
        fields = self._there(names)
        said = [field for field in fields if self._says_something(field.name)]
        wrong = any(field.errors or field.name in self.conflicts for field in fields)
        return Section(name, title, fields, bool(said) or wrong, len(said))

    def _says_something(self, name: str) -> bool:
        if name == "status":
            return self.text(name) != str(RedirectStatus.FOUND.value)
        return bool(self.text(name)) or (name == "password" and bool(self.link.password_hash))

    def _there(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]


def _to_the_minute(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(second=0, microsecond=0)
