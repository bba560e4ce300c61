"""Every page's address. First segments are reserved: no slug can take them (`shortener/links/slugs.py`)."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from shortener.api.router import api

# One door for everybody: with the second factor, the limits of attempts and the sign-in elsewhere.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "shortener.web.views.mistakes.bad_request"
handler500 = "shortener.web.views.mistakes.server_error"

urlpatterns = [
    path("", include("shortener.web.urls")),
    path("", include("shortener.infra.urls")),
    path("api/v1/", api.urls),
    path("", include("shortener.api.guide")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("shortener.web.visit_urls")),
]
