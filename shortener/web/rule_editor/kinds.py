"""The kinds of conditions, for people: how each is called and entered."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


@dataclass(frozen=True)
class Kind:
    """One kind of condition. `widget`: how its fields are entered, see `web/_rules_condition.html`; `label`: of the
    kind; `what`: of its values; `example` and `help` of them."""

    name: str
    label: Label
    widget: str
    what: Label = ""
    example: str = ""
    help: Label = ""
    names: str = ""  # what the browser may call the codes that are entered: region, language


DEVICES: dict[str, Label] = {
    "desktop": _("Desktop"),
    "mobile": _("Mobile"),
    "tablet": _("Tablet"),
    "ios": _("iPhone and iPad"),
    "android": _("Android"),
    "windows": _("Windows"),
    "macos": _("macOS"),
    "linux": _("Linux"),
    "chromeos": _("ChromeOS"),
}
WEEKDAYS: dict[str, Label] = {
    "1": _("Monday"),
    "2": _("Tuesday"),
    "3": _("Wednesday"),
    "4": _("Thursday"),
    "5": _("Friday"),
    "6": _("Saturday"),
    "7": _("Sunday"),
}
_ONE_A_LINE = _("One on each line.")
_COMMAS = _("With commas between them.")
_ALL = (
    Kind("device", _("Device"), "devices", _("Devices")),
    Kind("country", _("Country"), "texts", _("Countries"), "DE, AT", _("Two letters each, with commas."), "region"),
    Kind("language", _("Language"), "texts", _("Languages"), "de, pt-BR", _COMMAS, "language"),
    Kind("browser", _("Browser"), "lines", _("Browsers"), "Firefox", _("As statistics show them, one on each line.")),
    Kind("os", _("Operating system"), "lines", _("Operating systems"), "iOS", _("As statistics show them.")),
    Kind("region", _("Region"), "lines", _("Regions"), "Bavaria", _("In English, one on each line.")),
    Kind("city", _("City"), "lines", _("Cities"), "Vienna", _("In English, one on each line.")),
    Kind("referrer", _("Referrer"), "texts", _("Sites they come from"), "example.org", _("Hosts, with commas.")),
    Kind("query", _("Query parameter"), "query", _("Values"), "", _("One on each line; none for any value.")),
    Kind("time", _("Time of day"), "time"),
    Kind("weekday", _("Day of the week"), "weekdays", _("Days")),
    Kind("between", _("Period"), "between"),
    Kind("address", _("IP address"), "texts", _("Addresses or networks"), "192.0.2.0/24, 2001:db8::/32", _COMMAS),
    Kind("bot", _("Bots"), "bot"),
)
KINDS = {kind.name: kind for kind in _ALL}
WITH_COMMAS = frozenset(kind.name for kind in _ALL if kind.widget == "texts")


def choices() -> list[tuple[str, Any]]:
    """For a list of kinds: names and labels."""
    return [(kind.name, kind.label) for kind in _ALL]
