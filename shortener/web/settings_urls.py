"""Pages about people and workspaces; part of the namespace `web`."""

from django.urls import path

from shortener.web.views.settings import joining

urlpatterns = [
    path("invitations/<secret>/", joining.join, name="invitation"),
]
