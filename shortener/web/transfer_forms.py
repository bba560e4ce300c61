"""Forms of imports and exports."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from shortener.infra.uploads import LARGE_FILE
from shortener.links.transfer.jobs import Options
from shortener.links.transfer.mapping import FIELDS
from shortener.web.forms import ADDRESS, ServiceForm, Tags

KINDS = [
    ("", gettext_lazy("Find out")),
    ("csv", "CSV"),
    ("json", "JSON, NDJSON"),
    ("bitly", gettext_lazy("Bitly, export as CSV")),
    ("yourls", gettext_lazy("YOURLS, SQL dump or JSON of its API")),
    ("shlink", gettext_lazy("Shlink, JSON of its API")),
    ("kutt", gettext_lazy("Kutt, JSON of its API")),
]
SITES = [("shlink", "Shlink"), ("kutt", "Kutt"), ("yourls", "YOURLS")]
TAKEN = [
    ("skip", gettext_lazy("Leave those rows out")),
    ("rename", gettext_lazy("Make up another name")),
    ("fail", gettext_lazy("Count them as mistakes")),
]


class UploadForm(ServiceForm):
    """A file of links."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV, JSON or an SQL dump of YOURLS; at most 250 MB.")
    )
    source = forms.ChoiceField(label=gettext_lazy("What it is"), choices=KINDS, required=False)

    def clean_file(self) -> Any:
        """The file, if it is not too large."""
        file = self.cleaned_data["file"]
        if file.size > LARGE_FILE:
            raise forms.ValidationError(_("The file is too large. Import it in parts."))
        return file


class FetchForm(ServiceForm):
    """Another shortener."""

    source = forms.ChoiceField(label=gettext_lazy("What runs there"), choices=SITES)
    url = forms.CharField(
        label=gettext_lazy("Its address"),
        required=False,
        widget=forms.TextInput(attrs={**ADDRESS, "placeholder": "https://s.example.org"}),
    )
    key = forms.CharField(
        label=gettext_lazy("A key of its API"),
        required=False,
        help_text=gettext_lazy("For YOURLS, the secret signature token. Forgotten as soon as it was asked."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class OptionsForm(ServiceForm):
    """How rows become links: what each column is, and what goes for all of them."""

    taken = forms.ChoiceField(
        label=gettext_lazy("Rows whose name is taken"), choices=TAKEN, initial="skip", widget=forms.RadioSelect
    )
    domain = forms.ChoiceField(label=gettext_lazy("Domain"), required=False)
    tags = Tags(
        label=gettext_lazy("Tags for all of them"), required=False, help_text=gettext_lazy("Separated by commas.")
    )

    def __init__(
        self, data: Any = None, *, columns: Sequence[str], kept: Mapping[str, Any], hosts: Iterable[str]
    ) -> None:
        """`kept`: the options as they are now; `hosts`: the domains to choose from."""
        initial = {"taken": kept["taken"], "domain": kept["domain"], "tags": kept["tags"]}
        super().__init__(data, initial=initial)
        self._columns = list(columns)
        choices = [("", _("As the rows say, else the usual one")), *((host, host) for host in hosts)]
        self.fields["domain"].choices = choices  # type: ignore[attr-defined]
        field_of = {column: field for field, column in kept.get("mapping", {}).items()}
        for number, column in enumerate(self._columns):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=column, required=False, choices=[("", _("Leave it out")), *FIELDS.items()],
                initial=field_of.get(column, ""),
            )  # fmt: skip

    def columns(self) -> list[tuple[str, forms.BoundField]]:
        """Each column, and the field that says what it is."""
        return [(column, self[f"column-{number}"]) for number, column in enumerate(self._columns)]

    def clean(self) -> dict[str, Any]:
        """No field comes from two columns."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = [cleaned.get(f"column-{number}") for number in range(len(self._columns))]
        for number, field in enumerate(chosen):
            if field and field in chosen[:number]:
                self.add_error(f"column-{number}", _("Another column is that already."))
        return cleaned

    def options(self) -> Options:
        """What was chosen."""
        values = self.cleaned_data
        mapping = dict.fromkeys(FIELDS, "") | {
            values[f"column-{number}"]: column
            for number, column in enumerate(self._columns)
            if values.get(f"column-{number}")
        }
        return Options(mapping=mapping, taken=values["taken"], domain=values["domain"], tags=values["tags"])


class ExportForm(ServiceForm):
    """What is exported, and how."""

    format = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[("csv", gettext_lazy("CSV, for spreadsheets")), ("json", "JSON"), ("ndjson", "NDJSON")],
        initial="csv",
    )
    tag = forms.CharField(
        label=gettext_lazy("Only links with the tag"), required=False, help_text=gettext_lazy("Left empty: all links.")
    )
