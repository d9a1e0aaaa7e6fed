"""A sentence that ends in an abbreviation has one full stop."""

import pytest

from geoplatform.portal.sentences import one_stop


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Станом на 1 травня 2019 р..", "Станом на 1 травня 2019 р."),
        ("Найперші – від 1 травня 2019 р.. Далі.", "Найперші – від 1 травня 2019 р. Далі."),
        ("Аптеки, школи...", "Аптеки, школи..."),
        ("As it was on 1 May 2019.", "As it was on 1 May 2019."),
    ],
)
def test_a_sentence_ends_in_one_full_stop(given, told):
    assert one_stop(given) == told
