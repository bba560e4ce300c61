"""Every page of the site, as the URL patterns have them: a new address is a page that has to be looked at, or gets a
reason here why it is none."""

import re
from collections.abc import Callable

from loadtests.site_map import patterns

NO_PAGE: dict[str, tuple[str, ...]] = {
    "answers forms and scripts, and leads back to a page": (
        "web:forget-recent", "web:language", "web:stop-acting", "web:bulk", "web:undo", "web:theme",
        "web:link-archive", "web:link-history-restore", "web:link-publish", "web:workspace-team",
        "web:workspace-transfer", "web:workspace-delete", "web:workspace-switch", "web:member-leave", "web:member-role",
        "web:member-remove", "web:invitation-resend", "web:invitation-revoke", "web:domain-verify", "web:domain-remove",
        "web:label-create", "web:label-change", "web:label-give", "web:label-delete", "web:key-replace", "web:key-revoke",
        "web:session-end", "admin:accounts_user_act_as", "admin:view_on_site", "admin:logout", "admin:login",
        "openid_connect_callback", "mfa_login_webauthn", "mfa_reauthenticate_webauthn",
    ),
    "a file, a picture or a stream": (
        "web:favicon", "web:accent", "web:logo", "web:link-qr", "web:links-csv", "web:stats-csv", "web:stats-lists",
        "web:clicks-csv", "web:clicks-ndjson", "web:live", "web:link-live", "web:link-csv", "web:link-lists",
        "web:link-clicks-csv", "web:link-clicks-ndjson", "web:import-problems", "web:export-file", "web:account-file",
        "web:audit-csv", "guide:llms", "mfa_download_recovery_codes",
    ),
    "for programs": (
        r"api-v1:(?!openapi-view|errors).*", "health-live", "health-ready", "metrics", "admin:autocomplete",
        "admin:jsi18n",
    ),
    "a part of a page, and looked at there": ("web:slug-check", "web:link-row"),
    "another address of a page, which it leads to": (r"(admin)?:?", "admin:password_change.*", "admin:infra_sitesettings_changelist"),
    "nobody may": (
        r"admin:infra_sitesettings_(add|delete)", "admin:accounts_apikey_add", r"admin:accounts_auditevent_(add|delete)",
        r"admin:links_report_(add|delete)", r"admin:procrastinate_procrastinatejob_(add|delete)",
    ),
    "not offered here": ("account_confirm_login_code", "account_set_password", "socialaccount_signup"),
    "the middle of a journey, and looked at there": ("mfa_authenticate", "mfa_edit_webauthn", "mfa_remove_webauthn"),
    "drawn by a library": ("api-v1:openapi-view",),
    "pages of the admin site for tables that libraries keep are those of our own tables with other columns": (
        r"admin:(auth|account|mfa|socialaccount|usersessions)_\w+_(?!changelist)\w+",
    ),
}  # fmt: skip


def reason_not_to_look(name: str) -> str:
    """Why the pattern of this name is no page, or none of its own; empty for pages."""
    return next((why for why, names in NO_PAGE.items() if any(re.fullmatch(one, name) for one in names)), "")


def pages() -> list[tuple[str, str]]:
    """Route and name of every page."""
    return [(found.route, found.name) for found in patterns() if not reason_not_to_look(found.name)]


def filled_in(route: str, example: Callable[[str], object]) -> str:
    """The path of `route` with an `example` for each of its parameters."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(example(found[1])), route)
    return "/" + re.sub(r"[\^$]", "", path)
