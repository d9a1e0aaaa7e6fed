"""The staff's pages of indicators and what everybody sees of their figures are sound HTML, in both languages."""

from __future__ import annotations

import io

import pytest

from geoplatform.indicators import store
from tests.integration.hub.conftest import control_db, django_process, staff, staff_client  # noqa: F401 - fixtures
from tests.integration.indicators.conftest import VALUES, code, indicator
from tests.markup import faults, keep

FORM = {
    "id": "springs", "title": "Джерела <b>", "description": "Скільки джерел.", "unit": "джерел", "kind": "count",
    "areas": "hromady", "source": "Перевірка", "licence": "CC0-1.0", "publication": "public", "decimals": "0",
}  # fmt: skip
TABLES = {
    "held": f"katottg,year,value\n{code(1)},2024,5\n{code(2)},2024,7\nUA99,2024,1\n",
    "held with faults": f"katottg,year,value\n{code(1)},2024,5\n{code(1)},2024,6\n{code(2)},x,y\n",
}


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_figures_are_sound_html(ask, places, wells, tmp_path, prefix):
    store.write(places, indicator("people", kind="count", decimals=0), VALUES, "test")
    for path in (
        "/indicators/", "/indicators/wells/", f"/indicators/wells/?year=2023&area={code(1)}&sort=change&order=asc",
        "/indicators/wells/?year=1&method=x&classes=99&page=99", "/indicators/people/", "/indicators/reach/",
        "/indicators/reach/?layer=clinics&metres=1000&areas=hromady", "/indicators/reach/?layer=clinics&areas=settlements",
        "/indicators/reach/?layer=x&areas=y&metres=z",
    ):  # fmt: skip
        status, text = ask(prefix + path)
        keep(tmp_path, path, status, {"content-type": "text/html"}, text.encode())
    assert faults(tmp_path) == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_page_of_the_staff_is_sound_html(places, staff_client, tmp_path, prefix):  # noqa: F811 - the fixture imported above
    def look(name: str, answer) -> None:
        keep(tmp_path, name, answer.status_code, answer.headers, answer.content)

    def upload(text: str, name: str = "t.csv"):
        file = io.BytesIO(text.encode())
        file.name = name
        return staff_client.post(f"{prefix}/hub/indicators/springs/table/", {"file": file, "year": ""})

    look("none", staff_client.get(f"{prefix}/hub/indicators/"))
    look("new", staff_client.get(f"{prefix}/hub/indicators/new/"))
    look("new refused", staff_client.post(f"{prefix}/hub/indicators/new/", {"id": "Джерела"}))
    made = staff_client.post(f"{prefix}/hub/indicators/new/", FORM)
    look("choose a table", staff_client.get(made["Location"]))
    look("no file", staff_client.post(made["Location"]))
    look("another kind of file", upload("x", "t.exe"))
    held = {name: upload(text)["Location"] for name, text in TABLES.items()}
    for name, path in held.items():
        look(name, staff_client.get(path))
    look("not confirmed", staff_client.post(held["held"]))
    taken = staff_client.post(held["held"], {"leave": "1"})
    look("taken", staff_client.get(taken["Location"]))
    look("remove", staff_client.get(f"{prefix}/hub/indicators/springs/remove/"))
    assert faults(tmp_path) == []
