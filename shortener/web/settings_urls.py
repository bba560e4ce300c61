"""Pages about people and workspaces; part of the namespace `web`."""

from django.urls import include, path

from shortener.web.views.settings import account, audit, domains, joining, keys, labels, members, workspace

settings = [
    path("", workspace.general, name="settings"),
    path("team", workspace.open_to_team, name="workspace-team"),
    path("usage/", workspace.show_usage, name="usage"),
    path("danger/", workspace.danger, name="danger"),
    path("danger/transfer", workspace.transfer, name="workspace-transfer"),
    path("danger/delete", workspace.delete, name="workspace-delete"),
    path("members/", members.members, name="members"),
    path("members/leave", members.member_leave, name="member-leave"),
    path("members/<member_id>/role", members.member_role, name="member-role"),
    path("members/<member_id>/remove", members.member_remove, name="member-remove"),
    path("invitations/<invitation_id>/resend", members.invitation_resend, name="invitation-resend"),
    path("invitations/<invitation_id>/revoke", members.invitation_revoke, name="invitation-revoke"),
    path("domains/", domains.domains, name="domains"),
    path("domains/<domain_id>/", domains.domain, name="domain"),
    path("domains/<domain_id>/verify", domains.verify, name="domain-verify"),
    path("domains/<domain_id>/remove", domains.remove, name="domain-remove"),
    path("labels/", labels.labels, name="labels"),
    path("labels/<kind>/", labels.create, name="label-create"),
    path("labels/<kind>/<label_id>/", labels.change, name="label-change"),
    path("labels/<kind>/<label_id>/give", labels.give, name="label-give"),
    path("labels/<kind>/<label_id>/delete", labels.delete, name="label-delete"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new", keys.new, name="key-new"),
    path("keys/<key_id>/replace", keys.replace, name="key-replace"),
    path("keys/<key_id>/revoke", keys.revoke, name="key-revoke"),
    path("audit/", audit.trail, name="audit"),
    path("audit.csv", audit.as_csv, name="audit-csv"),
    path("account/", account.profile, name="account"),
    path("account/data/", account.data, name="account-data"),
    path("account/data/file", account.export, name="account-file"),
    path("account/delete/", account.delete, name="account-delete"),
    path("account/sessions/<int:session_id>/end", account.end_session, name="session-end"),
]
urlpatterns = [
    path("app/settings/", include(settings)),
    path("app/workspaces/", workspace.workspaces, name="workspaces"),
    path("app/workspaces/new", workspace.new, name="workspace-new"),
    path("app/workspaces/switch", workspace.switch, name="workspace-switch"),
    path("invitations/<secret>/", joining.join, name="invitation"),
]
