"""Features written over HTTP (OGC API Features part 4): who may, what is refused and how, no lost update, no server error."""

import json
import random
import threading
import time
from copy import deepcopy

import pytest
import yaml

from tests.integration.layers.benches import HERE, establish

#: The layer `benches` has an attribute of any JSON here, and one that nobody is shown.
ATTRIBUTES = yaml.safe_load("""
- {name: code, title: {uk: Код, en: Code}, publication: public}
- {name: seats, type: integer, title: {uk: Місць, en: Seats}, publication: public, required: true}
- {name: facts, type: json, title: {uk: Відомості, en: Facts}, publication: public}
- {name: note, title: {uk: Примітка, en: Note}, publication: staff}
- {name: secret, title: {uk: Таємне, en: Secret}}
""")
TOO_LARGE = "of 8 MB"
ITEMS = "/ogcapi/collections/benches/items"
GEOJSON = "application/geo+json"
MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def layers(django_process, module_data_db):
    """Layers kept in the platform: `benches`, which is public, `plans`, which nobody below staff may know of; `fed` is none."""
    module_data_db.autocommit = True
    for changes in ({}, {"id": "plans", "publication": "staff"}, {"id": "fed", "source": {"driver": "geojson", "location": "x"}}):
        establish(module_data_db, attributes=ATTRIBUTES, **changes)
    for account, level in ((1, "staff"), (2, "staff"), (3, "registered")):
        module_data_db.execute("insert into access.account (id, level) values (%s, %s)", [account, level])
    for layer in ("benches", "plans", "fed"):
        for operation in ("view", "edit"):
            module_data_db.execute("insert into access.permission values (%s, %s, 'account:1')", [layer, operation])
        if layer != "plans":
            module_data_db.execute("insert into access.permission values (%s, 'view', 'anyone')", [layer])
    return module_data_db


@pytest.fixture
def benches(layers):
    """Those layers, empty."""
    from geoplatform.access import gate

    gate.forget()
    yield layers
    gate.forget()
    for layer in ("benches", "plans"):
        layers.execute(f"delete from layers.{layer}")
        layers.execute("delete from history.feature")
    layers.execute("delete from access.token")  # an account has fifty at the most


def headers_of(conn, account: int, layers: list[str] | None = None) -> dict[str, str]:
    from geoplatform.access import tokens

    return {"Authorization": f"Bearer {tokens.make(conn, account, 'QGIS', 30, layers)}"}


@pytest.fixture
def editor(benches) -> dict[str, str]:
    """Headers of account 1, which may edit all three layers."""
    return headers_of(benches, 1)


@pytest.fixture
def client(settings_without_pages):
    from django.test import Client

    return Client()


@pytest.fixture
def settings_without_pages(django_process):
    """Requests pass only what the API needs: no page's middleware, so no control database."""
    from django.test import override_settings

    kept = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    with override_settings(MIDDLEWARE=kept):
        yield


def feature(code="a", geometry=HERE, **properties) -> dict:
    return {"type": "Feature", "geometry": deepcopy(geometry), "properties": {"code": code, "seats": 2, **properties}}


def send(client, method, path, body, headers, content_type=GEOJSON, **more):
    text = body if isinstance(body, bytes) else json.dumps(body)
    return getattr(client, method)(path, text, content_type=content_type, headers={**headers, **more})


def stored(conn) -> dict:
    rows = conn.execute("select id, seats, facts, note, secret, round(ST_X(geom)::numeric, 5)::float8 from layers.benches")
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def bench(benches, client, editor) -> str:
    """The ETag of a feature `a` that was created over HTTP."""
    answer = send(client, "post", ITEMS, feature(note="n", facts={"made": {"by": "x", "in": 1990}}), editor)
    assert answer.status_code == 201, answer.content
    benches.execute("update layers.benches set secret = 'kept'")
    return answer["ETag"]


def test_a_feature_is_created_replaced_updated_and_deleted_at_its_address(benches, client, editor, bench):
    from geoplatform.config import load

    assert stored(benches) == {"a": (2, {"made": {"by": "x", "in": 1990}}, "n", "kept", 32.26)}
    patch = {"properties": {"seats": 3, "facts": {"made": {"in": None}}}}
    answer = send(client, "patch", f"{ITEMS}/a", patch, editor, MERGE, **{"If-Match": bench})
    assert (answer.status_code, answer.content) == (204, b"")
    assert stored(benches)["a"] == (3, {"made": {"by": "x"}}, "n", "kept", 32.26)
    moved = feature(geometry={"type": "Point", "coordinates": [32.27, 48.5, 120]}, seats=4)
    answer = send(client, "put", f"{ITEMS}/a", moved, editor, **{"If-Match": answer["ETag"]})
    assert answer.status_code == 204
    assert stored(benches)["a"] == (4, None, None, "kept", 32.27), "a replacement keeps only what its author may not see"
    answer = client.delete(f"{ITEMS}/a", headers={**editor, "If-Match": "*"})
    assert answer.status_code == 204
    assert stored(benches) == {}
    authors = benches.execute("select distinct author from history.feature where layer = 'benches'").fetchall()
    assert authors == [("account:1",)]
    again = send(client, "post", ITEMS, feature("b/№ 1".replace("/", "-").replace(" ", "")), editor)
    assert again["Location"] == f"{load().site_url}{ITEMS}/b-%E2%84%961"


def test_a_collection_of_features_is_created_whole_or_not_at_all(benches, client, editor):
    def collection(*features):
        return {"type": "FeatureCollection", "features": list(features)}

    answer = send(
        client, "post", ITEMS, collection(feature("x"), feature("y", seats="many"), feature("z", geometry=None)), editor
    )
    assert answer.status_code == 422
    reasons = answer.json()["reasons"]
    assert [(r["feature"], r["attribute"], r["code"]) for r in reasons] == [
        (1, "seats", "type_integer"),
        (2, None, "geometry_missing"),
    ]
    assert stored(benches) == {}
    answer = send(client, "post", ITEMS, collection(feature("x"), feature("y")), editor)
    assert answer.status_code == 201
    assert len(answer.json()["created"]) == 2
    assert set(stored(benches)) == {"x", "y"}


@pytest.mark.parametrize(
    ("crs", "coordinates"),
    [
        ("http://www.opengis.net/def/crs/EPSG/0/4326", [48.51, 32.26]),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", [32.26, 48.51]),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", [3591166.77, 6190404.69]),
        ("http://www.opengis.net/def/crs/EPSG/0/5564", [5375549.2, 6445383.3]),
    ],
)
def test_coordinates_are_read_in_the_order_of_the_named_crs(benches, client, editor, crs, coordinates):
    body = feature(geometry={"type": "Point", "coordinates": coordinates})
    answer = send(client, "post", ITEMS, body, editor, **{"Content-Crs": f"<{crs}>"})
    assert answer.status_code == 201, answer.content
    x, y = benches.execute("select ST_X(geom), ST_Y(geom) from layers.benches").fetchone()
    assert (x, y) == (pytest.approx(32.26, abs=2e-2), pytest.approx(48.51, abs=2e-2))


def test_an_unknown_crs_is_refused(client, editor):
    answer = send(client, "post", ITEMS, feature(), editor, **{"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/1>"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "body", "headers", "content_type", "status"),
    [
        ("put", feature(), {}, GEOJSON, 428),
        ("patch", {}, {}, MERGE, 428),
        ("delete", b"", {}, GEOJSON, 428),
        ("put", feature(), {"If-Match": 'W/"999-ab"'}, GEOJSON, 412),
        ("put", feature(), {"If-Match": "nonsense"}, GEOJSON, 400),
        ("put", feature("b"), {"If-Match": "*"}, GEOJSON, 409),
        ("put", {**feature(), "id": "b"}, {"If-Match": "*"}, GEOJSON, 409),
        ("patch", {"properties": {"code": "b"}}, {"If-Match": "*"}, MERGE, 409),
        ("patch", {"properties": {"seats": None}}, {"If-Match": "*"}, MERGE, 422),
        ("patch", {"type": "Point"}, {"If-Match": "*"}, MERGE, 422),
        ("patch", {"geometry": {"coordinates": [0, 0]}}, {"If-Match": "*"}, MERGE, 422),
        ("patch", {"properties": {"secret": "x"}}, {"If-Match": "*"}, MERGE, 422),
        ("put", feature(), {"If-Match": "*"}, "text/xml", 415),
        ("patch", {}, {"If-Match": "*"}, "text/plain", 415),
        ("post", feature(), {}, "application/x-www-form-urlencoded", 415),
        ("post", feature("a"), {}, GEOJSON, 409),
        ("post", feature("b", colour="red"), {}, GEOJSON, 422),
        ("post", feature("b c"), {}, GEOJSON, 422),
        ("post", b'{"type": "Feature", "geometry": null, "properties": {"code": "b", "seats": NaN}}', {}, GEOJSON, 400),
        ("post", b"\xff\xfe", {}, GEOJSON, 400),
        ("post", b"[" * 100_000, {}, GEOJSON, 400),
        ("post", {"type": "FeatureCollection", "features": []}, {}, GEOJSON, 422),
        ("post", TOO_LARGE, {}, GEOJSON, 413),
    ],
)
def test_a_faulty_write_is_a_problem_that_says_why_and_changes_nothing(
    benches, client, editor, bench, method, body, headers, content_type, status
):
    if body == TOO_LARGE:
        body = b'{"x": "' + b"a" * (8 * 1024 * 1024) + b'"}'
    before = stored(benches)
    path = ITEMS if method == "post" else f"{ITEMS}/a"
    answer = send(client, method, path, body, editor, content_type, **headers)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert "secret" not in problem["detail"] or method == "patch", "what the author may not see is named in no message"
    assert stored(benches) == before


def test_a_polygon_of_a_million_points_is_refused_before_anything_is_made_of_it(benches, client, editor):
    ring = b"[" + b",".join([b"[1,2]"] * 1_000_000) + b"]"
    body = b'{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[' + ring + b"]}}"
    begun = time.monotonic()
    answer = send(client, "post", ITEMS, body, editor)
    assert time.monotonic() - begun < 5
    assert answer.status_code == 413 and "positions" in answer.json()["detail"], answer.content
    assert stored(benches) == {}


def test_a_missing_feature_is_not_found_and_a_layer_that_follows_a_source_is_not_written(client, editor):
    for method in ("put", "patch"):
        assert send(client, method, f"{ITEMS}/none", feature("none"), editor, **{"If-Match": "*"}).status_code == 404
    assert client.delete(f"{ITEMS}/none", headers={**editor, "If-Match": "*"}).status_code == 404
    answer = send(client, "post", "/ogcapi/collections/fed/items", feature(), editor)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_of_two_writers_with_the_same_etag_one_is_refused(benches, client, editor, bench):
    from django.test import Client

    results = []

    def write(seats: int) -> None:
        body = feature(seats=seats)
        results.append(send(Client(), "put", f"{ITEMS}/a", body, editor, **{"If-Match": bench}).status_code)

    threads = [threading.Thread(target=write, args=(seats,)) for seats in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [204, 412]


def test_the_etag_of_the_serving_plane_is_the_writers_if_match(client, editor, bench):
    from werkzeug.test import Client

    from geoplatform.serving import publication
    from geoplatform.serving.app import application

    publication.forget()
    reader = Client(application)
    shown = reader.get(f"{ITEMS}/a", headers=editor)
    assert shown.status_code == 200, shown.text
    assert reader.get(f"{ITEMS}/a", headers={**editor, "If-None-Match": shown.headers["ETag"]}).status_code == 304
    match = {"If-Match": shown.headers["ETag"]}
    assert send(client, "put", f"{ITEMS}/a", feature(seats=8), editor, **match).status_code == 204
    assert send(client, "put", f"{ITEMS}/a", feature(seats=9), editor, **match).status_code == 412
    publication.forget()
    again = reader.get(f"{ITEMS}/a", headers={**editor, "If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.json["properties"]["seats"]) == (200, 8)
    publication.forget()


# --- who may -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "layer", "status"),
    [
        ("nobody", "benches", 401),
        ("nobody", "plans", 401),
        ("nobody", "there_is_none", 401),
        ("forger", "benches", 401),
        ("resident", "benches", 403),
        ("resident", "plans", 404),
        ("resident", "there_is_none", 404),
        ("colleague", "benches", 403),
        ("colleague", "plans", 404),
        ("limited", "plans", 404),
        ("limited", "benches", 201),
        ("editor", "benches", 201),
        ("editor", "plans", 201),
        ("editor", "there_is_none", 404),
    ],
)
def test_only_staff_with_the_permission_write_and_others_learn_of_nothing_above_them(benches, client, editor, who, layer, status):
    headers = {
        "nobody": lambda: {},
        "forger": lambda: {"Authorization": "Bearer gpt_" + "a" * 43},
        "resident": lambda: headers_of(benches, 3),
        "colleague": lambda: headers_of(benches, 2),
        "limited": lambda: headers_of(benches, 1, ["benches"]),
        "editor": lambda: editor,
    }[who]()
    answer = send(client, "post", f"/ogcapi/collections/{layer}/items", feature(), headers)
    assert answer.status_code == status, answer.content
    if status == 401:
        assert answer["WWW-Authenticate"].startswith("Basic")


def test_writes_elsewhere_below_the_api_are_no_server_error(client, editor):
    for path in ("/ogcapi", "/ogcapi/", "/ogcapi/collections/benches", "/ogcapi/collections/benches/items/a/b"):
        assert send(client, "post", path, feature(), editor).status_code == 405


# --- fuzz --------------------------------------------------------------------------------------------------------------------


def _spoiled(rng: random.Random) -> object:
    """Return a JSON value that resembles a feature and mostly is none."""
    scalars = [None, True, 0, -1, 10**30, 1.5e308, "", "a", "\x00", "\ud7ff", "2026-05-31", "../..", "'; drop table x; --"]

    def value(depth: int):
        kind = rng.randrange(5 if depth else 3)
        if kind < 3:
            return rng.choice(scalars)
        if kind == 3:
            return [value(depth - 1) for _ in range(rng.randrange(4))]
        names = ["type", "id", "geometry", "properties", "coordinates", "code", "seats", "facts", "features", "crs", "is_demo"]
        return {rng.choice(names): value(depth - 1) for _ in range(rng.randrange(4))}

    document = feature()
    for _ in range(rng.randrange(4)):
        place = rng.choice([document, document["properties"], document["geometry"]])
        if isinstance(place, dict):
            place[rng.choice(["type", "id", "geometry", "properties", "coordinates", "code", "seats", "facts", "note"])] = value(
                3
            )
        if not isinstance(document.get("properties"), dict) or not isinstance(document.get("geometry"), dict):
            break
    return document


def test_spoiled_bodies_are_never_a_server_error(benches, client, editor, bench):
    rng = random.Random(20260531)
    seen = set()
    for _ in range(150):
        body = _spoiled(rng)
        method, path, headers = rng.choice(
            [("post", ITEMS, {}), ("put", f"{ITEMS}/a", {"If-Match": "*"}), ("patch", f"{ITEMS}/a", {"If-Match": "*"})]
        )
        answer = send(client, method, path, body, editor, **headers)
        seen.add(answer.status_code)
        assert answer.status_code < 500, (method, body, answer.content)
    assert {201, 204, 409, 422} <= seen


def test_options_tell_what_can_be_done_and_of_nothing_above_the_asker(client, editor):
    answer = client.options(ITEMS)
    assert (answer.status_code, answer["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert "If-Match" in answer["Access-Control-Allow-Headers"], "a browser asks before it sends a page's request elsewhere"
    answer = client.options(f"{ITEMS}/a")
    assert answer["Allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    assert MERGE in answer["Accept-Patch"]
    assert client.options("/ogcapi/collections/fed/items")["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/ogcapi/collections/plans/items").status_code == 404
    assert client.options("/ogcapi/collections/plans/items", headers=editor).status_code == 204
