import pytest

from tests.web.reading import Read

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>'


def theme_of(page):
    return page.all("html")[0].get("data-theme")


class TestLightOrDark:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_a_choice_is_kept(self, client, theme):
        answer = client.post("/app/theme", {"theme": theme, "next": "/accounts/login/"}, follow=True)
        assert answer.redirect_chain == [("/accounts/login/", 302)]
        assert theme_of(Read(answer)) == theme
        assert theme_of(Read(client.get("/"))) == theme

    def test_what_the_system_prefers_is_a_choice_too(self, client):
        client.post("/app/theme", {"theme": "dark"})
        client.post("/app/theme", {"theme": "auto"})
        assert theme_of(Read(client.get("/"))) is None

    def test_the_cookie_says_nothing_else(self, client):
        client.cookies["theme"] = 'dark" onload="x'
        assert theme_of(Read(client.get("/"))) is None

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example/", "//evil.example", "javascript:x", "/\\evil.example"]
    )
    def test_nobody_is_sent_elsewhere(self, client, elsewhere):
        assert client.post("/app/theme", {"theme": "dark", "next": elsewhere}).url == "/"

    def test_the_script_stays_on_its_page(self, client):
        assert client.post("/app/theme", {"theme": "dark"}, headers={"X-Requested-With": "fetch"}).status_code == 204

    def test_it_is_never_changed_by_a_link(self, client):
        assert client.get("/app/theme?theme=dark").status_code == 405


class TestBrand:
    def test_ours_needs_no_further_style_sheet(self, client):
        assert "/app/brand/" not in Read(client.get("/")).html
        assert client.get("/app/brand/accent.css").status_code == 404
        assert client.get("/app/brand/logo").status_code == 404

    def test_a_colour_of_ones_own(self, client, settings):
        settings.ACCENT_COLOR = "#ffee00"
        [sheet] = [found["href"] for found in Read(client.get("/")).all("link") if "accent" in found["href"]]
        answer = client.get(sheet)
        assert answer["Content-Type"] == "text/css"
        assert "immutable" in answer["Cache-Control"]
        assert "--accent: light-dark(#" in answer.content.decode()

    def test_another_colour_has_another_address(self, client, settings):
        def address():
            return [found["href"] for found in Read(client.get("/")).all("link") if "accent" in found["href"]]

        settings.ACCENT_COLOR = "#ffee00"
        before = address()
        settings.ACCENT_COLOR = "#ff0000"
        assert address() != before

    def test_a_logo_of_ones_own(self, client, settings, tmp_path):
        (tmp_path / "logo.svg").write_bytes(SVG)
        settings.SITE_LOGO = str(tmp_path / "logo.svg")
        page = Read(client.get("/"))
        [icon] = page.all("link", rel="icon")
        assert page.all("img", src=icon["href"])
        answer = client.get(icon["href"])
        assert (answer.content, answer["Content-Type"]) == (SVG, "image/svg+xml")
        assert client.get("/favicon.ico").url == icon["href"]

    def test_a_logo_runs_no_scripts(self, client, settings, tmp_path):
        (tmp_path / "logo.svg").write_bytes(SVG)
        settings.SITE_LOGO = str(tmp_path / "logo.svg")
        answer = client.get("/app/brand/logo")
        assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_a_name_of_ones_own(self, client, settings):
        settings.SITE_NAME = "Links of <Example>"
        page = Read(client.get("/"))
        assert "Links of <Example>" in page.text
        assert not page.all("example")


class TestStyleGuide:
    def test_staff_see_it(self, staff):
        assert staff.get("/app/styleguide").status_code == 200

    def test_others_do_not(self, signed_in):
        from django.test import Client

        assert signed_in.get("/app/styleguide").status_code == 403
        assert Client().get("/app/styleguide").status_code == 302


def test_pages_of_languages_that_are_written_from_right_to_left_say_so(client, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    assert '<html lang="ar" dir="rtl"' in client.get("/", headers={"Accept-Language": "ar"}).content.decode()
    assert "dir=" not in client.get("/").content.decode().split("<head>")[0]
