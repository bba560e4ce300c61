from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from shortener.web.views import bulk, home, impersonation, links, look, rows

app_name = "web"

one_link: list[URLPattern | URLResolver] = [
    path("row", rows.row, name="link-row"),
    path("", include("shortener.web.views.link.urls")),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", home.favicon, name="favicon"),
    path("app/slug-check", home.slug_check, name="slug-check"),
    path("app/forget-recent", home.forget_recent, name="forget-recent"),
    path("app/", links.links, name="links"),
    path("app/language", set_language, name="language"),
    path("app/act-as/stop", impersonation.stop, name="stop-acting"),
    path("app/bulk", bulk.bulk, name="bulk"),
    path("app/links.csv", bulk.as_csv, name="links-csv"),
    path("app/undo", bulk.undo, name="undo"),
    path("app/theme", look.choose_theme, name="theme"),
    path("app/brand/accent.css", look.accent, name="accent"),
    path("app/brand/logo", look.logo, name="logo"),
    path("app/styleguide", look.styleguide, name="styleguide"),
    path("app/links/<link_id>/", include(one_link)),
    path("", include("shortener.web.stats_urls")),
    path("app/", include("shortener.web.transfer_urls")),
    path("", include("shortener.web.settings_urls")),
]
