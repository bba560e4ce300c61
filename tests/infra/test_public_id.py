import pytest
from hashids import Hashids
from hypothesis import given, strategies

from shortener.infra.public_id import _alphabet, decode, encode, hashed


@given(strategies.integers(min_value=0, max_value=2**63 - 1))
def test_an_id_leads_back_to_its_number(number):
    assert decode("link", encode("link", number)) == number


@given(strategies.sampled_from(["link", "tag"]), strategies.integers(0, 2**63 - 1) | strategies.integers(0, 10**7))
def test_an_id_is_what_hashids_says(kind, number):
    assert encode(kind, number) == f"{kind}_{_alphabet(kind).encode(number)}"


@given(
    strategies.sampled_from([0, 1, 4, 6, 8, 12, 30, 60, 90]),
    strategies.sampled_from(["abcdefghijklmnopqrstuvwxyz1234567890", Hashids.ALPHABET]),
    strategies.integers(0, 2**63 - 1) | strategies.integers(0, 10**7) | strategies.integers(0, 200),
)
def test_every_length_and_alphabet_is_what_hashids_says(least, letters, number):
    ids = Hashids(salt="any", min_length=least, alphabet=letters)
    assert hashed(ids, number) == ids.encode(number)


def test_an_id_of_another_kind_is_none():
    assert decode("tag", encode("link", 7)) is None
    assert decode("link", encode("tag", 7)) is None


def test_kinds_are_shuffled_apart():
    assert encode("link", 7).partition("_")[2] != encode("tag", 7).partition("_")[2]


@pytest.mark.parametrize("text", ["", "link", "link_", "link_???", "7", "link_" + "9" * 400])
def test_nonsense_is_none(text):
    assert decode("link", text) is None


@given(strategies.text(max_size=40))
def test_nothing_else_decodes_to_what_it_is_not(text):
    number = decode("link", f"link_{text}")
    assert number is None or encode("link", number) == f"link_{text}"


def test_what_is_remembered_of_shuffling_changes_no_id():
    import hashids

    plain = hashids._reorder.__wrapped__
    for text in ("abcdefghij", "aB3dE", "x" * 9):
        for salt in ("", "s", "salt of more letters than the text"):
            assert hashids._reorder(text, salt) == plain(text, salt)
