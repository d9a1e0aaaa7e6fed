"""How far what was said of a facility's state can be believed as time goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geoplatform.facilities import said, statements
from geoplatform.facilities.statements import Statement, told
from geoplatform.layers.definition import Text
from tests.unit.facilities.test_secondary import published

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATES = published("facility_states", update_promise_days=1)
OPEN = Text(uk="Працює", en="Open")


def statement(**times: datetime | None) -> Statement:
    facts = {"known_at": NOW, "since": None, "known_until": None, **times}
    return Statement("health", "h.1", "open", OPEN, note=None, note_en=None, source=None, version=4, **facts)


@pytest.mark.parametrize(("times", "trust", "state"), [
    ({}, "fresh", "open"),
    ({"known_at": NOW - timedelta(days=1)}, "fresh", "open"),
    ({"known_at": NOW - timedelta(days=1, seconds=1)}, "stale", "open"),
    ({"known_until": NOW + timedelta(seconds=1)}, "fresh", "open"),
    ({"known_until": NOW}, "ended", None),
    ({"known_at": NOW - timedelta(days=9), "known_until": NOW}, "ended", None),
])  # fmt: skip
def test_a_statement_grows_old_and_ends(times, trust, state):
    found = told(statement(**times), (None, None), STATES, NOW)
    assert (found.trust, found.state) == (trust, state)


def test_silence_is_not_known_and_an_unknown_of_the_source_is_silence():
    assert told(None, (None, None), STATES, NOW) == statements.Told("unknown", None, None)
    assert told(None, ("unknown", OPEN), STATES, NOW).own is None
    assert told(None, ("open", OPEN), STATES, NOW).own == OPEN


def test_two_facilities_never_share_a_row():
    assert statements.row_id(("health", "h.1")) != statements.row_id(("health_state", "1"))


@pytest.mark.parametrize(("value", "expected"), [
    ("0:health:h.1", (("health", "h.1"), None)),
    ("12:health:a:b", (("health", "a:b"), 12)),
    *((value, None) for value in ("", "health:h1", "-1:health:h1", "x:health:h1", "1:health:", "1::h1")),
    *((value, None) for value in ("9" * 20 + ":a:b", "1:a:\0")),
])  # fmt: skip
def test_a_check_box_says_what_it_stands_for_or_nothing(value, expected):
    assert said.parse_choice(value) == expected


def test_what_a_check_box_is_given_comes_back():
    assert said.parse_choice(said.choice(("health", "a:b"), 7)) == (("health", "a:b"), 7)
    assert said.parse_choice(said.choice(("health", "a:b"), None)) == (("health", "a:b"), None)
