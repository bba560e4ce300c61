"""Statistics: pages, files and live streams of a link and of a workspace."""

from django.urls import include, path

from shortener.web.views.stats import files, pages, public

of_link = [
    path("", pages.of_link, name="link"),
    path("live", pages.live_of_link, name="link-live"),
    path("publish", public.publish, name="link-publish"),
    path("stats.csv", files.series_of_link, name="link-csv"),
    path("lists.csv", files.lists_of_link, name="link-lists"),
    path("clicks.csv", files.clicks_of_link, {"kind": "csv"}, name="link-clicks-csv"),
    path("clicks.ndjson", files.clicks_of_link, {"kind": "ndjson"}, name="link-clicks-ndjson"),
]
urlpatterns = [
    path("app/stats", pages.of_workspace, name="stats"),
    path("app/stats.csv", files.series_of_workspace, name="stats-csv"),
    path("app/lists.csv", files.lists_of_workspace, name="stats-lists"),
    path("app/clicks.csv", files.clicks_of_workspace, {"kind": "csv"}, name="clicks-csv"),
    path("app/clicks.ndjson", files.clicks_of_workspace, {"kind": "ndjson"}, name="clicks-ndjson"),
    path("app/live", pages.live_of_workspace, name="live"),
    path("app/links/<link_id>/", include(of_link)),
]
