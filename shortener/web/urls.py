from django.urls import include, path

from shortener.web.views import home, impersonation, links, look, stats
from shortener.web.views.link import edit, qr

app_name = "web"

one_link = [
    path("", stats.show, name="link"),
    path("qr", qr.page, name="link-qr-code"),
    path("qr.svg", stats.qr_code, name="link-qr"),
    path("live", stats.live, name="link-live"),
    path("edit", edit.edit, name="link-edit"),
    path("archive", edit.archive, name="link-archive"),
    path("delete", edit.delete, name="link-delete"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("favicon.ico", home.favicon),
    path("app/", links.links, name="links"),
    path("app/act-as/stop", impersonation.stop, name="stop-acting"),
    path("app/theme", look.choose_theme, name="theme"),
    path("app/brand/accent.css", look.accent, name="accent"),
    path("app/brand/logo", look.logo, name="logo"),
    path("app/styleguide", look.styleguide, name="styleguide"),
    path("app/links/<link_id>/", include(one_link)),
    path("", include("shortener.web.settings_urls")),
]
