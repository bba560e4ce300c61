"""What stands above every page of a link: what it is, and the way to its other pages."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shortener.accounts.policy import role_allows
from shortener.links.models import Link
from shortener.web.access import SignedInRequest
from shortener.web.shown import shown

TABS = {
    "stats": ("web:link", _("Statistics")),
    "edit": ("web:link-edit", _("Edit")),
    "rules": ("web:link-rules", _("Rules")),
    "qr": ("web:link-qr-code", _("QR code")),
    "history": ("web:link-history", _("History")),
}
FOR_WRITERS = frozenset({"edit"})


@dataclass(frozen=True)
class Tab:
    """A page of the link, by name and address."""

    label: str
    url: str
    is_current: bool


def head(request: SignedInRequest, link: Link, current: str) -> dict[str, Any]:
    """What `web/_link_head.html` shows of a link from `link_or_404`, on the page named `current` (a key
    of TABS). `may_edit`: whether the visitor may change this link."""
    may_edit = role_allows(request.link_role, "links:write")
    tabs = [
        Tab(str(label), reverse(name, args=[link.public_id]), key == current)
        for key, (name, label) in TABS.items()
        if may_edit or key not in FOR_WRITERS
    ]
    return {"item": shown(link), "tabs": tabs, "may_edit": may_edit}
