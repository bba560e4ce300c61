"""Forms about domains. What values are right, the services decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shortener.links.models import RedirectStatus
from shortener.web.forms import ADDRESS, ServiceForm


class NewDomainForm(ServiceForm):
    """Another domain."""

    host = forms.CharField(
        label=_("Host name"),
        required=False,
        help_text=_("As go.example.org. You prove afterwards that it is yours."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class DomainForm(ServiceForm):
    """How a domain behaves."""

    root_url = forms.CharField(
        label=_("Where the bare domain leads"), required=False, widget=forms.TextInput(attrs=ADDRESS)
    )
    not_found_url = forms.CharField(
        label=_("Where unknown names lead"), required=False, widget=forms.TextInput(attrs=ADDRESS)
    )
    expired_url = forms.CharField(
        label=_("Where links lead that are over"), required=False, widget=forms.TextInput(attrs=ADDRESS)
    )
    default_status = forms.TypedChoiceField(
        label=_("Redirect of new links"), choices=RedirectStatus.choices, coerce=int
    )
    robots = forms.CharField(label=_("robots.txt"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    case_sensitive = forms.BooleanField(label=_("“Name” and “name” are two links"), required=False)
    is_preferred = forms.BooleanField(label=_("New links get this domain"), required=False)

    COLUMNS = (
        "root_url", "not_found_url", "expired_url", "default_status", "robots", "case_sensitive",
    )  # fmt: skip
