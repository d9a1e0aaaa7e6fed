"""Opening hours in one line: until when, across midnight, clock changes and holidays, and plain about what is not known."""

from __future__ import annotations

from datetime import datetime

import pytest

from geoplatform.publicmap.hours import KYIV
from geoplatform.publicmap.parameters import Moment


@pytest.fixture(scope="module")
def line(django_ready):
    """Return a function: notation, Kyiv's time -> the line in Ukrainian."""
    from django.utils import translation

    from geoplatform.publicmap import until

    def told(syntax: str | None, at: str, now: bool = True) -> str:
        with translation.override("uk"):
            return until.line(syntax, Moment(datetime.fromisoformat(at).replace(tzinfo=KYIV), now))

    return told


@pytest.mark.parametrize(
    ("syntax", "at", "told"),
    [
        ("Mo-Fr 08:00-20:00", "2026-11-23T10:00", "відчинено до 20:00"),
        ("Mo-Fr 08:00-20:00", "2026-11-23T20:00", "зачинено, відчиниться завтра о 08:00"),
        ("Mo-Fr 08:00-20:00", "2026-11-23T06:00", "зачинено, відчиниться о 08:00"),
        ("Mo-Su 20:00-02:00", "2026-11-23T23:30", "відчинено до 02:00 завтра"),
        ("Mo-Su 20:00-02:00", "2026-11-24T01:30", "відчинено до 02:00"),
        ("24/7", "2026-11-23T03:00", "відчинено цілодобово"),
        ("Mo-Su 01:00-05:00", "2026-10-25T04:30", "відчинено до 05:00"),  # the hour from three to four comes twice
        ("Mo-Su 01:00-05:00", "2026-03-29T04:30", "відчинено до 05:00"),  # there is none from three to four
        ("Mo-Su 09:00-18:00; PH off", "2026-12-25T12:00", "відчинено до 18:00"),  # a holiday works under martial law
        (None, "2026-11-23T10:00", "години роботи невідомі"),
        ("", "2026-11-23T10:00", "години роботи невідомі"),
        ("коли захочемо", "2026-11-23T10:00", "невідомо, чи відчинено"),
        ('Mo-Fr 10:00-12:00 unknown "за домовленістю"', "2026-11-23T11:00", "невідомо, чи відчинено"),
    ],
)  # fmt: skip
def test_line(line, syntax, at, told):
    assert line(syntax, at) == told


def test_another_day_is_named_when_the_time_is_not_now(line):
    assert line("Mo-Su 20:00-02:00", "2026-11-23T23:30", now=False) == "відчинено до 02:00, вівторок, 24 листопада"
    assert line("Sa 10:00-14:00", "2026-11-23T12:00") == "зачинено, відчиниться: субота, 28 листопада, 10:00"
