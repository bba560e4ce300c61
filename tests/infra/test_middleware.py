from django.http import HttpResponse
from django.test import RequestFactory

from shortener.infra.middleware import ClientAddressMiddleware


def seen(settings, proxies, **meta):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", **meta)
    ClientAddressMiddleware(lambda _: HttpResponse())(request)
    return request.META


def test_a_trusted_proxy_names_the_visitor(settings):
    meta = seen(settings, ["127.0.0.0/8"], HTTP_X_FORWARDED_FOR="198.51.100.1", HTTP_X_FORWARDED_PROTO="https")
    assert meta["REMOTE_ADDR"] == "198.51.100.1"
    assert meta["HTTP_X_FORWARDED_PROTO"] == "https"


def test_a_stranger_cannot_claim_to_come_by_https_or_from_elsewhere(settings):
    meta = seen(settings, [], HTTP_X_FORWARDED_FOR="198.51.100.1", HTTP_X_FORWARDED_PROTO="https")
    assert meta["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_PROTO" not in meta


def test_every_page_has_a_strict_policy(client, db):
    policy = client.get("/health/live").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
