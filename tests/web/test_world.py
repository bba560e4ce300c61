import pytest
from django.utils.translation import override

from shortener.web.world import country_name, flag, language_name


@pytest.mark.parametrize(("language", "name"), [("en-gb", "Germany"), ("de", "Deutschland"), ("xx", "Germany")])
def test_countries_are_named_in_the_readers_language(language, name):
    with override(language):
        assert country_name("DE") == name


@pytest.mark.parametrize(
    ("tag", "name"), [("de", "German"), ("pt-BR", "Portuguese (Brazil)"), ("qqq", "qqq"), ("", "")]
)
def test_languages_are_named(tag, name):
    with override("en-gb"):
        assert language_name(tag) == name


@pytest.mark.parametrize("nonsense", ["", "D", "DEU", "1A", "ÄÖ"])
def test_what_is_no_country_has_no_flag_and_keeps_its_code(nonsense):
    assert flag(nonsense) == ""
    assert country_name(nonsense) == nonsense


def test_flags_are_made_of_letters():
    assert flag("de") == "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
