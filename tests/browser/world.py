"""A site with something on every page, and somebody to open each."""

import io
import re

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.test import Client
from procrastinate.contrib.django import app

from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import create_api_key
from shortener.accounts.members import invite
from shortener.accounts.models import Member, User, Workspace
from shortener.infra.models import SiteSettings
from shortener.links import domain_services, folders, templates
from shortener.links.models import Link
from shortener.links.services import create_link, delete_link, report_link, update_link
from shortener.links.transfer import jobs
from shortener.links.transfer.queries import id_of
from shortener.web.access import WORKSPACE_KEY
from tests.browser.pages import filled_in
from tests.browser.seed import BUSY, seed

PASSWORD = "correct horse battery"
CSV = b"Target;Alias;Label\nhttps://example.com/a;one;Ads\nnonsense://example.com;two;\n"
RULES = [
    {
        "conditions": [
            {"type": "country", "values": ["DE"]},
            {"type": "weekday", "values": [6, 7], "zone": "Europe/Berlin"},
            {"type": "between", "start": "2027-01-01T00:00:00Z"},
            {"type": "bot", "value": False},
        ],
        "targets": [{"url": "https://example.com/a", "weight": 7}, {"url": "https://example.com/b", "weight": 3}],
    },
    {"targets": [{"url": "https://example.com/rest"}]},
]
FOR_ANYBODY = (
    r"visit:.*|web:invitation|openid_connect_login|socialaccount_login_(cancelled|error)"
    r"|account_(login|signup|inactive|reset_password.*|confirm_email|email_verification_sent)"
)
FOR_STAFF = r"admin:.*|web:styleguide|mfa_activate_totp"


class World:
    """Made by `owner`, who works in a team and has a second factor; `staff` runs the site and has none."""

    def __init__(self, owner: User) -> None:
        self._owner, self._by = owner, Actor(Via.FORM, owner)
        self._staff = User.objects.create_superuser("staff@example.org", PASSWORD)
        self._sessions: dict[str, str] = {}
        for user in (owner, self._staff):
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        TOTP.activate(owner, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(owner)
        seed(owner)
        self._link = Link.objects.get(slug=BUSY)
        self._workspace = self._link.workspace
        self._workspace.kind = Workspace.Kind.TEAM
        self._workspace.save()
        self._special = {**self._of_links(), **self._of_people()}
        self._examples = self._of_the_workspace()

    def session_for(self, name: str) -> str:
        """The cookie of whoever opens the page of this name; empty for those who have not signed in."""
        if re.fullmatch(FOR_ANYBODY, name):
            return ""
        user = self._staff if re.fullmatch(FOR_STAFF, name) else self._owner
        if user.email not in self._sessions:
            self._sessions[user.email] = self._signed_in(user)
        return self._sessions[user.email]

    def paths(self, route: str, name: str) -> list[str]:
        """Where the page of this route and name is to be seen: several when it has several faces."""
        if name in self._special:
            return self._special[name]
        if name.startswith("admin:"):
            return [filled_in(route, lambda _parameter: self._row_of(name))]
        return [filled_in(route, lambda parameter: self._examples[parameter])]

    def _signed_in(self, user: User) -> str:
        """A session in which the password was given a moment ago."""
        browser = Client()
        browser.force_login(user)
        session = browser.session
        session[WORKSPACE_KEY] = self._workspace.pk
        session.save()
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return browser.cookies["sessionid"].value

    def _row_of(self, name: str) -> object:
        """The last row of the table that a page of the admin site is about."""
        if name == "admin:auth_user_password_change":
            return self._owner.pk
        if name.startswith("admin:links_link_"):
            return self._link.pk
        if name.startswith("admin:accounts_workspace_"):  # a personal one is not deleted by itself
            return self._workspace.pk
        models = {f"admin:{m._meta.app_label}_{m._meta.model_name}_": m for m in admin.site._registry}
        model = next(model for begin, model in models.items() if name.startswith(begin))
        return model._default_manager.order_by("pk").values_list("pk", flat=True).last()

    def _of_links(self) -> dict[str, list[str]]:
        update_link(self._link, changes={"rules": RULES, "public_stats": True}, by=self._by)
        report_link(self._link, "spam", "Again and again")
        made = {
            slug: create_link(workspace=self._workspace, by=self._by, url="https://example.com/", slug=slug, **fields)
            for slug, fields in {"locked": {"password": "open sesame"}, "noticed": {"notice": True}, "gone": {}}.items()
        }
        delete_link(made["gone"], by=self._by)
        return {
            "visit:show": ["/locked", "/noticed"],
            "visit:preview": [f"/{BUSY}+"],
            "visit:stats": [f"/{BUSY}+stats"],
            "web:link-deleted": [f"/app/links/{made['gone'].public_id}/deleted"],
        }

    def _of_people(self) -> dict[str, list[str]]:
        colleague = User.objects.create_user("colleague@example.org", "x")
        Member.objects.create(workspace=self._workspace, user=colleague, role="viewer")
        new = EmailAddress.objects.create(user=colleague, email=colleague.email)
        key = f"{user_pk_to_url_str(self._staff)}-{default_token_generator.make_token(self._staff)}"
        return {
            "account_confirm_email": [f"/accounts/confirm-email/{EmailConfirmationHMAC(new).key}/"],
            "account_reset_password_from_key": [f"/accounts/password/reset/key/{key}/"],
            "admin:app_list": ["/admin/links/"],
            "openid_connect_login": ["/accounts/oidc/company/login/"],
        }

    def _of_the_workspace(self) -> dict[str, object]:
        workspace, by = self._workspace, self._by
        folders.create_folder(workspace, name="Spring", by=by)
        templates.create_template(workspace, name="Mail", utm={"source": "newsletter"}, by=by)
        create_api_key(workspace=workspace, name="Website", by=by)
        SiteSettings.objects.create(announcement="Down for a minute on Sunday at 6.")
        app.configure_task("infra.take_up_stalled").defer(timestamp=0)
        return {
            "link_id": self._link.public_id,
            "domain_id": domain_services.id_of(domain_services.add_domain(workspace, host="go.example.net", by=by)),
            "import_id": id_of(jobs.prepare(workspace, io.BytesIO(CSV), name="old.csv", by=by)),
            "secret": invite(workspace, email="new@example.org", by=by).secret,
        }
