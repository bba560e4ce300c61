"""What every page knows about the installation."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shortener.infra.site_settings import current
from shortener.web.access import IMPERSONATOR_KEY


def installation(request: HttpRequest) -> dict[str, object]:
    """Adds `installation` (`site` is what django-allauth's pages have, and theirs would hide ours). Its name is the tag
    `{% site_name %}`: error pages are rendered without a request."""
    now = SimpleLazyObject(current)
    acting = IMPERSONATOR_KEY in request.session if hasattr(request, "session") else False
    return {
        "acting_as": acting,
        "installation": {
            "base_url": settings.BASE_URL,
            "now": now,
            "anonymous_links": SimpleLazyObject(lambda: now.anonymous_links),
            "signup_open": SimpleLazyObject(lambda: now.signup == "open"),
        },
    }
