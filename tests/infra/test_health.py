import pytest


def test_live_needs_no_store(client):
    assert client.get("/health/live").json() == {"status": "pass"}


@pytest.mark.django_db
def test_ready_when_both_stores_answer(client, redis_empty):
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (200, "pass")


@pytest.mark.django_db
def test_not_ready_names_what_failed(client, monkeypatch):
    monkeypatch.setattr("shortener.infra.health.redis_client", lambda: 1 / 0)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"postgres": "pass", "redis": "ZeroDivisionError"}


def test_only_reading_is_allowed(client):
    assert client.post("/health/live").status_code == 405
