"""Tags and filters of the pages: `{% load web %}`."""

from django import template
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """What this installation calls itself."""
    return str(getattr(settings, "SITE_NAME", "") or _("Shortener"))


@register.filter
def grouped(number: int) -> str:
    """`number` as people write it: 12,345."""
    return number_format(number, decimal_pos=0, force_grouping=True)
