"""Links from a file, step by step in a browser; the work itself is done by the job worker, which stands here."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import expect

from shortener.links.models import ImportJob, Link
from shortener.links.transfer import runner
from tests.browser.accessible import assert_accessible
from tests.browser.test_accounts import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
CSV = b"Target;Alias;Label\nhttps://example.com/a;one;Ads\nnonsense://example.com;two;\nhttps://example.com/c;three;\n"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Runs imports as they are asked for."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.1):
            for job in ImportJob.objects.filter(state=ImportJob.State.RUNNING):
                runner.run(job.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    done.set()
    thread.join()


def test_a_file_becomes_links(open_page, workspace, worker):
    page = open_page("/")
    sign_in(page, "owner@example.org")
    page.goto("/app/import")
    assert_accessible(page)
    page.locator("input[type=file]").set_input_files({"name": "old.csv", "mimeType": "text/csv", "buffer": CSV})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("3 rows were found")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("This is what would happen")).to_be_visible()
    expect(page.get_by_text("Addresses that begin with nonsense:")).to_be_visible()
    assert not Link.objects.exists()
    page.get_by_role("button", name="Import", exact=False).first.click()
    expect(page.get_by_text("The links are here")).to_be_visible()
    assert_accessible(page)
    assert set(Link.objects.values_list("slug", flat=True)) == {"one", "three"}
    page.goto("/app/")
    expect(page.get_by_text("example.com/c").first).to_be_visible()
