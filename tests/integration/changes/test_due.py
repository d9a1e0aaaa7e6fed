"""When letters are due, and to which addresses one may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def subscribing(django_process):
    """The module, which needs Django."""
    from geoplatform.changes import subscribing

    return subscribing


@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        ("soon", "2026-11-23T10:00+00:00", "2026-11-23T10:15+00:00"),
        ("daily", "2026-11-23T04:59+00:00", "2026-11-23T05:00+00:00"),
        ("daily", "2026-11-23T05:00+00:00", "2026-11-24T05:00+00:00"),
        ("daily", "2026-10-24T12:00+00:00", "2026-10-25T05:00+00:00"),  # the clocks go back that night
        ("daily", "2026-03-28T12:00+00:00", "2026-03-29T04:00+00:00"),
        ("weekly", "2026-11-23T04:59+00:00", "2026-11-23T05:00+00:00"),  # a Monday
        ("weekly", "2026-11-23T05:00+00:00", "2026-11-30T05:00+00:00"),
        ("weekly", "2026-11-29T23:30+00:00", "2026-11-30T05:00+00:00"),
    ],
)
def test_letters_are_due_soon_or_in_the_morning_of_kyiv(subscribing, frequency, now, due):
    found = subscribing.due(frequency, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(due) and found > datetime.fromisoformat(now)


def test_the_next_letter_is_always_later_than_now(subscribing):
    start = datetime(2026, 10, 20, tzinfo=UTC)
    for hour in range(24 * 14):
        now = start + timedelta(hours=hour)
        for frequency, most in (("daily", 25), ("weekly", 7 * 24 + 1)):
            assert timedelta() < subscribing.due(frequency, now) - now <= timedelta(hours=most)


@pytest.mark.parametrize("address", ["a@example.org", "o.lena+map@mail.example.org"])
def test_an_address_that_every_server_takes_is_taken(subscribing, address):
    assert subscribing.valid_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.org",
        "a@b",
        "a b@example.org",
        "a@example.org\n",
        "a@example.org\r\nBcc: c@d.org",
        "Name <a@example.org>",
        "a@example.org,b@example.org",
        "а@example.org",
        "a" * 250 + "@example.org",
        "a@exa\x00mple.org",
    ],
)
def test_what_is_not_one_plain_address_is_not(subscribing, address):
    assert not subscribing.valid_address(address)
