"""Addresses below that of a link."""

from django.urls import path

from shortener.web.views.link import delete, edit, history, qr, rules

urlpatterns = [
    path("edit", edit.edit, name="link-edit"),
    path("archive", edit.archive, name="link-archive"),
    path("delete", delete.delete, name="link-delete"),
    path("deleted", delete.deleted, name="link-deleted"),
    path("rules", rules.rules, name="link-rules"),
    path("rules.json", rules.rules_json, name="link-rules-json"),
    path("history", history.history, name="link-history"),
    path("history/<int:event_id>/restore", history.restore, name="link-history-restore"),
    path("qr.svg", qr.code, name="link-qr"),
    path("qr", qr.page, name="link-qr-code"),
]
