"""The simulator: a visitor is described in a form, and what would happen is told rule by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from shortener.links.models import Link
from shortener.redirects.simulate import Choice, Outcome, Persona, Simulation, simulate
from shortener.web.rule_editor.kinds import DEVICES
from shortener.web.rule_editor.moments import PICKER
from shortener.web.rule_editor.words import condition_in_words

PREFIX = "as"
TEXT_LIMIT = 500  # characters
YEARS = range(1970, 9000)  # that every time zone can tell
STATES = {
    "active": gettext_lazy("Nothing: what stands behind the name cannot be appended."),
    "scheduled": gettext_lazy("A page that says that the link does not work yet."),
    "expired": gettext_lazy("A page that says that the link has expired."),
    "exhausted": gettext_lazy("A page that says that the link is used up."),
    "archived": gettext_lazy("A page that says that the link was put aside."),
    "disabled": gettext_lazy("A page that says that the link was switched off."),
}
BEFORE = {
    "password": gettext_lazy("The visitor is asked for the password first."),
    "notice": gettext_lazy("The visitor is told first where the link leads."),
    "app": gettext_lazy("A page opens the app first, if it is there."),
}


@dataclass(frozen=True)
class TriedCondition:
    """A condition in words, whether it held, and why."""

    words: str
    holds: bool
    why: str


@dataclass(frozen=True)
class TriedRule:
    """A rule, how it turned out in words, and its parts."""

    title: str
    verdict: str
    holds: bool
    decided: bool
    conditions: list[TriedCondition]
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Trial:
    """What a visitor would meet: an address with a status, or `page`, what a page would say; and why."""

    destination: str
    status: int
    page: str
    why: str
    before: list[str]
    rules: list[TriedRule]


def _text(label: Any, **attrs: str) -> forms.CharField:
    plain = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, required=False, max_length=TEXT_LIMIT, widget=forms.TextInput(attrs={**plain, **attrs})
    )


class PersonaForm(forms.Form):
    """Who comes, from where, and when."""

    use_required_attribute = False
    device = forms.ChoiceField(label=gettext_lazy("Device"), required=False)
    country = _text(gettext_lazy("Country"), placeholder="DE", maxlength="2")
    language = _text(gettext_lazy("Language"), placeholder="de")
    at = forms.CharField(
        label=gettext_lazy("Time"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    zone = _text(gettext_lazy("Time zone"), list="zones")
    browser = _text(gettext_lazy("Browser"), placeholder="Firefox")
    os = _text(gettext_lazy("Operating system"))
    referrer = _text(gettext_lazy("Referrer"), placeholder="news.example.org")
    query = _text(gettext_lazy("Query"), placeholder="source=poster")
    path = _text(gettext_lazy("Path behind the name"), placeholder="/more")
    region = _text(gettext_lazy("Region"))
    city = _text(gettext_lazy("City"))
    address = _text(gettext_lazy("IP address"), placeholder="192.0.2.7")
    user_agent = _text(gettext_lazy("User agent"))
    is_bot = forms.BooleanField(label=gettext_lazy("A crawler or preview"), required=False)

    FIRST = ("device", "country", "language", "at", "zone")

    def __init__(self, data: Any = None) -> None:
        """`data`: what was posted, if the form was there."""
        super().__init__(data, prefix=PREFIX, label_suffix="", initial={"zone": timezone.get_current_timezone_name()})
        self.fields["device"].choices = [("", _("Any")), *DEVICES.items()]  # type: ignore[attr-defined]

    @property
    def first(self) -> list[forms.BoundField]:
        """What is asked of everybody."""
        return [self[name] for name in self.FIRST]

    @property
    def more(self) -> list[forms.BoundField]:
        """What few rules ask about."""
        return [self[name] for name in self.fields if name not in self.FIRST]

    @property
    def more_is_open(self) -> bool:
        """Whether something of that is filled in or wrong."""
        return any(field.errors or (self.is_bound and field.value()) for field in self.more)

    def clean_zone(self) -> str:
        """A time zone that exists; the reader's for none."""
        zone = str(self.cleaned_data["zone"]) or timezone.get_current_timezone_name()
        if zone not in available_timezones():
            raise forms.ValidationError(_("“%(value)s” is not a time zone such as Europe/Berlin.") % {"value": zone})
        return zone

    def clean_country(self) -> str:
        """Two letters, or nothing."""
        country = str(self.cleaned_data["country"])
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError(_("A country is two letters, such as DE (ISO 3166-1)."))
        return country

    def clean(self) -> dict[str, Any]:
        """The time in its zone."""
        said: dict[str, Any] = super().clean() or {}
        if (text := said.get("at")) and "zone" in said:
            try:
                moment = forms.DateTimeField().to_python(text)
            except forms.ValidationError:
                moment = None
            if moment is None or moment.year not in YEARS:
                moment = None
                self.add_error("at", _("Give a date and a time of day."))
            said["at"] = moment and moment.replace(tzinfo=ZoneInfo(said["zone"]))
        return said

    def persona(self) -> Persona:
        """Who was described. The form is valid."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "zone"}
        return Persona(**{**said, "at": said["at"] or None})

    @property
    def now(self) -> str:
        """This minute, for the field of the time."""
        return timezone.localtime().strftime(PICKER)


def tried(link: Link, persona: Persona, rules: Sequence[Mapping[str, Any]]) -> Trial:
    """What `persona` would meet at `link` if it had `rules` (as `parse_rules` gives them)."""
    simulation = simulate(link, persona, rules)
    return Trial(
        destination=simulation.destination,
        status=simulation.status,
        page="" if simulation.destination else str(STATES[simulation.state]),
        why=_why(simulation),
        before=[str(BEFORE[page]) for page in simulation.before],
        rules=[_tried(outcome, rules) for outcome in simulation.outcomes],
    )


def _why(simulation: Simulation) -> str:
    if simulation.state != "active":
        return _("The link does not work at that time; its rules are not asked.")
    decided = next((outcome for outcome in simulation.outcomes if outcome.decided), None)
    if decided is None:
        return _("No rule holds, so the visitor goes to the link’s own destination.")
    if decided.number is None:
        return _("The page for this system’s app comes before all rules.")
    return _("Rule %(number)d is the first that holds.") % {"number": decided.number}


def _tried(outcome: Outcome, rules: Sequence[Mapping[str, Any]]) -> TriedRule:
    if outcome.number is None:  # compiled from the link's pages for iOS and Android
        title, said = _("Page for an app"), [_("Device")] * len(outcome.reasons)
    else:
        title = _("Rule %(number)d") % {"number": outcome.number}
        said = [condition_in_words(condition) for condition in rules[outcome.number - 1]["conditions"]]
    conditions = [
        TriedCondition(words, reason.holds, reason.words) for words, reason in zip(said, outcome.reasons, strict=True)
    ]
    return TriedRule(title, _verdict(outcome), outcome.holds, outcome.decided, conditions, outcome.choices)


def _verdict(outcome: Outcome) -> str:
    if outcome.decided:
        return _("Holds, and decides")
    return _("Holds, but another decides before it") if outcome.holds else _("Does not hold")
