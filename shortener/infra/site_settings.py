"""Settings that an administrator may change while the site runs, over those of the environment."""

from dataclasses import dataclass

from django.conf import settings

from shortener.infra.models import SiteSettings


@dataclass(frozen=True)
class Current:
    """What is in force. `signup`: open, invite or closed."""

    signup: str
    anonymous_links: bool
    anonymous_notice: bool
    announcement: str


def current() -> Current:
    """What is in force now, by one query."""
    row = SiteSettings.objects.filter(pk=SiteSettings.THE_ONE).first() or SiteSettings()
    return Current(
        signup=row.signup or settings.SIGNUP,
        anonymous_links=_or(row.anonymous_links, settings.ANONYMOUS_LINKS),
        anonymous_notice=_or(row.anonymous_notice, settings.ANONYMOUS_NOTICE),
        announcement=row.announcement,
    )


def _or(chosen: bool | None, otherwise: bool) -> bool:
    return otherwise if chosen is None else chosen
