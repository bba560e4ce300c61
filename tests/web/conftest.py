"""Who visits the pages."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client


@pytest.fixture
def signed_in(client: Client, owner) -> Client:
    """A browser in which the owner has signed in."""
    client.force_login(owner)
    return client


@pytest.fixture
def intruder(stranger) -> Client:
    """A browser in which the stranger has signed in."""
    browser = Client()
    browser.force_login(stranger)
    return browser


@pytest.fixture
def staff(db) -> Client:
    """A browser in which an administrator has signed in."""
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("staff@example.org", "correct horse battery"))
    return browser
