import re

import pytest
from django.utils import timezone

from shortener.accounts.keys import authenticate_api_key
from shortener.accounts.models import ApiKey
from shortener.accounts.policy import SCOPES
from tests.web.reading import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_empty")]


def make(browser, **values):
    sent = {"name": "newsletter script", "preset": "links", "days": "30", **values}
    return browser.post("/app/settings/keys/new", sent)


def secret_in(answer):
    [secret] = re.findall(r"sk_[0-9a-f]{8}_[\w-]{43}", Read(answer).text)
    return secret


def test_the_secret_is_shown_once_and_works(signed_in, workspace, owner):
    answer = make(signed_in)
    key = authenticate_api_key(secret_in(answer))
    assert (key.workspace, key.created_by, key.name) == (workspace, owner, "newsletter script")
    assert answer["Cache-Control"] == "no-store"
    page = Read(signed_in.get("/app/settings/keys/"))
    assert f"sk_{key.prefix}_…" in page.text
    assert secret_in(answer) not in page.text


def test_presets_and_their_scopes(signed_in):
    make(signed_in, preset="stats")
    assert ApiKey.objects.get().scopes == ["clicks:read", "links:read", "stats:read"]
    make(signed_in, preset="all", days="")
    everything = ApiKey.objects.latest("pk")
    assert (tuple(everything.scopes), everything.expires_at) == (SCOPES, None)


def test_scopes_can_be_chosen(signed_in):
    make(signed_in, preset="custom", scopes=["links:read"], own_links_only="on")
    key = ApiKey.objects.get()
    assert (key.scopes, key.own_links_only) == (["links:read"], True)
    assert key.expires_at > timezone.now()


def test_all_mistakes_are_told_at_once(signed_in):
    answer = make(signed_in, name="", preset="custom")
    page = Read(answer)
    assert answer.status_code == 422
    assert "Say what the key is for" in page.text
    assert "Choose at least one scope" in page.text
    assert not ApiKey.objects.exists()


def test_replacing_and_revoking(signed_in):
    old = secret_in(make(signed_in))
    key = ApiKey.objects.get()
    new = secret_in(signed_in.post(f"/app/settings/keys/{key.public_id}/replace"))
    assert authenticate_api_key(old)
    assert authenticate_api_key(new)
    signed_in.post(f"/app/settings/keys/{key.public_id}/revoke")
    key.refresh_from_db()
    assert key.revoked_at
    assert "cannot" not in Read(signed_in.get("/app/settings/keys/")).text
    assert "Revoked" in Read(signed_in.get("/app/settings/keys/")).text


def test_keys_of_others_are_not_there(intruder, signed_in):
    make(signed_in)
    key = ApiKey.objects.get()
    for deed in ("replace", "revoke"):
        assert intruder.post(f"/app/settings/keys/{key.public_id}/{deed}").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
