"""Short links, behind every page's address: what is not theirs can be a slug."""

from django.urls import path, register_converter

from shortener.links.slugs import is_reserved
from shortener.web.views import visit
from shortener.web.views.stats import public


class SlugConverter:
    """A slug that is no page's first segment."""

    regex = "[A-Za-z0-9_-]{2,64}"

    def to_python(self, value: str) -> str:
        if is_reserved(value):
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SlugConverter, "short")

app_name = "visit"
urlpatterns = [
    path("<short:slug>", visit.show, name="show"),
    path("<short:slug>+", visit.preview, name="preview"),
    path("<short:slug>+stats", public.show, name="stats"),
]
