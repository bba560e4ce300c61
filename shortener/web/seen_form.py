"""Forms about a link that know who has changed what.

A form is open for a while, and others may save meanwhile. So it carries a digest of what each field showed (`seen`):
what differs from that was typed by this person, what the link says now and did not say then was saved by somebody else.
Only a field that both have changed is a conflict.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from shortener.links.models import Link
from shortener.links.queries import shown_destination
from shortener.web.forms import Moment, ServiceForm, pick


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else has changed as well, and what they have made of it."""

    field: forms.BoundField
    theirs: str


class SeenForm(ServiceForm):
    """See above. Made by `of`."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    link: Link
    conflicts: Mapping[str, Conflict]

    @classmethod
    def of(cls, link: Link, data: Any = None) -> Self:
        """The form for `link`, filled in with what it is now or with `data`."""
        form = cls(data, initial=cls.values_of(link))
        form.link, form.conflicts = link, {}
        form.prepare()
        form.initial["seen"] = form.digests()
        return form

    @classmethod
    def values_of(cls, link: Link) -> dict[str, Any]:
        """What the fields show of `link`."""
        return {
            "url": shown_destination(link.destination),
            "title": link.title,
            "tags": sorted(tag.name for tag in link.tags.all()),
        }

    def prepare(self) -> None:
        """What else depends on the link."""

    def text(self, name: str) -> str:
        """What the field shows, as the browser sends it."""
        field = self[name]
        value = field.value()
        if isinstance(field.field.widget, forms.CheckboxInput):
            return "on" if field.field.widget.check_test(value) else ""
        if isinstance(field.field.widget, forms.Select):
            return "" if value is None else str(value)
        return str(field.field.widget.format_value(value) or "").replace("\r\n", "\n")

    def digests(self) -> str:
        """A few letters for what each field shows, as JSON."""
        return json.dumps({name: _digest(self.text(name)) for name in self.fields if name != "seen"})

    def mine(self) -> set[str]:
        """The fields that this person has changed."""
        seen = self._seen()
        return {name for name in self.changed_data if seen.get(name, "") != _digest(self.text(name))} - {"seen"}

    def theirs(self) -> dict[str, str]:
        """What the link shows now in the fields that somebody else has changed meanwhile."""
        now, seen = self.of(self.link), self._seen()
        shown = {name: now.text(name) for name in now.fields if name in seen}
        return {name: text for name, text in shown.items() if _digest(text) != seen[name]}

    def has_conflicts(self) -> bool:
        """Whether both have changed the same field. Then the form shows this person's values and tells of the others
        (`conflicts`), takes over what somebody else has changed elsewhere, and is as of now."""
        mine, theirs = self.mine(), self.theirs()
        both = {name: theirs[name] for name in mine & theirs.keys()}
        if not both:
            return False
        taken = {name: text for name, text in theirs.items() if name not in mine}
        now = self.of(self.link)
        self.data = with_values(self.data, {**taken, "seen": now.digests()})
        self.conflicts = {name: Conflict(self[name], now.shown(name)) for name in both}
        for conflict in self.conflicts.values():
            conflict.field.help_text = format_html(str(_("Somebody else has set: {}")), conflict.theirs)
        return True

    def shown(self, name: str) -> str:
        """What a field says, for people."""
        value, field = self[name].value(), self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value or "—"))  # type: ignore[arg-type]
        if isinstance(field, forms.BooleanField):
            return str(_("yes") if value else _("no"))
        return self.text(name).replace("T", " ") if isinstance(field, Moment) else self.text(name) or "—"

    def changes(self) -> dict[str, Any]:
        """What the service is asked to change: the fields that this person has changed, and no others."""
        return pick(self.cleaned_data, self.mine())

    def _seen(self) -> Mapping[str, str]:
        try:
            seen = json.loads(self.data.get("seen") or "{}")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}


def with_values(data: Any, values: Mapping[str, str]) -> QueryDict:
    """`data` with other `values`; an unticked box is not sent at all."""
    changed = QueryDict(mutable=True)
    changed.update(data)
    for name, value in values.items():
        changed[name] = value
        if value == "":
            del changed[name]
    return changed


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()
