import json

import pytest

from config.env import ConfigError, load
from config.sign_in import social_apps, social_settings

COMPANY = {"id": "company", "server_url": "https://id.example.org/", "client_id": "a", "client_secret": "b"}


def read(*entries, **more):
    return load({"SIGN_IN_PROVIDERS": json.dumps(entries), **more}).SIGN_IN_PROVIDERS


def test_openid_connect_and_others_stand_beside_each_other():
    providers = read(COMPANY, {"id": "github", "client_id": "c", "client_secret": "d"})
    found = social_settings(providers)
    assert found["openid_connect"]["APPS"][0]["settings"]["server_url"] == "https://id.example.org"
    assert found["github"]["APPS"][0]["client_id"] == "c"
    assert social_apps(providers) == ["allauth.socialaccount.providers.github"]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense", '{"id": "x"}', "[1]",
        json.dumps([{**COMPANY, "server_url": ""}]),
        json.dumps([{**COMPANY, "server_url": "ldap://x"}]),
        json.dumps([{**COMPANY, "id": "No Spaces"}]),
        json.dumps([{**COMPANY, "clientid": "x"}]),
        json.dumps([COMPANY, COMPANY]),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(text):
    with pytest.raises(ConfigError, match="SIGN_IN_PROVIDERS: "):
        load({"SIGN_IN_PROVIDERS": text})


def test_the_secret_is_not_in_the_message():
    with pytest.raises(ConfigError) as error:
        load({"SIGN_IN_PROVIDERS": json.dumps([{**COMPANY, "client_secret": "hush", "server_url": "x"}])})
    assert "hush" not in str(error.value)


def test_production_goes_there_by_https_alone():
    with pytest.raises(ConfigError, match="server_url of company must begin with https"):
        read({**COMPANY, "server_url": "http://id.example.org"}, ENVIRONMENT="production")
