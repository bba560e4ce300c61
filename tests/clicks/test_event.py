import msgspec
import pytest
from hypothesis import given, strategies

from shortener.clicks.event import ClickEvent, decode_batch, encode_batch

optional = strategies.none() | strategies.binary(max_size=64)
events = strategies.tuples(
    strategies.integers(1, 2**63 - 1),
    strategies.integers(0, 2**52),
    strategies.sampled_from(["GET", "HEAD"]),
    strategies.ip_addresses().map(str),
    *[optional] * 9,
    strategies.none() | strategies.text(max_size=64),
)


@given(strategies.lists(events, min_size=1, max_size=5))
def test_a_batch_arrives_as_it_was_sent(sent):
    batch = decode_batch(encode_batch(sent))
    assert [msgspec.structs.astuple(event) for event in batch.events] == sent
    assert len(batch.id) == 16


def test_every_batch_has_an_id_of_its_own_in_order_of_time():
    ids = [decode_batch(encode_batch([(1, 2, "GET", "")])).id for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)


def test_an_older_process_may_send_fewer_fields():
    assert decode_batch(encode_batch([(7, 8, "GET", "::1")])).events == [ClickEvent(7, 8, "GET", "::1")]


@given(strategies.binary(max_size=100))
def test_nonsense_is_refused(payload):
    try:
        batch = decode_batch(payload)
    except msgspec.MsgspecError:
        return
    assert isinstance(batch.events, list)


def test_the_fields_of_the_redirect_path_are_those_of_the_event():
    """The hot path writes a bare tuple: it must stay in the order of the struct."""
    from shortener.redirects.app import RedirectApp
    from tests.redirects.running import options

    app = RedirectApp(None, frozenset(), options(trusted_proxies=("10.0.0.0/8",), country_header="cf-ipcountry"))
    client = ("203.0.113.9", 5)
    names = {
        "user-agent": "user_agent", "referer": "referrer", "accept-language": "language",
        "x-forwarded-for": "forwarded_for", "cf-ipcountry": "country", "sec-purpose": "purpose",
        "dnt": "do_not_track", "sec-gpc": "global_privacy_control",
    }  # fmt: skip
    headers = {header.encode(): field.encode() for header, field in names.items()}
    event = ClickEvent(*app.event(9, 12.5, "GET", client, headers))
    assert (event.link_id, event.at_ms, event.method, event.peer) == (9, 12500, "GET", "203.0.113.9")
    assert {field: getattr(event, field).decode() for field in names.values()} == {f: f for f in names.values()}
    with pytest.raises(TypeError):
        ClickEvent(*app.event(9, 12.5, "GET", client, headers), b"query", "destination", b"one too many")
