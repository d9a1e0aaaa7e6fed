"""What is kept of followers is unreadable without the key, and links can't be made up."""

from __future__ import annotations

import pytest

from geoplatform.changes import sealing
from geoplatform.changes.sealing import Contents, Unreadable

CONTENTS = Contents("olena@example.org", "uk", "?layer=parks&near=32.26,48.51", 32.26, 48.51, "вулиця Садова, 5")


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("GEOPLATFORM_SECRET_FOLLOWING", "one")


def test_what_is_sealed_comes_back_and_tells_nothing():
    sealed = sealing.seal(CONTENTS)
    assert sealing.unseal(sealed) == sealing.unseal(memoryview(sealed)) == CONTENTS
    assert b"olena" not in sealed and sealed != sealing.seal(CONTENTS), "the same is never sealed alike"


def test_another_key_or_a_changed_byte_opens_nothing(monkeypatch):
    sealed = sealing.seal(CONTENTS)
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"x" * 200):
        with pytest.raises(Unreadable):
            sealing.unseal(broken)
    monkeypatch.setenv("GEOPLATFORM_SECRET_FOLLOWING", "two")
    with pytest.raises(Unreadable):
        sealing.unseal(sealed)


def test_a_link_is_good_for_its_purpose_its_follower_and_its_key(monkeypatch):
    token = sealing.token("leave", "abc")
    assert sealing.reference_of("leave", token) == "abc"
    assert sealing.reference_of("confirm", token) is None
    assert sealing.reference_of("leave", token.replace("abc", "abd")) is None
    for broken in ("", ".", "abc", "abc.", token[:-1], token + "0", token.upper(), "é.é", "a" * 9999):
        assert sealing.reference_of("leave", broken) is None
    monkeypatch.setenv("GEOPLATFORM_SECRET_FOLLOWING", "two")
    assert sealing.reference_of("leave", token) is None


def test_hashes_tell_their_parts_apart():
    assert sealing.hashed("same", "ab", "c") != sealing.hashed("same", "a", "bc")
    assert sealing.hashed("recipient", "a") == sealing.hashed("recipient", "a")
