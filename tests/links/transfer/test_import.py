import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.utils import translation

from shortener.accounts import audit
from shortener.accounts.actors import Actor, Via
from shortener.accounts.keys import create_api_key
from shortener.accounts.models import AuditEvent
from shortener.infra.errors import Conflict
from shortener.infra.stores import autonomous_connection
from shortener.links.errors import LinkError
from shortener.links.models import Domain, Folder, ImportJob, Link, LinkUse, Publication
from shortener.links.services import delete_link
from shortener.links.signals import links_changed
from shortener.links.transfer import jobs, runner
from tests.links.transfer.importing import BY, counts, imported, prepared

pytestmark = pytest.mark.django_db
URL = "https://example.com/"


def test_a_row_becomes_the_link_that_it_was(workspace):
    record = {
        "url": "https://example.com/a", "slug": "old", "title": "Old", "tags": ["a", "b"], "folder": "Spring",
        "created_at": "2019-05-04T03:02:01Z", "clicks": 42, "status": 301, "active_until": "2040-01-01 00:00:00",
        "click_limit": 100, "clicks_used": 42, "archived_at": "2020-01-01", "external_id": "x-1", "public_stats": True,
    }  # fmt: skip
    assert counts(imported(workspace, [record], kind="json")) == (1, 0, 0)
    link = Link.objects.get()
    assert (link.slug, link.title, link.status, link.created_via) == ("old", "Old", 301, "import")
    assert link.created_at == datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert (link.imported_clicks, link.click_limit, LinkUse.objects.get().used) == (42, 100, 42)
    assert (link.archived_at, link.active_until) == (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    assert sorted(link.tags.values_list("name", flat=True)) == ["a", "b"]
    assert (link.folder.name, link.external_id, link.public_stats) == ("Spring", "x-1", True)


def test_csv_is_understood_by_its_header(workspace):
    text = "Long URL;Back-half;Title;Created;Clicks\nhttps://example.com/ä;one;Ä;2020-01-02 03:04:05;1,234\n"
    assert counts(imported(workspace, text.encode("cp1252"))) == (1, 0, 0)
    link = Link.objects.get()
    assert (link.slug, link.title, link.imported_clicks) == ("one", "Ä", 1234)
    assert link.created_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_what_is_said_of_columns_corrects_the_guess(workspace):
    text = "Target,Name,Clicks\nhttps://example.com/,one,5\n"
    assert counts(imported(workspace, text, mapping={"title": "Name"})) == (1, 0, 0)
    link = Link.objects.get()
    assert (link.title, link.slug == "one", link.imported_clicks) == ("one", False, 5)
    assert prepared(workspace, text, mapping={"clicks": ""}).options["mapping"] == {"url": "Target", "slug": "Name"}


def test_rows_are_counted_as_a_spreadsheet_counts_them(workspace, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK", 2)
    text = f"url,slug\n{URL},one\n,\n\n,\nnonsense,two\n{URL},three\n{URL},four,more\n"
    job = imported(workspace, text)
    assert (job.total, counts(job)) == (4, (2, 0, 2))
    assert [(entry["row"], entry["field"]) for entry in job.errors] == [(5, "url"), (7, "row")]
    assert job.options["columns"] == ["url", "slug", ""]


def test_a_field_that_only_looks_like_the_place_of_a_row_is_none(workspace):
    rows = [{"url": "ftp://x", " row": "a"}, {"url": URL, " row": None}, {"url": "ftp://y"}]
    job = imported(workspace, rows, kind="json")
    assert (counts(job), [entry["row"] for entry in job.errors]) == ((1, 0, 2), [1, 3])


def test_mistakes_are_told_in_the_language_of_whoever_began(workspace, owner):
    with translation.override("de"):
        job = jobs.start(prepared(workspace, "url\nftp://x\n"), dry_run=True, by=BY, defer=False)
    assert runner.run(job.pk) is not None
    job.refresh_from_db()
    assert job.errors[0]["message"].startswith("Adressen, die mit ftp:")


def test_every_mistake_of_every_row_is_told(workspace):
    rows = [
        {"url": "ftp://x", "slug": "a b", "clicks": -1}, {"url": URL, "slug": "fine"}, {"slug": "no-url"},
        {"url": URL, "created_at": "2999-01-01", "tags": ["a" * 51]},
        {"url": URL, "status": "found", "domain": "other.example", "archived": "perhaps"},
    ]  # fmt: skip
    job = imported(workspace, rows, kind="json")
    assert counts(job) == (1, 0, 4)
    told = {(entry["row"], entry["field"]) for entry in job.errors}
    assert told == {
        (1, "url"), (1, "slug"), (1, "clicks"), (3, "url"), (4, "created_at"), (4, "tags"),
        (5, "status"), (5, "domain"), (5, "archived"),
    }  # fmt: skip
    assert all(entry["message"] for entry in job.errors)


@pytest.mark.parametrize(("taken", "expected"), [("skip", (1, 2, 0)), ("rename", (3, 0, 0)), ("fail", (1, 0, 2))])
@pytest.mark.parametrize("dry_run", [False, True])
def test_taken_names_go_by_the_policy_and_a_dry_run_says_the_same(
    workspace, stores, make_link, taken, expected, dry_run
):
    make_link(slug="there")
    delete_link(make_link(slug="gone"))  # never handed out again
    before = Link.objects.count()
    rows = [{"url": URL, "slug": "new"}, {"url": URL, "slug": "there"}, {"url": URL, "slug": "gone"}]
    job = imported(workspace, rows, kind="json", taken=taken, dry_run=dry_run)
    assert counts(job) == expected
    assert Link.objects.count() - before == (0 if dry_run else expected[0])
    assert [entry["field"] for entry in job.errors] == ["slug"] * (expected[1] + expected[2])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_name_that_comes_twice_is_taken_the_second_time(workspace, monkeypatch, dry_run):
    monkeypatch.setattr(runner, "CHUNK", 2)
    rows = [{"url": URL, "slug": slug} for slug in ("one", "one", "two", "one", "two")]
    job = imported(workspace, rows, kind="json", taken="fail", dry_run=dry_run)
    assert counts(job) == (2, 0, 3)
    assert [entry["row"] for entry in job.errors] == [2, 4, 5]


def test_a_dry_run_writes_nothing_and_can_be_followed_by_the_real_one(workspace):
    job = imported(workspace, [{"url": URL, "slug": "one", "tags": ["t"], "folder": "F"}], kind="json", dry_run=True)
    assert counts(job) == (1, 0, 0)
    assert not Link.objects.exists()
    assert not Folder.objects.exists()
    jobs.start(job, dry_run=False, by=BY, defer=False)
    assert counts(runner.run(job.pk)) == (1, 0, 0)
    assert Link.objects.get().slug == "one"
    with pytest.raises(Conflict):
        jobs.start(job, dry_run=False, by=BY, defer=False)


@pytest.mark.parametrize("dies_in", ["decide", "_note"])
def test_an_interrupted_import_goes_on_exactly_where_it_stopped(workspace, monkeypatch, dies_in):
    monkeypatch.setattr(runner, "CHUNK", 10)
    rows = [{"url": f"{URL}{number}", "slug": f"slug-{number}"} for number in range(45)]
    job = prepared(workspace, rows, kind="json")
    jobs.start(job, dry_run=False, by=BY, defer=False)
    where = runner if dies_in == "_note" else __import__("shortener.links.transfer.writers", fromlist=["decide"])
    real, calls = getattr(where, dies_in), []

    def dying(*args, **kwargs):
        found = real(*args, **kwargs)
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patch:
        patch.setattr(where, dies_in, dying)
        with pytest.raises(KeyboardInterrupt):
            runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, Link.objects.count()) == ("running", 20, 20)
    assert counts(runner.run(job.pk)) == (45, 0, 0)
    assert Link.objects.count() == 45


def test_whoever_stops_lets_others_go_on_before_its_connection_has_ended(monkeypatch):
    with autonomous_connection() as open_still:
        with monkeypatch.context() as patch:
            patch.setattr(runner, "autonomous_connection", lambda: nullcontext(open_still))
            with suppress(KeyboardInterrupt), runner._alone(7) as is_ours:
                assert is_ours
                raise KeyboardInterrupt
        with runner._alone(7) as is_ours:
            assert is_ours


def test_a_cancelled_import_stops_keeps_what_it_has_and_goes_on_later(workspace, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK", 10)
    job = prepared(workspace, [{"url": f"{URL}{number}"} for number in range(30)], kind="json")
    jobs.start(job, dry_run=False, by=BY, defer=False)
    over = runner.run(job.pk, lambda now: jobs.cancel(job, by=BY) if now.done == 10 else None)
    assert (over.state, Link.objects.count()) == ("cancelled", 10)
    assert runner.run(job.pk) is None
    jobs.resume(job, by=BY, defer=False)
    assert counts(runner.run(job.pk)) == (30, 0, 0)


def test_two_workers_do_not_do_the_same_work(workspace):
    job = prepared(workspace, [{"url": URL}], kind="json")
    jobs.start(job, dry_run=False, by=BY, defer=False)
    seen = []
    runner.run(job.pk, lambda _: seen.append(runner.run(job.pk)))
    assert seen == [None]
    assert Link.objects.count() == 1


def test_a_link_limit_holds_for_imports_and_their_dry_runs(workspace, make_link):
    make_link()
    workspace.link_limit = 2
    workspace.save()
    rows = [{"url": URL}, {"url": URL}]
    assert counts(imported(workspace, rows, kind="json", dry_run=True)) == (1, 0, 1)
    assert counts(imported(workspace, rows, kind="json")) == (1, 0, 1)


def test_external_ids_stay_unique(workspace, make_link):
    rows = [{"url": URL, "external_id": "a"}, {"url": URL, "external_id": "a"}]
    assert counts(imported(workspace, rows, kind="json", taken="fail")) == (1, 0, 1)


def test_passwords_are_hashed_and_hashes_of_ours_are_kept(workspace):
    ours, foreign = make_password("secret"), "$2a$10$abcdefghijklmnopqrstuv"
    rows = [
        {"url": URL, "slug": "plain", "password": "secret"}, {"url": URL, "slug": "ours", "password_hash": ours},
        {"url": URL, "slug": "foreign", "password_hash": foreign}, {"url": URL, "has_password": True},
        {"url": URL, "password": "x"},
    ]  # fmt: skip
    job = imported(workspace, rows, kind="json")
    assert counts(job) == (2, 0, 3)
    assert [entry["field"] for entry in job.errors] == ["password_hash", "has_password", "password"]
    assert check_password("secret", Link.objects.get(slug="plain").password_hash)
    assert Link.objects.get(slug="ours").password_hash == ours


def test_a_hash_that_would_keep_us_busy_is_refused(settings):
    from shortener.links.transfer.rows import is_ours

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    hashed = make_password("secret")
    assert is_ours(hashed)
    algorithm, iterations, *rest = hashed.split("$")
    assert not is_ours("$".join([algorithm, str(int(iterations) * 100), *rest]))
    assert not is_ours("$".join([algorithm, "x", *rest]))
    assert not is_ours("")


def test_all_links_go_to_a_chosen_domain_and_get_the_tags(workspace):
    domain = Domain.objects.create(host="go.example.org", workspace=workspace, verified_at=datetime.now(UTC))
    imported(
        workspace, [{"url": URL, "domain": "old.example", "tags": ["a"]}], kind="json", domain=domain.host, tags=["b"]
    )
    link = Link.objects.get()
    assert link.domain == domain
    assert sorted(link.tags.values_list("name", flat=True)) == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_the_redirect_engine_hears_of_every_link(workspace, stores):
    heard = []

    def hear(sender, keys, **_):
        heard.extend(keys)

    links_changed.connect(hear)
    try:
        imported(workspace, [{"url": URL, "slug": "one"}, {"url": URL, "slug": "two"}], kind="json")
    finally:
        links_changed.disconnect(hear)
    assert {slug for _, slug in heard} == {"one", "two"}
    assert not Publication.objects.exists()  # published


def test_the_audit_trail_tells_what_happened(workspace):
    imported(workspace, [{"url": URL}], kind="json")
    assert list(AuditEvent.objects.filter(action__startswith="import.").order_by("id").values_list("action", flat=True)) == [
        "import.prepared", "import.started", "import.finished",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"taken": "perhaps"}, "taken"),
        ({"domain": "other.example"}, "domain"),
        ({"tags": ["a" * 51]}, "tags"),
        ({"mapping": {"url": "nowhere"}}, "mapping"),
        ({"mapping": {"colour": "url"}}, "mapping"),
        ({"mapping": {"slug": "url"}}, "mapping"),
        ({"kind": "gopher"}, "file"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_kept(workspace, options, field):
    with pytest.raises(LinkError) as caught:
        prepared(workspace, "url\nhttps://example.com/\n", **options)
    assert list(caught.value.errors) == [field]
    assert not ImportJob.objects.exists()


def test_a_file_without_a_destination_says_so_when_it_runs(workspace):
    over = imported(workspace, "colour,size\nred,3\n")
    assert over.state == "failed"
    assert "No column looks like the destination. There are: colour, size." in over.options["message"]


def test_a_few_imports_at_a_time_are_enough(workspace):
    for _ in range(jobs.AT_ONCE):
        jobs.start(prepared(workspace, "url\nx.org\n"), dry_run=False, by=BY, defer=False)
    with pytest.raises(Conflict):
        jobs.start(prepared(workspace, "url\nx.org\n"), dry_run=False, by=BY, defer=False)


def test_no_more_than_a_thousand_problems_are_kept(workspace):
    job = imported(workspace, "url\n" + "ftp://x\n" * 1200)
    assert (job.failed, len(job.errors)) == (1200, 1000)


def test_the_task_runs_it_and_a_dead_workers_import_is_found_again(workspace):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from shortener.links.tasks import resume_imports, run_import

    job = prepared(workspace, [{"url": URL}], kind="json")
    jobs.start(job, dry_run=False, by=BY)
    waiting = ProcrastinateJob.objects.get(task_name="links.run_import")
    assert waiting.args == {"job_id": job.pk}
    resume_imports.func(0)
    assert ProcrastinateJob.objects.filter(task_name="links.run_import").count() == 2
    run_import.func(**waiting.args)
    assert Link.objects.count() == 1


@pytest.mark.parametrize(("taken", "expected"), [("skip", (1, 1, 0)), ("rename", (2, 0, 0)), ("fail", (1, 0, 1))])
def test_a_name_that_somebody_takes_at_the_same_moment_goes_by_the_policy(
    workspace, make_link, monkeypatch, taken, expected
):
    make_link(slug="there")
    monkeypatch.setattr("shortener.links.transfer.writers._taken", lambda names: set())  # we looked too early
    rows = [{"url": URL, "slug": "there"}, {"url": URL, "slug": "free"}]
    job = imported(workspace, rows, kind="json", taken=taken)
    assert counts(job) == expected
    assert Link.objects.count() == 1 + expected[0]


def test_a_limited_key_imports_to_its_own_domains_alone(workspace, owner):
    domain = Domain.objects.create(host="go.example.org", workspace=workspace, verified_at=datetime.now(UTC))
    key, _ = create_api_key(workspace=workspace, name="limited", author=owner)
    key.domain_ids = [domain.pk]
    key.save()
    by = Actor(Via.API, owner, key)
    job = jobs.prepare(workspace, io.BytesIO(f'[{{"url": "{URL}"}}]'.encode()), by=by)
    jobs.start(job, dry_run=False, by=by, defer=False)
    over = runner.run(job.pk)
    assert counts(over) == (0, 0, 1)
    assert over.errors[0]["field"] == "domain"


@pytest.mark.django_db(transaction=True)
def test_whoever_goes_on_with_an_import_that_is_just_ending_waits_for_its_end(workspace, stores):
    job = prepared(workspace, [{"url": "https://example.com/"}])
    jobs.start(job, dry_run=False, by=BY, defer=False)

    def waits(cursor):
        cursor.execute("SELECT pid FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()

    def go_on():
        try:
            jobs.resume(job, by=BY, defer=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            ImportJob.objects.filter(pk=job.pk).update(state="done")
            asked = pool.submit(go_on)
            while not waits(cursor):
                assert not asked.done()
            audit.record(BY, "import.finished", workspace=workspace, target_id="import_x", target_name="csv")
        with pytest.raises(Conflict):
            asked.result(10)
