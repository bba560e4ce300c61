import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.templatetags.i18n import TranslateNode
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import override

from shortener.web.shown import Addresses
from shortener.web.templatetags.web import grouped


def template(text):
    return Template("{% load i18n static web %}" + text)


class TestFixed:
    def test_it_says_what_stands_there(self):
        page = template(
            '{% fixed %}<a href="{% url "web:links" %}">{% icon "edit" %}{% translate "Links" %}</a>{% endfixed %}'
        )
        text = page.render(Context())
        assert text.startswith('<a href="/app/"><svg ')
        assert text.endswith('#edit"/></svg>Links</a>')

    def test_it_is_said_in_the_language_of_each_reader(self):
        page = template('{% fixed %}{% translate "Links" %}, {% translate "Statistics" %}{% endfixed %}')
        said = []
        for language in ("en-gb", "de", "en-gb", "de"):
            with override(language):
                said.append(page.render(Context()))
        assert said[0] == said[2] == "Links, Statistics"
        assert said[1] == said[3] == "Links, Statistik"

    def test_a_list_renders_it_once(self, monkeypatch):
        rendered = []
        render = TranslateNode.render
        monkeypatch.setattr(TranslateNode, "render", lambda *args: rendered.append(1) or render(*args))
        page = template(
            '{% for row in rows %}{{ row }} {% fixed %}{% translate "Delete" %}{% endfixed %}. {% endfor %}'
        )
        assert page.render(Context({"rows": [1, 2, 3]})) == "1 Delete. 2 Delete. 3 Delete. "
        assert len(rendered) == 1

    @pytest.mark.parametrize(
        "changing",
        [
            "{{ name }}",
            "{% if name %}x{% endif %}",
            "{% translate name %}",
            '{% translate "Links" as word %}',
            '{% translate "Links"|cut:name %}',
            "{% blocktranslate %}Select {{ name }}{% endblocktranslate %}",
            "{% icon name %}",
            '{% icon "edit" as picture %}',
            "{% theme %}",
            '{% url "web:link" name %}',
            '{% url "web:link" link_id=name %}',
            '{% url "web:links" as address %}',
            "{% url name %}",
            "{% csrf_token %}",
        ],
    )
    def test_what_may_be_another_each_time_is_refused(self, changing):
        with pytest.raises(TemplateSyntaxError, match="may be another each time"):
            template("{% fixed %}" + changing + "{% endfixed %}")


def test_addresses_are_those_of_the_pages():
    found = Addresses(*(pattern % "link_1" for pattern in Addresses.patterns()))
    for name, address in found._asdict().items():
        assert address == reverse("web:" + name.replace("_", "-"), args=["link_1"])


@pytest.mark.parametrize("language", ["en-gb", "de", "fr", "hi"])
@pytest.mark.parametrize("number", [0, 7, 999, 1_000, 12_345, 1_234_567, -54_321])
def test_numbers_are_grouped_as_the_language_does(language, number):
    with override(language):
        assert grouped(number) == number_format(number, decimal_pos=0, force_grouping=True)
