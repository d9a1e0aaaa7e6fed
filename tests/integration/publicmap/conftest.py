"""The public map's pages asked as a visitor without a session, over layers that the tests publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest

from tests.integration.serving.layers import PLACES, attribute, definition, place, put

#: A layer with all that a card shows, and one that nobody has filled yet.
CLINICS = definition(
    "clinics",
    attribute("name", role="name"),
    attribute("name_en", role="name_en"),
    attribute("kind", role="category", vocabulary="kinds"),
    attribute("address", role="address"),
    attribute("phone", role="phone"),
    attribute("website", role="website"),
    attribute("hours", role="opening_hours"),
    attribute("step_free", role="accessibility", type="boolean"),
    attribute("toilet", role="accessibility", type="boolean"),
    attribute("note_staff", "staff"),
    critical=True,
)
SHELTERS = definition("shelters", attribute("name", role="name"), critical=True, life_depends=True)

#: Districts, so that a place lies in one.
BLOCKS = definition(
    "blocks", attribute("name", role="name"), attribute("name_en", role="name_en"), geometry="polygon", gazetteer="district"
)
BLOCK = {
    "id": "b1",
    "is_demo": False,
    "code": "b1",
    "name": "Подільський район",
    "name_en": "Podilskyi district",
    "geom": "MULTIPOLYGON(((32.25 48.505,32.27 48.505,32.27 48.515,32.25 48.515,32.25 48.505)))",
}

CLINIC = {
    "id": "c1",
    "is_demo": False,
    "code": "c1",
    "name": "Амбулаторія <script>alert(1)</script> «Кам’янка»",
    "name_en": "Kamianka surgery",
    "kind": "clinic",
    "address": "вулиця Пам'яті, 5",
    "phone": "+380 522 12-34-56; call me",
    "website": "javascript:alert(1)",
    "hours": "Mo-Fr 08:00-17:00; Sa 09:00-12:00",
    "step_free": True,
    "toilet": None,
    "note_staff": "ключ у сторожа",
    "geom": "POINT(32.26 48.51)",
}
DEMO_CLINIC = CLINIC | {
    "id": "c2",
    "code": "c2",
    "is_demo": True,
    "name": "Поліклініка 100%_",
    "name_en": None,
    "kind": "hospital",
    "hours": "коли захочемо",
    "website": "example.org/a",
    "geom": "POINT(32.3 48.5)",
}
NUMBER_OF_PLACES = 60


@pytest.fixture(scope="session")
def django_ready(services, process_environment) -> None:
    """Django with the control plane's settings. The public pages ask nothing of the control database."""
    process_environment.setenv("DJANGO_SETTINGS_MODULE", "geoplatform.settings.test")
    import django

    django.setup()


@dataclass
class Answered:
    """What a page answered."""

    status: int
    text: str
    headers: dict[str, str]


Ask = Callable[..., Answered]


@pytest.fixture(scope="module")
def published(module_data_db: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Four layers: sixty places, two clinics, shelters without data, and a district."""
    put(module_data_db, PLACES, [place(number) for number in range(NUMBER_OF_PLACES)])
    put(module_data_db, CLINICS, [CLINIC, DEMO_CLINIC])
    put(module_data_db, SHELTERS, [])
    put(module_data_db, BLOCKS, [BLOCK])
    module_data_db.execute("update registry.layer set checked_at = %s where id <> 'places'", [datetime.now(UTC)])
    module_data_db.commit()
    yield module_data_db


@pytest.fixture
def ask(django_ready, published) -> Ask:
    """Return a function that asks for a path as a stranger: the request has no user and no session to touch."""
    from django.test import RequestFactory
    from django.urls import resolve
    from django.utils import translation

    from geoplatform.publicmap import current

    current.forget()

    def asked(path: str, **headers: str) -> Answered:
        with translation.override("en" if path.startswith("/en/") else "uk"):
            request = RequestFactory().get(path, headers=headers)
            match = resolve(request.path_info)
            response = match.func(request, *match.args, **match.kwargs)
        assert not response.cookies, "a public page sets no cookie"
        return Answered(response.status_code, response.content.decode(), dict(response.items()))

    return asked
