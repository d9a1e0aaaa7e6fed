"""CQL2 filters, as text and as JSON, select what they say."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import Client

from tests.integration.serving.asking import ask, numbers

EVERY = range(200)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("beds = 7", [7]),
        ("beds <> 7", [n for n in EVERY if n != 7]),
        ("beds < 3 OR beds >= 198", [0, 1, 2, 198, 199]),
        ("beds = 1 OR beds = 2 AND kind = 'clinic'", [1]),
        ("(beds = 1 OR beds = 2) AND kind = 'hospital'", [2]),
        ("NOT beds > 1", [0, 1]),
        ("beds BETWEEN 3 AND 5", [3, 4, 5]),
        ("beds NOT BETWEEN 2 AND 199", [0, 1]),
        ("beds IN (3, 5)", [3, 5]),
        ("beds <= 8 AND name = 'Кам''янка'", [0, 8]),
        ("name LIKE 'Ї%' AND beds < 20", [2, 10, 18]),
        ("name NOT LIKE '_______%' AND beds < 8", [1, 2, 3, 4, 5, 7]),
        ("CASEI(name) = CASEI('їЖАК') AND beds < 9", [2]),
        ("open = TRUE AND beds < 3", [0, 2]),
        ("open AND beds < 3", [0, 2]),
        ("is_demo = true AND beds < 6", [0, 5]),
        ("rating > 19.75", [198, 199]),
        ("beds * 2 + 1 = 15", [7]),
        ("beds % 100 = 7", [7, 107]),
        ("beds DIV 100 = 1 AND beds < 102", [100, 101]),
        ("beds ^ 2 = 49", [7]),
        ("-beds = -7", [7]),
        ("beds = rating * 10 AND beds < 2", [0, 1]),
        ("founded > DATE('2023-06-01') AND beds < 30", [24]),
        ("founded = '2024-01-15' AND beds < 30", [24]),
        ("T_AFTER(founded, DATE('2023-06-01')) AND beds < 30", [24]),
        ("T_DURING(founded, INTERVAL('2023-06-01', '..')) AND beds < 30", [24]),
        ("seen = TIMESTAMP('2026-01-31T10:00:00Z') AND beds < 2", [0, 1]),
        ("features = 'lift' AND beds < 4", [0, 3]),
        ("A_CONTAINS(features, ('lift','ramp')) AND beds < 4", [0, 3]),
        ("A_OVERLAPS(features, ('lift','x')) AND beds < 4", [0, 3]),
        ("A_EQUALS(features, ('ramp')) AND beds < 4", [1, 2]),
        ("code IS NULL", []),
        ("code IS NOT NULL AND beds = 1", [1]),
        ("S_INTERSECTS(geometry, BBOX(32.1999, 48.4799, 32.2021, 48.4801))", [0, 1]),
        ("S_WITHIN(geometry, POLYGON((32.199 48.479, 32.2021 48.479, 32.2021 48.4801, 32.199 48.479)))", [1]),
        ("S_EQUALS(geometry, POINT(32.2 48.48))", [0]),
        ("NOT S_DISJOINT(geom, MULTIPOINT((32.2 48.48), (30 50)))", [0]),
    ],
)
def test_a_text_filter_selects(places: Client, text: str, wanted: list[int]) -> None:
    found = ask(places, filter=text, limit=200)
    assert numbers(found) == wanted
    assert found["numberMatched"] == len(wanted)


def prop(name: str) -> dict:
    return {"property": name}


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"op": "=", "args": [prop("beds"), 7]}, [7]),
        ({"op": "and", "args": [{"op": "<", "args": [prop("beds"), 3]}, {"op": "=", "args": [prop("kind"), "clinic"]}]}, [1]),
        ({"op": "between", "args": [prop("beds"), 3, 5]}, [3, 4, 5]),
        ({"op": "between", "args": [prop("beds"), [3, 5]]}, [3, 4, 5]),
        ({"op": "in", "args": [prop("beds"), [3, 5]]}, [3, 5]),
        ({"op": "like", "args": [prop("code"), "p000_"]}, list(range(10))),
        ({"op": "not", "args": [{"op": ">", "args": [prop("beds"), 0]}]}, [0]),
        ({"op": "=", "args": [{"op": "casei", "args": [prop("code")]}, "p0007"]}, [7]),
        ({"op": "s_intersects", "args": [prop("geometry"), {"bbox": [32.1999, 48.4799, 32.2021, 48.4801]}]}, [0, 1]),
        ({"op": "s_intersects", "args": [prop("geometry"), {"type": "Point", "coordinates": [32.2, 48.48]}]}, [0]),
        ({"op": "t_before", "args": [prop("founded"), {"date": "2000-06-01"}]}, [n for n in EVERY if n % 25 == 0]),
        ({"op": "a_containedBy", "args": [prop("features"), ["ramp", "x"]]}, [n for n in EVERY if n % 3]),
    ],
)
def test_a_json_filter_selects(places: Client, document: dict, wanted: list[int]) -> None:
    found = ask(places, **{"filter": json.dumps(document), "filter-lang": "cql2-json", "limit": 200})
    assert numbers(found) == wanted


def test_filter_and_parameters_hold_together(places: Client) -> None:
    assert numbers(ask(places, filter="beds < 10", kind="clinic", bbox="32.1999,48.4799,32.2061,48.4801")) == [1, 3]


@pytest.mark.parametrize("value", ["' OR 1=1 --", "'; drop table layers.places; --", "%s", "%(id)s", "{0}", "\\", "a%"])
def test_values_are_never_part_of_the_sql(places: Client, value: str) -> None:
    quoted = value.replace("'", "''")
    assert numbers(ask(places, filter=f"name = '{quoted}'")) == []
    assert numbers(ask(places, name=value)) == []
    assert ask(places)["numberMatched"] == 200
