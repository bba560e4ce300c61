"""What every page knows about the installation."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shortener.infra.site_settings import current
from shortener.web.access import IMPERSONATOR_KEY


def site(request: HttpRequest) -> dict[str, object]:
    """Adds `site`. Its name is the tag `{% site_name %}`: error pages are rendered without a request."""
    now = SimpleLazyObject(current)
    acting = IMPERSONATOR_KEY in request.session if hasattr(request, "session") else False
    return {
        "acting_as": acting,
        "site": {
            "base_url": settings.BASE_URL,
            "now": now,
            "anonymous_links": SimpleLazyObject(lambda: now.anonymous_links),
            "signup_open": SimpleLazyObject(lambda: now.signup == "open"),
        },
    }
