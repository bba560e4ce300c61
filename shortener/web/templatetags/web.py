"""Tags and filters of the pages: `{% load web %}`."""

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.exceptions import TemplateSyntaxError
from django.template.library import SimpleNode
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import get_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy as _

from shortener.web import brand
from shortener.web.themes import theme_of

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """What this installation calls itself."""
    return str(settings.SITE_NAME or _("Shortener"))


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The languages of the pages, each by the name that it has for itself."""
    return list(settings.LANGUAGES)


@register.simple_tag
def site_logo() -> str:
    """The address of its logo."""
    if not settings.SITE_LOGO:
        return static("web/logo.svg")
    return reverse("web:logo", query={"v": brand.logo(settings.SITE_LOGO).version})


@register.simple_tag
def accent_sheet() -> str:
    """The address of the style sheet with its accent colour; empty when that is ours."""
    if not settings.ACCENT_COLOR:
        return ""
    return reverse("web:accent", query={"v": brand.version(brand.accent_css(settings.ACCENT_COLOR).encode())})


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """What the visitor has chosen: `light` or `dark`; empty for what the system prefers."""
    request = context.get("request")  # error pages are rendered without one
    return theme_of(request) if request else ""


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A picture of `icons.svg`, of the text's colour and about its size; the words stand beside it. Made once: a list
    has hundreds of them, and the file has one address as long as the process lives."""
    address = static("web/icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', address, name
    )


@register.tag
def fixed(parser: Parser, token: Token) -> Node:
    """`{% fixed %}…{% endfixed %}`: words and pictures that are the same on every page in a language. They are rendered
    once, not for every row of a list. Raises `TemplateSyntaxError` for anything that could be another the next time."""
    nodes = parser.parse(("endfixed",))
    parser.delete_first_token()
    if changing := [node for node in nodes if not _is_fixed(node)]:
        raise TemplateSyntaxError(f"{changing[0]!r} may be another each time: not in {{% {token.contents} %}}")
    return FixedNode(nodes)


class FixedNode(Node):
    """What stands between the two tags, kept by language for as long as the template is."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._said: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The same text as before, if there was one."""
        language = get_language()
        said = self._said.get(language)
        if said is None:
            said = self._said[language] = self.nodelist.render(context)
        return said


def _is_fixed(node: Node) -> bool:
    if isinstance(node, TranslateNode):
        return not node.asvar and _is_literal(node.filter_expression)
    if isinstance(node, SimpleNode):
        given = (*node.args, *node.kwargs.values())
        return not node.takes_context and not node.target_var and all(_is_literal(value) for value in given)
    if isinstance(node, URLNode):
        return not (node.args or node.kwargs or node.asvar) and _is_literal(node.view_name)
    return isinstance(node, TextNode)


def _is_literal(value: FilterExpression) -> bool:
    return not value.filters and getattr(value.var, "lookups", None) is None


@register.filter
def grouped(number: int) -> str:
    """`number` as people write it: 12,345."""
    if get_format("NUMBER_GROUPING") == 3:  # what `number_format` would say; a page of statistics has hundreds of them
        return f"{number:,}".replace(",", get_format("THOUSAND_SEPARATOR"))
    return number_format(number, decimal_pos=0, force_grouping=True)
