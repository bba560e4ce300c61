"""What dimensions and their values are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from shortener.accounts.models import Workspace
from shortener.clicks.event import orphans_of
from shortener.clicks.models import Dimension
from shortener.infra import public_id
from shortener.links.domains import hosts_of
from shortener.links.models import Link
from shortener.links.queries import links_numbered
from shortener.web.world import country_name, flag, language_name

Text = str | Promise
UNKNOWN = _("Unknown")


@dataclass(frozen=True)
class Named:
    """A dimension: its title, the word on its tab, and what its empty value means."""

    title: Text
    short: Text
    unknown: Text = UNKNOWN


@dataclass(frozen=True)
class Group:
    """Dimensions that share a card."""

    key: str
    title: Text
    dimensions: tuple[Dimension, ...]


NAMES: Mapping[Dimension, Named] = {
    Dimension.COUNTRY: Named(_("Countries"), _("Countries")),
    Dimension.REGION: Named(_("Regions"), _("Regions")),
    Dimension.CITY: Named(_("Cities"), _("Cities")),
    Dimension.DEVICE: Named(_("Devices"), _("Devices")),
    Dimension.BROWSER: Named(_("Browsers"), _("Browsers")),
    Dimension.OS: Named(_("Operating systems"), _("Systems")),
    Dimension.LANGUAGE: Named(_("Languages"), _("Languages")),
    Dimension.REFERRER: Named(_("Referrers"), _("Referrers"), _("Direct or unknown")),
    Dimension.SOURCE: Named(_("Sources"), _("Sources"), _("None of those we know")),
    Dimension.UTM_CAMPAIGN: Named(_("Campaigns"), _("Campaigns"), _("None")),
    Dimension.UTM_SOURCE: Named(_("Campaign sources"), _("Source"), _("None")),
    Dimension.UTM_MEDIUM: Named(_("Campaign media"), _("Medium"), _("None")),
    Dimension.UTM_TERM: Named(_("Campaign terms"), _("Term"), _("None")),
    Dimension.UTM_CONTENT: Named(_("Campaign contents"), _("Content"), _("None")),
    Dimension.DESTINATION: Named(_("Destinations"), _("Destinations"), _("The link’s own")),
    Dimension.CHANNEL: Named(_("Channels"), _("Channels"), _("The short link")),
    Dimension.LINK: Named(_("Links"), _("Links")),
}
WHERE = Group("where", _("Where"), (Dimension.COUNTRY, Dimension.REGION, Dimension.CITY))
FROM = Group("from", pgettext_lazy("where clicks come from", "From"), (Dimension.REFERRER, Dimension.SOURCE))
HOW = Group("how", _("How"), (Dimension.DEVICE, Dimension.BROWSER, Dimension.OS, Dimension.LANGUAGE))
CAMPAIGN = Group(
    "campaign",
    _("Campaign"),
    (
        Dimension.UTM_CAMPAIGN,
        Dimension.UTM_SOURCE,
        Dimension.UTM_MEDIUM,
        Dimension.UTM_TERM,
        Dimension.UTM_CONTENT,
    ),
)
WHERETO = pgettext_lazy("where clicks go", "To")
TO = Group("to", WHERETO, (Dimension.DESTINATION, Dimension.CHANNEL))
TO_LINKS = Group("to", WHERETO, (Dimension.LINK, Dimension.DESTINATION, Dimension.CHANNEL))
FOR_LINK = (WHERE, FROM, HOW, CAMPAIGN, TO)
FOR_MANY = (TO_LINKS, WHERE, FROM, HOW, CAMPAIGN)
# Anybody may see these: no places so small, and no addresses or words, that they could point to a person or a plan.
FOR_ANYBODY = (
    Group("where", _("Where"), (Dimension.COUNTRY,)),
    Group("from", pgettext_lazy("where clicks come from", "From"), (Dimension.SOURCE, Dimension.REFERRER)),
    HOW,
)
DEVICES = {"desktop": _("Desktop"), "mobile": _("Mobile"), "tablet": _("Tablet")}
CHANNELS = {"qr": _("QR code")}


@dataclass(frozen=True)
class Value:
    """A value as people read it. If it is a link: its public ID, and the host that `text` begins with."""

    text: str
    country: str = ""  # code
    link: str = ""
    host: str = ""

    @property
    def flag(self) -> str:
        """That of the country, an emoji."""
        return flag(self.country)

    @property
    def slug(self) -> str:
        """What follows the host, with the slash."""
        return self.text.removeprefix(self.host)


@dataclass(frozen=True)
class Names:
    """Names of values. `links`: those of the links that are among them, by number."""

    links: Mapping[int, Link] = field(default_factory=dict)
    domains: Mapping[int, str] = field(default_factory=dict)  # hosts, by what their orphan visits count for

    @classmethod
    def in_workspace(cls, workspace: Workspace, numbers: Iterable[int]) -> "Names":
        """Able to name the links of these numbers that are in `workspace` as well, at the price of a query or two."""
        wanted = set(numbers)
        links = links_numbered(workspace, wanted) if wanted else {}
        hosts = hosts_of(workspace) if any(number < 0 for number in wanted) else {}
        return cls(links, {orphans_of(domain_id): host for domain_id, host in hosts.items()})

    def of(self, dimension: Dimension, value: str) -> Value:
        """What `value` of `dimension` is called."""
        if not value:
            return Value(str(NAMES[dimension].unknown))
        match dimension:
            case Dimension.COUNTRY:
                return Value(country_name(value), value)
            case Dimension.REGION | Dimension.CITY:
                name, _comma, country = value.rpartition(", ")
                return Value(f"{name}, {country_name(country)}" if name else value, country if name else "")
            case Dimension.LANGUAGE:
                return Value(language_name(value))
            case Dimension.DEVICE:
                return Value(str(DEVICES.get(value, value)))
            case Dimension.CHANNEL:
                return Value(str(CHANNELS.get(value, value)))
            case Dimension.DESTINATION:
                return Value(value.partition("://")[2] or value)
            case Dimension.LINK:
                return self._link(int(value))
            case _:
                return Value(value)

    def _link(self, number: int) -> Value:
        if link := self.links.get(number):
            return Value(str(link), link="" if link.deleted_at else link.public_id, host=link.domain.host)
        if host := self.domains.get(number):
            return Value(str(_("%(host)s, no such link")) % {"host": host})
        return Value(str(_("A link that is gone")))


def filter_value(dimension: Dimension, value: str) -> str:
    """`value` as it stands in addresses: links by their public ID."""
    return public_id.encode("link", int(value)) if dimension == Dimension.LINK and value and int(value) > 0 else value
