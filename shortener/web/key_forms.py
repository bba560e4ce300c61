"""The form that makes an API key: presets, or a list of what it may do."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shortener.web.forms import ServiceForm

LINKS = ("links:read", "links:write", "tags:read", "folders:read", "domains:read", "templates:read")
PRESETS = {
    "links": (_("Make and change links"), _("For scripts, shortcuts and publishing tools."), LINKS),
    "stats": (_("Read statistics"), _("For reports; changes nothing."), ("links:read", "stats:read", "clicks:read")),
    "all": (_("Everything that I may do"), _("For tools that administer the workspace."), None),
    "custom": (_("Choose below"), "", ()),
}
# What the words of a scope mean, by resource.
RESOURCES = {
    "links": _("Links"), "stats": _("Statistics"), "clicks": _("Single clicks"), "tags": _("Tags"),
    "folders": _("Folders"), "domains": _("Domains"), "templates": _("Campaign templates"), "imports": _("Imports"),
    "webhooks": _("Webhooks"), "keys": _("API keys"), "members": _("Members"), "workspace": _("Workspace"),
    "audit": _("Audit log"),
}  # fmt: skip
VERBS = {"read": _("see"), "write": _("change")}


class KeyForm(ServiceForm):
    """A name, what the key may do, and for how long."""

    name = forms.CharField(label=_("Name"), required=False, help_text=_("What uses it, as “newsletter script”."))
    preset = forms.ChoiceField(
        label=_("It may"),
        choices=[(name, label) for name, (label, _about, _scopes) in PRESETS.items()],
        initial="links",
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(label=_("Scopes"), required=False, widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(
        label=_("It ends"),
        required=False,
        choices=[("30", _("in 30 days")), ("90", _("in 90 days")), ("365", _("in a year")), ("", _("never"))],
        initial="365",
    )
    domains = forms.MultipleChoiceField(
        label=_("Only on these domains"), required=False, widget=forms.CheckboxSelectMultiple
    )
    own_links_only = forms.BooleanField(label=_("Only the links that it has made itself"), required=False)

    def __init__(self, data: Any = None, *, grantable: Sequence[str], hosts: Sequence[str]) -> None:
        """`grantable`: the scopes to choose from. With a single host there is nothing to choose."""
        super().__init__(data)
        self.grantable = grantable
        self.fields["scopes"].choices = [(scope, scope_label(scope)) for scope in grantable]  # type: ignore[attr-defined]
        self.fields["domains"].choices = [(host, host) for host in hosts]  # type: ignore[attr-defined]
        if len(hosts) < 2:
            self.fields["domains"].widget = forms.MultipleHiddenInput()

    def clean(self) -> dict[str, Any]:
        """With a preset, its scopes as far as they can be given."""
        values = super().clean() or {}
        scopes = PRESETS.get(values.get("preset", ""), ("", "", ()))[2]
        if values.get("preset") != "custom":
            wanted = self.grantable if scopes is None else scopes
            values["scopes"] = [scope for scope in wanted if scope in self.grantable]
        return values


def scope_label(scope: str) -> str:
    """`links:write` as people read it."""
    resource, _colon, verb = scope.partition(":")
    return f"{RESOURCES.get(resource, resource)}: {VERBS.get(verb, verb)}"
