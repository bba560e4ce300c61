"""Answers sent in one piece."""

import asyncio

import pytest

from shortener.redirects.gathering import AT_ONCE, Gathering

pytestmark = pytest.mark.anyio


class Transport:
    """Notes every call that would be one to the system."""

    def __init__(self):
        self.sent, self.closed = [], False

    def writelines(self, pieces):
        assert not self.closed
        self.sent.append(b"".join(pieces))

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def get_extra_info(self, name):
        return name


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
async def gathering(transport):
    return Gathering(transport, asyncio.get_running_loop())


async def test_what_is_written_within_a_turn_is_sent_at_its_end_in_one_piece(transport, gathering):
    gathering.write(b"head")
    gathering.write(b"body")
    assert transport.sent == []
    await asyncio.sleep(0)
    assert transport.sent == [b"headbody"]
    gathering.write(b"more")
    await asyncio.sleep(0)
    assert transport.sent == [b"headbody", b"more"]


async def test_much_is_not_kept_waiting(transport, gathering):
    gathering.write(b"head")
    gathering.write(b"x" * AT_ONCE)
    assert [len(piece) for piece in transport.sent] == [4 + AT_ONCE]
    gathering.write(b"rest")
    await asyncio.sleep(0)
    assert transport.sent[1:] == [b"rest"]


async def test_nothing_is_lost_by_closing(transport, gathering):
    gathering.write(b"answer")
    gathering.close()
    assert (transport.sent, gathering.is_closing()) == ([b"answer"], True)
    await asyncio.sleep(0)
    assert transport.sent == [b"answer"]


async def test_nothing_is_written_to_who_has_gone(transport, gathering):
    gathering.write(b"answer")
    transport.close()
    await asyncio.sleep(0)
    assert transport.sent == []


async def test_it_is_a_transport_in_all_else(gathering):
    assert gathering.get_extra_info("peername") == "peername"
