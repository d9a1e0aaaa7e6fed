"""Areas, facilities and indicators that tests publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from geoplatform import config
from geoplatform.indicators import shipped, store
from geoplatform.indicators.definition import Indicator
from geoplatform.layers import described
from tests.integration.publicmap.conftest import CLINICS, django_ready  # noqa: F401 - a fixture
from tests.integration.serving.layers import put

NAMES = [
    "Ганнівська",
    "Долинська",
    "Єланецька",
    "Їжакова",
    "Кетрисанівська",
    "=Суботцівська",
    "<b>Знам’янська</b>",
    "Бобринецька",
]


def code(number: int) -> str:
    """Return a code like those of the codifier."""
    return f"UA3504{number:02d}000000{14000 + number}"


def square(number: int) -> dict:
    """Return a hromada as a square of a tenth of a degree."""
    west = 32.0 + number / 10
    corners = [(west, 48.45), (west + 0.1, 48.45), (west + 0.1, 48.55), (west, 48.55), (west, 48.45)]
    ring = ", ".join(f"{x} {y}" for x, y in corners)
    return {
        "id": code(number), "is_demo": False, "katottg": code(number), "name": NAMES[number], "name_en": f"Area {number}",
        "wikidata": None, "geom": f"MULTIPOLYGON((({ring})))",
    }  # fmt: skip


def settlement(number: int, lon: float, lat: float, people: int | None) -> dict:
    """Return a settlement."""
    return {
        "id": f"s{number}", "is_demo": False, "katottg": f"s{number}", "name": f"Село {number}", "name_en": f"Village {number}",
        "old_name": None, "category": "C", "hromada": None, "raion": None, "population": people, "geonameid": number,
        "geom": f"POINT({lon} {lat})",
    }  # fmt: skip


def clinic(number: int, lon: float, lat: float) -> dict:
    """Return a clinic."""
    empty = dict.fromkeys(["name_en", "kind", "address", "phone", "website", "hours", "step_free", "toilet", "note_staff"])
    name = f"Амбулаторія {number}"
    return {"id": f"c{number}", "is_demo": False, "code": f"c{number}", "name": name, **empty, "geom": f"POINT({lon} {lat})"}


def indicator(name: str = "wells", **more) -> Indicator:
    """Return an indicator over hromady."""
    text = {"uk": f"Показник {name}", "en": f"Indicator {name}"}
    return Indicator.model_validate(
        {"id": name, "title": text, "description": text, "unit": {"uk": "%", "en": "%"}, "kind": "rate", "areas": "hromady",
         "decimals": 1, "source": {"uk": "Облік", "en": "Records"}, "licence": "CC-BY-4.0", **more}
    )  # fmt: skip


#: 2023 for all areas but the last, 2024 for all but the last two.
VALUES = {(code(n), 2023): 10.0 * n for n in range(7)} | {(code(n), 2024): 10.0 * n + (5 if n % 2 else -5) + 5 for n in range(6)}


@pytest.fixture
def places(django_ready, data_db) -> Iterator[psycopg.Connection]:  # noqa: F811 - the fixture imported above
    """Eight hromady, three settlements, two clinics; no indicator yet. Gives a connection of the owner in autocommit."""
    from geoplatform.publicmap import current

    layers = described.library().layers
    put(data_db, layers["hromady"], [square(number) for number in range(len(NAMES))])
    plain = [attribute.model_copy(update={"vocabulary": None}) for attribute in layers["settlements"].attributes]
    villages = [settlement(1, 32.26, 48.51, 500), settlement(2, 32.30, 48.55, 300), settlement(3, 32.2, 48.5, None)]
    put(data_db, layers["settlements"].model_copy(update={"attributes": plain}), villages)
    put(data_db, CLINICS, [clinic(1, 32.261, 48.511), clinic(2, 32.205, 48.5)])
    data_db.commit()
    data_db.autocommit = True
    current.forget()
    yield data_db
    current.forget()


@pytest.fixture
def wells(places) -> Indicator:
    """A public rate over two years."""
    kept = indicator()
    store.write(places, kept, VALUES, "test")
    return kept


@pytest.fixture
def ask(places) -> Callable:
    """Return a function that asks for a path as a stranger, without a session: status and text."""
    from django.http import Http404
    from django.test import RequestFactory
    from django.urls import resolve
    from django.utils import translation

    def asked(path: str) -> tuple[int, str]:
        with translation.override("en" if path.startswith("/en/") else "uk"):
            request = RequestFactory().get(path)
            match = resolve(request.path_info)
            try:
                answer = match.func(request, *match.args, **match.kwargs)
            except Http404 as error:
                return 404, str(error)
        return answer.status_code, answer.content.decode()

    return asked


@pytest.fixture
def look(places, tmp_path) -> Callable:
    """Return a function that examines a table (bytes or text) for `indicator()`."""

    def looked(content: str | bytes, name: str = "t.csv", year: str = "", **more):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return shipped.look(places, indicator(**more), path, year)

    return looked


@pytest.fixture
def settings():
    """The installation's settings."""
    return config.load()
