"""Forms of the pages about people and workspaces. What values are right, the services decide."""

import zoneinfo
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shortener.accounts.models import Member, User
from shortener.web.forms import ServiceForm


class ProfileForm(ServiceForm):
    """What somebody says about themselves."""

    name = forms.CharField(label=_("Name"), required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    time_zone = forms.CharField(label=_("Time zone"), required=False, help_text=_("Of the times that pages show."))
    language = forms.CharField(label=_("Language"), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        initial = {"name": user.get_full_name(), "time_zone": user.time_zone, "language": user.language}
        super().__init__(data, initial=initial)
        unset = ("", _("As the browser says"))
        zones = [unset, *((zone, zone) for zone in _zones())]
        self.fields["time_zone"].widget = forms.Select(choices=zones)
        self.fields["language"].widget = forms.Select(choices=[unset, *settings.LANGUAGES])


class WorkspaceForm(ServiceForm):
    """What a workspace is called."""

    name = forms.CharField(label=_("Name"), required=False)
    slug = forms.CharField(
        label=_("Short name"),
        required=False,
        help_text=_("For commands and the API: small letters, digits and hyphens."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class NewWorkspaceForm(ServiceForm):
    """A new one; its short name follows from its name."""

    name = forms.CharField(label=_("Name"), required=False, help_text=_("As “Press office”. You can change it later."))


class InviteForm(ServiceForm):
    """Whom to invite, as what."""

    email = forms.CharField(
        label=_("E-mail address"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.CharField(label=_("Role"), required=False, initial=Member.Role.MEMBER)

    def __init__(self, data: Any = None, *, roles: Iterable[str]) -> None:
        super().__init__(data)
        self.fields["role"].widget = forms.Select(choices=role_choices(roles))


class TransferForm(ServiceForm):
    """Who gets the workspace."""

    member = forms.ChoiceField(label=_("New owner"), error_messages={"required": _("Choose one of the members.")})

    def __init__(self, data: Any = None, *, members: Iterable[Member]) -> None:
        super().__init__(data)
        self.members = {member.public_id: member for member in members}
        choices = [("", _("Choose…")), *((key, member.user.email) for key, member in self.members.items())]
        self.fields["member"].choices = choices  # type: ignore[attr-defined]


class SureForm(ServiceForm):
    """The words that somebody types who is sure."""

    words = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, words: str, label: str) -> None:
        super().__init__(data)
        self.expected = words
        self.fields["words"].label = label

    def clean_words(self) -> str:
        """Raises `ValidationError` for other words."""
        typed = str(self.cleaned_data["words"]).strip()
        if typed.lower() != self.expected.lower():
            raise forms.ValidationError(_("Type “%(words)s” to go on."), params={"words": self.expected})
        return typed


class AuditForm(forms.Form):
    """What to look for in the audit trail."""

    use_required_attribute = False
    action = forms.ChoiceField(label=_("What"), required=False)
    actor = forms.CharField(label=_("Who"), required=False)
    target = forms.CharField(label=_("To what"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, actions: Iterable[tuple[str, Any]]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["action"].choices = [("", _("Everything")), *actions]  # type: ignore[attr-defined]


def role_choices(roles: Iterable[str]) -> list[tuple[str, Any]]:
    """Roles with their names, for a list to choose from."""
    return [(role, Member.Role(role).label) for role in roles]


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")))
