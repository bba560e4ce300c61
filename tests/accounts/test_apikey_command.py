import pytest
from django.core.management import CommandError, call_command

from shortener.accounts.models import ApiKey
from shortener.accounts.services import authenticate_api_key, ensure_admin

pytestmark = pytest.mark.django_db


def test_the_key_stands_alone_on_standard_output(capsys):
    ensure_admin(email="admin@example.org", password=None)
    call_command("apikey", "create", "deploy script")
    out = capsys.readouterr().out
    assert authenticate_api_key(out.removesuffix("\n")).name == "deploy script"


def test_workspace_and_scopes_can_be_chosen(workspace, capsys):
    call_command("apikey", "create", "x", "--workspace", workspace.slug, "--scopes", "links:read")
    key = ApiKey.objects.get()
    assert (key.workspace, key.scopes) == (workspace, ["links:read"])


def test_an_unknown_workspace_is_named(workspace):
    with pytest.raises(CommandError, match=f"no workspace “nowhere”. Workspaces: {workspace.slug}"):
        call_command("apikey", "create", "x", "--workspace", "nowhere")


def test_an_unknown_scope_is_named(workspace):
    with pytest.raises(CommandError, match="no such scope: all"):
        call_command("apikey", "create", "x", "--workspace", workspace.slug, "--scopes", "all")


def test_without_an_admin_it_says_what_to_do():
    with pytest.raises(CommandError, match="make run"):
        call_command("apikey", "create", "x")
