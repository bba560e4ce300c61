from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from shortener.accounts.keys import authenticate_api_key, create_api_key
from shortener.accounts.models import ApiKey
from shortener.accounts.policy import key_may
from shortener.accounts.services import ensure_admin
from shortener.links.domains import default_domain

pytestmark = pytest.mark.django_db


def test_the_key_alone_is_printed_and_works(capsys):
    ensure_admin(email="admin@example.org", password=None)
    call_command("apikey", "create", "deploy script")
    out = capsys.readouterr().out
    assert authenticate_api_key(out.removesuffix("\n")).name == "deploy script"


def test_workspace_scopes_and_limits_can_be_chosen(workspace, capsys):
    host = default_domain().host
    call_command(
        "apikey", "create", "x", "--workspace", workspace.slug, "--scopes", "links:read", "--expires", "90d",
        "--domains", host, "--own-links-only",
    )  # fmt: skip
    key = ApiKey.objects.get()
    assert (key.workspace, key.scopes, key.own_links_only) == (workspace, ["links:read"], True)
    assert key.domain_ids == [default_domain().pk]
    assert timedelta(days=89) < key.expires_at - timezone.now() <= timedelta(days=90)


def test_a_key_of_a_workspace_without_the_admin_can_do_what_its_scopes_say(workspace, capsys):
    ensure_admin(email="admin@example.org", password=None)
    call_command("apikey", "create", "x", "--workspace", workspace.slug)
    assert key_may(authenticate_api_key(capsys.readouterr().out.strip()), "links:write")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--workspace", "nowhere"], "no workspace “nowhere”. Workspaces: owner"),
        (["--scopes", "all"], "There is no scope “all”"),
        (["--domains", "stranger.test"], "“stranger.test” is not a verified domain"),
        (["--expires", "2020-01-01"], "The end has to be in the future"),
        (["--expires", "soon"], "soon is not like 90d"),
    ],
)
def test_what_is_wrong_is_named(workspace, words, complaint):
    with pytest.raises(CommandError, match=complaint):
        call_command("apikey", "create", "x", "--workspace", workspace.slug, *words)
    assert not ApiKey.objects.exists()


def test_without_an_admin_it_says_what_to_do():
    with pytest.raises(CommandError, match="make run"):
        call_command("apikey", "create", "x")


def test_keys_are_listed_without_their_secrets(workspace, capsys):
    key, secret = create_api_key(workspace=workspace, name="ci", scopes=["links:read"])
    over, _ = create_api_key(workspace=workspace, name="old")
    call_command("apikey", "revoke", over.public_id)
    capsys.readouterr()
    call_command("apikey", "list")
    listed = capsys.readouterr().out
    assert listed == f"{key.public_id}  sk_{key.prefix}  {workspace.slug}  ci  (links:read)\n"
    assert secret not in listed
    call_command("apikey", "list", "--all", "--workspace", workspace.slug)
    assert "old  (all scopes; revoked" in capsys.readouterr().out


@pytest.mark.parametrize("name_it", [lambda key: key.public_id, lambda key: key.prefix, lambda key: f"sk_{key.prefix}"])
def test_a_key_is_revoked_by_its_id_or_prefix(api_key, name_it):
    key, secret = api_key
    call_command("apikey", "revoke", name_it(key))
    assert authenticate_api_key(secret) is None


def test_a_key_can_be_replaced(api_key, capsys):
    call_command("apikey", "rotate", api_key[0].prefix, "--overlap", "0")
    secret = capsys.readouterr().out.strip()
    assert authenticate_api_key(secret).name == api_key[0].name
    assert authenticate_api_key(api_key[1]) is None


def test_an_unknown_key_is_named():
    with pytest.raises(CommandError, match="no key “sk_00000000”"):
        call_command("apikey", "revoke", "sk_00000000")
