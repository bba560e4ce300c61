"""The rules editor, without scripts."""

import pytest

from shortener.accounts.models import Member
from shortener.links.models import Link
from shortener.links.rules import CONDITIONS_PER_RULE, RULES_PER_LINK
from shortener.links.services import update_link
from tests.web.link.filling import sent
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
IOS = {
    "conditions": [{"type": "device", "values": ["ios"]}],
    "targets": [{"url": "https://example.com/ios", "weight": 1}],
}
SPLIT = {
    "conditions": [],
    "targets": [{"url": "https://example.com/a", "weight": 3}, {"url": "https://example.com/b", "weight": 1}],
}
ALL_KINDS = [
    {"type": "device", "values": ["tablet", "ios"]},
    {"type": "country", "values": ["de", "at"]},
    {"type": "language", "values": ["pt-br"]},
    {"type": "browser", "values": ["firefox", "mobile safari"]},
    {"type": "os", "values": ["ios"]},
    {"type": "region", "values": ["bavaria"]},
    {"type": "city", "values": ["washington, d.c."]},
    {"type": "referrer", "values": ["example.org"]},
    {"type": "query", "name": "Src", "values": ["Poster"]},
    {"type": "time", "start": "09:00", "end": "17:00", "zone": "Europe/Berlin"},
]
MORE_KINDS = [
    {"type": "weekday", "values": [6, 7], "zone": "Europe/Berlin"},
    {"type": "between", "start": "2027-01-01T00:00:00Z", "end": "2027-02-01T12:30:15Z"},
    {"type": "address", "values": ["192.0.2.0/24", "2001:db8::/32"]},
    {"type": "bot", "value": False},
    {"type": "query", "name": "ref", "values": []},
    {"type": "between", "start": None, "end": "2027-02-01T12:30:00Z"},
]


@pytest.fixture
def link(make_link):
    return make_link(rules=[IOS, SPLIT])


@pytest.fixture
def path(link):
    return f"/app/links/{link.public_id}/rules"


@pytest.fixture
def draft(signed_in, path):
    """What a browser would send: the form as it is, with changes."""
    return lambda **changes: {**sent(signed_in.get(path)), **changes}


def kept():
    return Link.objects.get().rules


def shape(answer):
    """Destinations of the rules on the page, in order."""
    found = sent(answer)
    return [
        [found[f"{rule}-t{target}-url"] for target in range(int(found[f"{rule}-targets"]))]
        for rule in range(int(found["rules"]))
    ]


@pytest.mark.parametrize("conditions", [ALL_KINDS, MORE_KINDS])
def test_every_kind_of_condition_goes_through_the_form_unchanged(signed_in, link, path, draft, conditions):
    update_link(link, changes={"rules": [{**IOS, "conditions": conditions}]})
    before = kept()
    version = Link.objects.get().version
    assert [found["type"] for found in before[0]["conditions"]] == [found["type"] for found in conditions]
    assert signed_in.post(path, {**draft(), "0-t0-url": "https://example.com/other"}).status_code == 302
    assert kept()[0]["conditions"] == before[0]["conditions"]
    assert Link.objects.get().version == version + 1


def test_as_many_rules_as_a_link_may_have_go_through_the_form(signed_in, link, path, draft):
    kept_rule = {**SPLIT, "conditions": [{"type": "query", "name": "a", "values": []}] * CONDITIONS_PER_RULE}
    update_link(link, changes={"rules": [kept_rule] * RULES_PER_LINK})
    assert signed_in.post(path, draft(do="down 0")).status_code == 200
    assert signed_in.post(path, {**draft(), "0-t0-url": "https://example.com/other"}).status_code == 302
    assert len(kept()) == RULES_PER_LINK


def test_saving_what_is_there_changes_nothing(signed_in, path, draft):
    version = Link.objects.get().version
    assert signed_in.post(path, draft()).status_code == 302
    assert Link.objects.get().version == version


@pytest.mark.parametrize(
    ("button", "destinations"),
    [
        ("up 1", [["a", "b"], ["ios"]]),
        ("down 0", [["a", "b"], ["ios"]]),
        ("move 1 0", [["a", "b"], ["ios"]]),
        ("up 0", [["ios"], ["a", "b"]]),
        ("down 1", [["ios"], ["a", "b"]]),
        ("add-rule", [["ios"], ["a", "b"], [""]]),
        ("remove-rule 0", [["a", "b"]]),
        ("add-target 0", [["ios", ""], ["a", "b"]]),
        ("remove-target 1 0", [["ios"], ["b"]]),
        ("remove-rule 7", [["ios"], ["a", "b"]]),
        ("remove-rule -1", [["ios"], ["a", "b"]]),
        ("up", [["ios"], ["a", "b"]]),
        ("launch 1", [["ios"], ["a", "b"]]),
    ],
)
def test_buttons_change_the_draft_and_not_the_link(signed_in, path, draft, button, destinations):
    answer = signed_in.post(path, draft(do=button))
    assert [[url.removeprefix("https://example.com/") for url in rule] for rule in shape(answer)] == destinations
    assert kept() == [IOS, SPLIT]


def test_conditions_are_added_changed_and_removed(signed_in, path, draft):
    added = sent(signed_in.post(path, draft(do="add-condition 0")))
    changed = sent(signed_in.post(path, {**added, "0-c1-type": "country", "do": "refresh"}))
    assert changed["0-c1-text"] == ""
    signed_in.post(path, {**changed, "0-c1-text": "DE, at", "do": "save"})
    assert kept()[0]["conditions"] == [IOS["conditions"][0], {"type": "country", "values": ["de", "at"]}]
    signed_in.post(
        path,
        {
            **draft(),
            "do": "save",
        },
    )
    fewer = sent(signed_in.post(path, draft(do="remove-condition 0 0")))
    signed_in.post(path, {**fewer, "do": "save"})
    assert kept()[0]["conditions"] == [{"type": "country", "values": ["de", "at"]}]


def test_the_order_is_saved(signed_in, path, draft):
    moved = sent(signed_in.post(path, draft(do="down 0")))
    answer = signed_in.post(path, {**moved, "do": "save"}, follow=True)
    assert "Saved." in Read(answer).text
    assert kept() == [SPLIT, IOS]


def test_shares_are_shown_in_percent(signed_in, path):
    page = Read(signed_in.get(path))
    assert "75 %" in page.text
    assert "25 %" in page.text


def test_every_mistake_is_told_next_to_its_field(signed_in, path, draft):
    wrong = draft(**{"0-c0-chosen": [], "1-t0-url": "javascript:x", "1-t1-weight": "none", "1-t1-url": ""})
    answer = signed_in.post(path, {**wrong, "do": "save"})
    page = Read(answer)
    assert answer.status_code == 422
    assert page.element("ce-0-0") == "Give at least one."
    assert "javascript:" in page.element("te-1-0")
    assert "A weight is a whole number from 1 to 1000." in page.element("te-1-1")
    assert "Enter the address to go to." in page.element("te-1-1")
    assert page.all("input", name="1-t1-weight", value="none", **{"aria-invalid": "true", "aria-describedby": "te-1-1"})
    assert kept() == [IOS, SPLIT]


def test_a_time_zone_is_the_readers_unless_another_is_named(signed_in, path, draft):
    added = {**draft(), "0-c0-type": "weekday", "0-c0-chosen": ["6", "7"], "do": "save"}
    signed_in.post(path, added)
    assert kept()[0]["conditions"] == [{"type": "weekday", "values": [6, 7], "zone": "UTC"}]


def test_rules_that_others_saved_meanwhile_are_shown_and_nothing_is_lost(signed_in, link, path, draft):
    mine = draft(**{"0-t0-url": "https://example.com/mine"})
    update_link(link, changes={"rules": [SPLIT], "title": "New"})
    answer = signed_in.post(path, mine)
    assert answer.status_code == 409
    assert "Somebody else has saved other rules meanwhile." in Read(answer).text
    assert "75 % https://example.com/a, 25 % https://example.com/b" in Read(answer).text
    assert shape(answer)[0] == ["https://example.com/mine"]
    assert kept() == [SPLIT]
    signed_in.post(path, {**sent(answer), "do": "save"})
    assert kept()[0]["targets"][0]["url"] == "https://example.com/mine"


def test_other_changes_meanwhile_are_no_conflict(signed_in, link, path, draft):
    mine = draft(**{"0-t0-url": "https://example.com/mine"})
    update_link(link, changes={"title": "New"})
    assert signed_in.post(path, mine).status_code == 302
    assert Link.objects.get().title == "New"
    assert kept()[0]["targets"][0]["url"] == "https://example.com/mine"


def test_our_script_gets_the_form_alone(signed_in, path, draft):
    answer = signed_in.post(path, draft(do="add-rule"), headers={"X-Requested-With": "fetch"})
    assert answer.content.decode().strip().startswith("<form")


@pytest.mark.parametrize(
    "nonsense", [{"rules": "many"}, {"rules": "9999"}, {"0-conditions": "-1"}, {"0-c0-type": "moon"}, {"do": ""}]
)
def test_nonsense_does_no_harm(signed_in, path, draft, nonsense):
    assert signed_in.post(path, draft(**{"do": "refresh", **nonsense})).status_code in {200, 422}
    assert kept() == [IOS, SPLIT]


# Those who may look


@pytest.fixture
def viewer(intruder, stranger, workspace):
    Member.objects.create(workspace=workspace, user=stranger, role=Member.Role.VIEWER)
    return intruder


def test_a_viewer_reads_them_in_words_and_cannot_save(viewer, path):
    page = Read(viewer.get(path))
    assert "Device: iPhone and iPad" in page.text
    assert not page.all("button", value="save")
    assert viewer.post(path, {"do": "save", "rules": "0"}).status_code == 403
    assert kept() == [IOS, SPLIT]


def test_a_viewer_may_try_them(viewer, path):
    text = Read(viewer.post(path, {"do": "try", "as-device": "ios"})).text
    assert "This visitor goes to https://example.com/ios" in text


def test_links_of_others_have_none(intruder, path):
    assert intruder.get(path).status_code == 404
    assert intruder.post(path, {"do": "try"}).status_code == 404
    assert intruder.get(f"{path}.json").status_code == 404


# Trying them


def test_a_visitor_is_tried_and_told_why(signed_in, path, draft):
    text = Read(signed_in.post(path, draft(do="try", **{"as-device": "ios"}))).text
    assert "This visitor goes to https://example.com/ios Rule 1 is the first that holds. (302)" in text
    assert "Rule 1 Holds, and decides" in text
    assert "Rule 2 Holds, but another decides before it" in text


def test_what_is_tried_is_the_draft(signed_in, path, draft):
    moved = draft(do="try", **{"0-t0-url": "https://example.com/new", "as-device": "ios"})
    assert "This visitor goes to https://example.com/new" in Read(signed_in.post(path, moved)).text
    assert kept() == [IOS, SPLIT]


def test_a_draft_with_mistakes_is_not_tried(signed_in, path, draft):
    answer = signed_in.post(path, draft(do="try", **{"0-t0-url": ""}))
    assert answer.status_code == 422
    assert "This visitor" not in Read(answer).text


def test_the_time_is_meant_in_its_zone(signed_in, link, path, draft):
    rule = {**IOS, "conditions": [{"type": "time", "start": "09:00", "end": "10:00", "zone": "UTC"}]}
    update_link(link, changes={"rules": [rule]})
    at = {"do": "try", "as-at": "2027-06-01T11:30"}
    assert "No rule holds" in Read(signed_in.post(path, draft(**at, **{"as-zone": "UTC"}))).text
    assert "Rule 1 is the first" in Read(signed_in.post(path, draft(**at, **{"as-zone": "Europe/Berlin"}))).text


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("as-zone", "Mars/North", "is not a time zone"),
        ("as-at", "later", "Give a date and a time of day."),
        ("as-at", "9999-12-31T23:59", "Give a date and a time of day."),
        ("as-country", "Germany", "A country is two letters"),
    ],
)
def test_mistakes_about_the_visitor_are_told_at_their_field(signed_in, path, draft, field, value, error):
    page = Read(signed_in.post(path, draft(do="try", **{field: value})))
    assert error in page.field(field)["error"]


def test_a_time_without_end_is_shown_and_tried_in_every_zone(signed_in, link, path, owner, draft):
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    rule = {**IOS, "conditions": [{"type": "between", "end": "9999-12-31T23:59:00Z"}]}
    update_link(link, changes={"rules": [rule]})
    assert "Rule 1 is the first" in Read(signed_in.post(path, draft(do="try"))).text
    assert "until 31 Dec 9999" in Read(signed_in.get(path.replace("rules", "history"))).text


def test_a_link_that_does_not_work_says_so(signed_in, link, path, draft):
    update_link(link, changes={"archived": True})
    text = Read(signed_in.post(path, draft(do="try"))).text
    assert "This visitor gets A page that says that the link was put aside." in text


# As JSON


def test_json_is_saved(signed_in, path, draft):
    page = Read(signed_in.get(f"{path}.json"))
    form = {"seen": page.field("seen")["value"], "rules": '[{"targets": [{"url": "https://example.com/json"}]}]'}
    assert signed_in.post(f"{path}.json", form).status_code == 302
    assert kept() == [{"conditions": [], "targets": [{"url": "https://example.com/json", "weight": 1}]}]


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ("[", "Enter a valid JSON."),
        ('{"a": 1}', "Rules are a list"),
        ('[{"targets": []}]', "Rule 1: targets: List should have at least 1 item"),
    ],
)
def test_mistakes_in_json_name_the_rule(signed_in, path, rules, error):
    answer = signed_in.post(f"{path}.json", {"rules": rules})
    assert answer.status_code == 422
    assert error in Read(answer).element("id_rules_error")
    assert kept() == [IOS, SPLIT]


def test_json_that_others_saved_meanwhile_is_shown(signed_in, link, path):
    seen = Read(signed_in.get(f"{path}.json")).field("seen")["value"]
    update_link(link, changes={"rules": [SPLIT]})
    answer = signed_in.post(f"{path}.json", {"seen": seen, "rules": "[]"})
    assert answer.status_code == 409
    assert "https://example.com/a" in Read(answer).text
    assert kept() == [SPLIT]
    signed_in.post(f"{path}.json", {"seen": Read(answer).field("seen")["value"], "rules": "[]"})
    assert kept() == []
