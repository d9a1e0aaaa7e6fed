"""What residents are told of a facility's state: on the list, on the card, on the page of facilities; and what is not."""

from __future__ import annotations

import re

import pytest

from tests.integration.facilities.conftest import version_of


@pytest.fixture
def page(places, anonymous_client):
    """Return a function that reads a page as a stranger."""

    def read(path: str) -> str:
        answer = anonymous_client.get(path)
        assert answer.status_code == 200, path
        return re.sub(r"\s+", " ", answer.content.decode())

    return read


def test_what_nobody_has_told_is_told_as_not_known(page):
    assert "Стан невідомий" in page("/map/clinics/c1/")
    assert "The state is not known" in page("/en/map/clinics/c1/")
    assert page("/facilities/").count("Стан невідомий") == 3


def test_a_state_is_told_with_its_time_note_and_source_but_not_with_who_said_it(page, press):
    press(
        "on_generator",
        "0:clinics:c1",
        note="Ліфт <b>не працює</b>",
        note_en="No lift",
        source="Департамент",
        said_by="черговий 7",
    )
    for path in ("/map/clinics/c1/", "/map/?layer=clinics", "/facilities/"):
        text = page(path)
        assert "Працює від генератора" in text, path
        assert "менше хвилини тому" in text, path
        assert "черговий 7" not in text
    card = page("/map/clinics/c1/")
    assert "Ліфт &lt;b&gt;не працює&lt;/b&gt;" in card
    assert "Повідомляє: Департамент." in card
    english = page("/en/map/clinics/c1/")
    assert "Open on a generator" in english
    assert "No lift" in english


def test_an_old_state_is_told_to_be_old(page, press, places):
    press("open", "0:clinics:c1")
    places.execute("update layers.facility_states set known_at = now() - interval '3 days'")
    card = page("/map/clinics/c1/")
    assert "Працює" in card
    assert "3 дні тому" in card
    assert "могли змінитися" in card


def test_after_its_end_a_state_is_not_known_any_more(page, press, places):
    press("open", "0:clinics:c1")
    places.execute("update layers.facility_states set known_until = now() - interval '1 minute'")
    card = page("/map/clinics/c1/")
    assert "Зараз стан невідомий" in card
    assert "gp-state-box--good" not in card
    assert "1 заклад" not in page("/facilities/?state=open")


def test_the_list_of_facilities_is_counted_and_narrowed_by_state(page, press):
    press("closed_temporarily", "0:clinics:c3")
    assert "Тимчасово зачинено – 1; невідомо – 2" in page("/facilities/")
    narrowed = page("/facilities/?state=closed_temporarily")
    assert "Аптека" in narrowed
    assert "Кам’янка" not in narrowed
    # what means nothing is ignored
    assert "Кам’янка" in page("/facilities/?state=%3Cscript%3E&layer=../etc&page=-1")


def test_an_empty_layer_on_which_a_life_may_depend_says_so(page):
    assert "gp-notice--life" in page("/facilities/")


def test_a_withdrawn_layer_of_states_takes_the_states_from_every_page(page, press, places):
    from geoplatform.publicmap import current
    from geoplatform.publishing import pipeline

    press("open", "0:clinics:c1", note="таємниця-про-стан")
    pipeline.unpublish("facility_states")
    current.forget()
    for path in ("/map/clinics/c1/", "/map/?layer=clinics", "/facilities/"):
        assert "таємниця-про-стан" not in page(path)
    assert version_of(places, "clinics.c1")
