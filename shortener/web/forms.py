"""Forms turn text into values. What values are right, the services decide; their messages end up at our fields."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shortener.links.errors import LinkError
from shortener.links.models import Link, RedirectStatus
from shortener.links.queries import shown_destination

ADDRESS = {
    "inputmode": "url",
    "autocomplete": "off",
    "autocapitalize": "none",
    "spellcheck": "false",
    "placeholder": "https://example.com/a/long/address",
}


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


class Moment(forms.DateTimeField):
    """A date and a time to the minute, in UTC, in the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(required=False, widget=widget, **kwargs)


class ServiceForm(forms.Form):
    """A form whose rules live in a service."""

    use_required_attribute = False  # "Enter the address to shorten" beats the browser's bubble

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def take(self, error: LinkError) -> None:
        """Show the service's messages, each next to its field."""
        for field, messages in error.errors.items():
            self.add_error(field if field in self.fields else None, messages)


class ShortenForm(ServiceForm):
    """The one field. A page that is there for it alone, so the keyboard begins in it."""

    url = forms.CharField(
        label=_("Long address"), required=False, widget=forms.TextInput(attrs={**ADDRESS, "autofocus": True})
    )


class CreateForm(ServiceForm):
    """The one field, and what else may be said about a new link."""

    url = forms.CharField(label=_("Long address"), required=False, widget=forms.TextInput(attrs=ADDRESS))
    slug = forms.CharField(
        label=_("Name"),
        required=False,
        help_text=_("What stands behind the slash. Left empty, we make one up."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("Title"), required=False, help_text=_("For you; visitors do not see it."))
    tags = Tags(label=_("Tags"), required=False, help_text=_("Separated by commas."))


class EditForm(ServiceForm):
    """Everything that can be changed about a link."""

    url = forms.CharField(label=_("Destination"), required=False, widget=forms.TextInput(attrs=ADDRESS))
    title = forms.CharField(label=_("Title"), required=False, help_text=_("For you; visitors do not see it."))
    tags = Tags(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    status = forms.TypedChoiceField(
        label=_("Redirect"),
        choices=RedirectStatus.choices,
        coerce=int,
        help_text=_("302 suits nearly every link: browsers ask again each time, so edits work at once."),
    )
    active_from = Moment(label=_("Active from"), help_text=_("UTC"))
    active_until = Moment(label=_("Active until"), help_text=_("UTC"))
    click_limit = forms.IntegerField(
        label=_("Click limit"), required=False, help_text=_("After so many clicks the link stops working.")
    )

    @classmethod
    def of(cls, link: Link, data: Any = None) -> "EditForm":
        """The form for `link`, filled in with what it is now or with `data`."""
        initial = {
            "url": shown_destination(link.destination),
            "title": link.title,
            "tags": sorted(tag.name for tag in link.tags.all()),
            "status": link.status,
            "active_from": _to_the_minute(link.active_from),
            "active_until": _to_the_minute(link.active_until),
            "click_limit": link.click_limit,
        }
        return cls(data, initial=initial)

    def changes(self) -> dict[str, Any]:
        """The fields that were changed; the others are not to be touched (times keep their seconds)."""
        return pick(self.cleaned_data, self.changed_data)


def pick(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The part of `values` that `names` names."""
    return {name: values[name] for name in names}


def _to_the_minute(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(second=0, microsecond=0)
