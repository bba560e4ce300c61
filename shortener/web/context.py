"""What every page knows about the installation."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Adds `site`. Its name is the tag `{% site_name %}`: error pages are rendered without a request."""
    return {
        "site": {
            "base_url": settings.BASE_URL,
            "anonymous_links": settings.ANONYMOUS_LINKS,
            "signup_open": settings.SIGNUP_OPEN,
        }
    }
