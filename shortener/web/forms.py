"""Forms turn text into values. What values are right, the services decide; their messages end up at our fields."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from shortener.infra.errors import Refused
from shortener.links.models import Report

ADDRESS = {
    "inputmode": "url",
    "autocomplete": "off",
    "autocapitalize": "none",
    "spellcheck": "false",
    "dir": "ltr",
    "placeholder": "https://example.com/a/long/address",
}


zone_shown = lazy(timezone.get_current_timezone_name, str)  # said beside times: the reader's


class Tags(forms.CharField):
    """Words with commas between them."""

    def to_python(self, value: Any) -> Any:
        """A list of tag names."""
        text = value if isinstance(value, str) else ",".join(value or ())
        return [name for part in text.split(",") if (name := part.strip())]

    def prepare_value(self, value: Any) -> Any:
        """The text in the field."""
        return value if isinstance(value, str) else ", ".join(value or ())

    def run_validators(self, value: Any) -> None:
        """The services look at each name."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other names are there, in whatever order."""
        return set(initial or ()) != set(self.to_python(data))


def minute_picker() -> forms.DateTimeInput:
    """The browser's own picker of a date and a time to the minute."""
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class Moment(forms.DateTimeField):
    """A date and a time to the minute, in the reader's zone, in the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=minute_picker(), **kwargs)


class Rules(forms.JSONField):
    """Rules as the API takes them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 8, "spellcheck": "false", "class": "code"}
        super().__init__(required=False, widget=forms.Textarea(attrs=attrs), encoder=_Indented, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The text in the field; none for no rules."""
        return super().prepare_value(value) if value else ""

    def clean(self, value: Any) -> Any:
        """A list; what is in it, the service looks at."""
        rules = super().clean(value) or []
        if not isinstance(rules, list):
            raise forms.ValidationError(_("Rules are a list: [ … ]."))
        return rules


class _Indented(json.JSONEncoder):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "indent": 2, "ensure_ascii": False})


class ServiceForm(forms.Form):
    """A form whose rules live in a service."""

    use_required_attribute = False  # "Enter the address to shorten" beats the browser's bubble

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def take(self, error: Refused) -> None:
        """Show the service's messages, each next to its field."""
        for field, messages in error.errors.items():
            self.add_error(field if field in self.fields else None, messages)


LASTS = {
    "hour": (_("In an hour"), timedelta(hours=1)),
    "day": (_("In a day"), timedelta(days=1)),
    "week": (_("In a week"), timedelta(days=7)),
    "month": (_("In 30 days"), timedelta(days=30)),
    "year": (_("In a year"), timedelta(days=365)),
}


# While a name is typed, htmx asks whether it is free.
LOOKED_UP = {
    "hx-trigger": "input changed delay:300ms",
    "hx-target": "#slug-state",
    "hx-sync": "this:replace",
}


class NewLinkForm(ServiceForm):
    """The one field, and what else may be said about a new link."""

    retry_after = 0  # seconds, for a visitor who has made too many

    url = forms.CharField(label=_("Long address"), required=False, widget=forms.TextInput(attrs=ADDRESS))
    domain = forms.CharField(label=_("Domain"), required=False)
    slug = forms.CharField(
        label=_("Name"),
        required=False,
        help_text=_("What stands behind the slash. Left empty, we make one up."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("Title"), required=False, help_text=_("For you; visitors do not see it."))
    tags = Tags(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    folder = forms.ChoiceField(label=_("Folder"), required=False)
    lasts = forms.ChoiceField(
        label=_("Expires"),
        required=False,
        choices=[("", _("Never")), *((key, name) for key, (name, _span) in LASTS.items())],
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        help_text=_("Visitors are asked for it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        domains: Iterable[str],
        folders: Mapping[str, str] | None = None,
        fields: Collection[str] | None = None,
        focus: bool = False,
    ) -> None:
        """`domains`: the hosts to choose from; with only one there is nothing to choose. `folders`: names by public ID.
        `fields`: those that are offered beside the first; all of them for None. `focus`: the keyboard begins in the
        first."""
        super().__init__(data)
        self.hosts = list(domains)
        self.fields["domain"].widget = forms.Select(choices=[(host, host) for host in self.hosts])
        for name in set(self.fields) - {"url"} if fields is not None else ():
            if name not in (fields or ()):
                del self.fields[name]
        if len(self.hosts) < 2:
            self.fields.pop("domain", None)
        if folder := self.fields.get("folder"):
            folder.choices = [("", _("In none")), *(folders or {}).items()]  # type: ignore[attr-defined]
            if not folders:
                del self.fields["folder"]
        if focus:
            self.fields["url"].widget.attrs["autofocus"] = True
        if slug := self.fields.get("slug"):
            slug.widget.attrs |= LOOKED_UP | {"hx-get": reverse("web:slug-check")}
            if "domain" in self.fields:
                slug.widget.attrs["hx-include"] = "[name=domain]"

    @property
    def more_is_open(self) -> bool:
        """Whether something in the folded part is filled in or wrong."""
        return any(self[name].errors or self[name].value() for name in self.fields if name not in {"url", "domain"})

    def wanted(self) -> dict[str, Any]:
        """What the service that makes links is to be told."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if lasts := wanted.pop("lasts", ""):
            wanted["active_until"] = timezone.now() + LASTS[lasts][1]
        return {"url": "", **wanted}


class ReportForm(forms.Form):
    """Why a link does harm."""

    use_required_attribute = False
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=Report.Reason.choices, widget=forms.RadioSelect
    )
    details = forms.CharField(
        label=_("Details"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


def pick(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The part of `values` that `names` names."""
    return {name: values[name] for name in names}
