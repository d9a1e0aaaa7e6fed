"""The shipped definitions read what their real sources give: OSM tags, a GTFS zip, and the files a municipality supplies.

The records are of the tests' own making; they stand for tags and columns, not for places.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from psycopg import sql

from geoplatform.config import PROJECT
from geoplatform.layers.definition import Role
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline

#: Layer -> (tags of an object, the term that its category attribute must get).
POINTS = {
    "health": [
        ({"amenity": "hospital", "healthcare": "hospital", "name": "Т1"}, "hospital"),
        ({"amenity": "clinic", "name": "Т2"}, "clinic"),
        ({"healthcare": "laboratory"}, "laboratory"),
        ({"amenity": "doctors", "wheelchair": "designated"}, "family_doctor"),
        ({"healthcare": "something_new"}, "health_other"),
    ],
    "pharmacies": [
        ({
            "amenity": "pharmacy", "healthcare": "pharmacy", "name:uk": "Т", "addr:street": "вулиця Т", "addr:housenumber": "7",
            "contact:phone": "+380", "opening_hours": "24/7", "wheelchair": "limited", "toilets:wheelchair": "no",
            "operator:type": "private", "check_date": "2026-05-01",
        }, "pharmacy"),
    ],
    "education": [
        ({"amenity": "kindergarten"}, "kindergarten"),
        ({"amenity": "school", "operator:type": "public"}, "school"),
        ({"amenity": "music_school"}, "extracurricular"),
        ({"amenity": "research_institute"}, "education_other"),
    ],
    "social_services": [
        ({"amenity": "social_facility", "social_facility": "nursing_home"}, "residential_care"),
        ({"amenity": "social_facility"}, "social_other"),
    ],
    "libraries": [({"amenity": "library"}, "library")],
    "culture": [({"tourism": "museum"}, "museum"), ({"amenity": "theatre"}, "theatre"),
                ({"amenity": "arts_centre"}, "community_centre")],
    "archives": [({"amenity": "archive"}, "archive"), ({"office": "archive"}, "archive")],
    "emergency_services": [
        ({"amenity": "police"}, "police"),
        ({"amenity": "fire_station"}, "fire_station"),
        ({"emergency": "ambulance_station"}, "ambulance_station"),
    ],
    "administrative_services": [
        ({"amenity": "townhall"}, "council"),
        ({"office": "government", "government": "tax"}, "tax_office"),
        ({"office": "government"}, "state_office"),
        ({"office": "employment_agency"}, "employment_office"),
        ({"office": "government", "government": "statistics"}, "administrative_other"),
    ],
    "post_offices": [({"amenity": "post_office"}, "post_office"),
                     ({"amenity": "parcel_locker", "operator": "Т"}, "parcel_locker")],
    "addresses": [({"addr:street": "вулиця Т", "addr:housenumber": "12-а", "building": "yes"}, None)],
    "banks": [({"amenity": "bank"}, "bank"), ({"amenity": "atm"}, "atm"), ({"amenity": "bureau_de_change"}, "money_exchange")],
}  # fmt: skip

SQUARE = [(32.25, 48.50), (32.26, 48.50), (32.26, 48.51), (32.25, 48.51), (32.25, 48.50)]
LINES = {
    "streets": [({"highway": "residential", "name": "вулиця Т", "old_name": "вулиця Давня"}, "residential")],
    "walkways": [({"highway": "steps", "foot": "yes"}, None)],
    "roads": [({"highway": "track", "surface": "mud", "lit": "no"}, "track"), ({"highway": "rest_area"}, "other")],
}
AREAS = {
    "green_areas": [
        ({"leisure": "park", "name": "Т"}, "park"),
        ({"natural": "wood"}, "forest"),
        ({"landuse": "flowerbed"}, "other"),
    ],
}

SHELTERS = (
    "code,name,type,address,lon,lat,opening_hours,state,wheelchair,accessibility,pets,capacity,key_holder,source_url,checked_on\n"
    "Т-1,Перевірка,найпростіше укриття,вулиця Т,32.26,48.51,24/7,працює,так,ramp;handrails,так,150,Хтось,https://example.org/,01.02.2026\n"
)
HEALTH_STATE = (
    "code,name,category,address,lon,lat,state,as_of,note,on_generator,beds_free,duty_contact\n"
    "Т-1,Перевірка,лікарня,вулиця Т,32.26,48.51,приймає,2026-02-01T10:00:00+02:00,,так,3,Хтось\n"
)
INVINCIBILITY = (
    "code,name,address,lon,lat,opening_hours,state,as_of,has_heating,overnight,capacity\n"
    "Т-1,Перевірка,вулиця Т,32.26,48.51,24/7,від генератора,2026-02-01 10:00,так,ні,40\n"
)
PROPERTY = (
    "code;name;kind;purpose;area;status;lease_until;address;inventory_no;book_value;tenant;lon;lat\n"
    "Т-1;Перевірка;нежитлове приміщення;офіс;41,5;в оренді;31.12.2027;вулиця Т;1;1000,50;Хтось;32,26;48,51\n"
)
INSTITUTIONS = "code,name,category,source_url\nТ-1,Перевірка,ЦНАП,https://example.org/\n"


@pytest.fixture
def data_root(tmp_path, data_db, monkeypatch) -> Path:
    """An empty GEOPLATFORM_DATA."""
    root = tmp_path / "data"
    root.mkdir()
    monkeypatch.setenv("GEOPLATFORM_DATA", str(root))
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def rows(conn, layer: str) -> list[dict]:
    cursor = conn.execute(sql.SQL("select * from {} order by fid").format(sql.Identifier("layers", layer)))
    names = [column.name for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    conn.commit()
    return found


def element(number: int, tags: dict[str, str], shape: str) -> dict:
    corners = [{"lon": lon, "lat": lat} for lon, lat in (SQUARE if shape == "area" else SQUARE[:3])]
    place = {"point": {"center": corners[0]}, "line": {"geometry": corners}, "area": {"geometry": corners}}[shape]
    return {"type": "way", "id": number, "tags": tags, **place}


@pytest.fixture
def osm_root(tmp_path, data_db) -> Path:
    """The shipped library with a saved answer instead of the Overpass server for each OSM layer."""
    root = tmp_path / "layers"
    shutil.copytree(PROJECT / "layers", root)
    for objects, shape in ((POINTS, "point"), (LINES, "line"), (AREAS, "area")):
        for layer, cases in objects.items():
            elements = [element(number, tags, shape) for number, (tags, _) in enumerate(cases, start=1)]
            write(tmp_path / f"{layer}.json", json.dumps({"version": 0.6, "elements": elements}))
            document = yaml.safe_load((root / f"{layer}.yaml").read_text(encoding="utf-8"))
            document["source"]["location"] = str(tmp_path / f"{layer}.json")
            write(root / f"{layer}.yaml", yaml.safe_dump(document, allow_unicode=True))
    return root


def test_tags_of_openstreetmap_become_terms(osm_root, data_db):
    expected = POINTS | LINES | AREAS
    library = load_library(PROJECT / "layers")
    assert set(expected) == {layer.id for layer in library.layers.values() if layer.source.driver == "overpass"}
    reports = pipeline.sync(list(expected), live=True, root=osm_root)
    assert [report.text() for report in reports if not report.ok] == []
    for layer, objects in expected.items():
        found = rows(data_db, layer)
        category = library.layers[layer].with_role(Role.category)
        if category:
            assert [row[category.name] for row in found] == [term for _, term in objects], layer
        assert [row["id"] for row in found] == [f"w{i}" for i in range(1, len(objects) + 1)], layer
        assert not any(row["is_demo"] for row in found), layer
    (pharmacy,) = rows(data_db, "pharmacies")
    assert (pharmacy["name"], pharmacy["address"], pharmacy["phone"]) == ("Т", "вулиця Т, 7", "+380")
    assert (pharmacy["wheelchair"], pharmacy["toilets_wheelchair"], pharmacy["ownership"]) == ("limited", "no", "private")
    assert str(pharmacy["checked_on"]) == "2026-05-01"
    assert [row["address"] for row in rows(data_db, "addresses")] == ["вулиця Т, 12-а"]
    assert [row["surface"] for row in rows(data_db, "roads")] == ["ground", None]


def test_stops_of_a_timetable(data_root, data_db):
    (data_root / "transport").mkdir()
    with zipfile.ZipFile(data_root / "transport" / "gtfs.zip", "w") as feed:
        feed.writestr(
            "stops.txt",
            "stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,wheelchair_boarding\n"
            "1,01,Перевірка,48.51,32.26,0,1\n2,,Перевірка 2,48.52,32.25,,\n",
        )
        feed.writestr("routes.txt", "route_id,route_short_name,route_type\nA,5,3\nB,12,11\n")
        feed.writestr("trips.txt", "route_id,service_id,trip_id\nA,d,a1\nB,d,b1\n")
        feed.writestr(
            "stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\na1,,,1,1\nb1,,,1,1\na1,,,2,2\n"
        )
    (report,) = pipeline.sync(["transport_stops"])
    assert (report.ok, report.source_kind) == (True, "source"), report.text()
    first, second = rows(data_db, "transport_stops")
    assert (first["name"], first["wheelchair"], first["category"]) == ("Перевірка", "yes", "stop")
    assert (first["routes"], first["modes"]) == (["5", "12"], ["bus", "trolleybus"])
    assert (second["routes"], second["wheelchair"]) == (["5"], None)


SUPPLIED = {
    "shelters": ("operational/shelters.csv", SHELTERS,
                 {"category": "simplest", "state": "open", "wheelchair": "yes", "accessibility": ["ramp", "handrails"],
                  "pets": True, "capacity": 150}),
    "health_state": ("operational/health_state.csv", HEALTH_STATE,
                     {"state": "admits", "category": "hospital", "on_generator": True, "beds_free": 3}),
    "invincibility_points": ("operational/invincibility_points.csv", INVINCIBILITY,
                             {"state": "on_generator", "has_heating": True, "overnight": False, "capacity": 40}),
    "communal_property": ("property/communal_property.csv", PROPERTY,
                          {"kind": "premises", "status": "leased", "area": 41.5, "tenant": "Хтось"}),
    "institutions": ("institutions.csv", INSTITUTIONS, {"category": "service_centre", "source": "https://example.org/"}),
}  # fmt: skip


def test_files_that_the_municipality_supplies(data_root, data_db):
    for file, text, _ in SUPPLIED.values():
        write(data_root / file, text)
    reports = pipeline.sync(list(SUPPLIED))
    assert [report.text() for report in reports if not report.ok] == []
    for layer, (_, _, expected) in SUPPLIED.items():
        (row,) = rows(data_db, layer)
        assert {name: row[name] for name in expected} == expected
        assert row["is_demo"] is False


def test_planning_documents_in_the_national_coordinate_system(data_root, data_db):
    attributes = {"code": "Т-1", "document": "Перевірка", "decision_date": "2026-01-15", "status": "затверджено"}
    attributes |= {"zone": "Ж", "zone_code": "Ж-1", "valid_until": "2040-01-01"}
    features = [{"type": "Feature", "properties": attributes, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}]
    write(data_root / "plan.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    (data_root / "planning").mkdir()
    for layer in ("master_plan", "zoning", "detailed_plans"):
        target = data_root / "planning" / f"{layer}.gpkg"
        command = ["ogr2ogr", "-f", "GPKG", "-t_srs", "EPSG:5564", "-nln", layer, target, data_root / "plan.geojson"]
        subprocess.run(command, check=True)
        (report,) = pipeline.sync([layer])
        assert (report.crs, report.added, report.refused) == ("EPSG:5564", 1, 0), report.text()
        (row,) = rows(data_db, layer)
        assert row["status"] == "approved"
        query = sql.SQL("select st_xmin(geom), st_ymin(geom) from {}").format(sql.Identifier("layers", layer))
        # 0.1 m; without the datum shift it would be 116 m off
        assert data_db.execute(query).fetchone() == pytest.approx(SQUARE[0], abs=1e-6)
