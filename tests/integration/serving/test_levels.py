"""What is above a level is out of reach: by SQL as the level's role, and by every outlet of the serving plane."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform import config
from geoplatform.layers import published
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.publishing.publish import PublishError, publish, unpublish
from tests.integration.serving.layers import PLACES, attribute, definition, library, place, put

STAFF_ONLY = definition("staff_only", publication="staff", style={"label": "code"})
RESTRICTED = definition("restricted_layer", publication="restricted")

HIDDEN = {
    Level.public: ["note_registered", "note_staff", "secret"],
    Level.registered: ["note_staff", "secret"],
    Level.staff: ["secret"],
}
each_level = pytest.mark.parametrize("level", SERVED_LEVELS)


@pytest.fixture(scope="module")
def secrets(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """A client, with layers published to different levels."""
    put(module_data_db, PLACES, [place(number) for number in range(10)])
    for layer in (STAFF_ONLY, RESTRICTED):
        put(module_data_db, layer, [{"id": "hidden-id", "code": "hidden-id", "is_demo": False, "geom": "POINT(32.2 48.48)"}])
    return shared_client


@pytest.fixture
def reader(secrets: Client, level: Level) -> Iterator[psycopg.Connection]:
    """A connection as the level's own role."""
    with psycopg.connect(config.load().dsn(level), autocommit=True) as conn:
        yield conn


@each_level
def test_the_role_reads_its_own_views(reader: psycopg.Connection, level: Level) -> None:
    visible = [name for name in ("note_registered", "note_staff", "secret") if name not in HIDDEN[level]]
    row = reader.execute(f"select * from pub_{level}.places where id = 'p0001'")
    names = [column.name for column in row.description]
    assert [name for name in names if name in ("note_registered", "note_staff", "secret")] == visible
    assert names[:3] == ["fid", "id", "is_demo"] and names[-4:] == ["geom", "geom_3857", "valid_from", "version"]
    layers = {layer.id: layer for layer in published.read(reader, level)}
    assert set(layers) == {"places", "staff_only"} if level is Level.staff else set(layers) == {"places"}
    assert published.serial(reader, level) > 1


@each_level
def test_the_role_can_read_nothing_above_its_level(reader: psycopg.Connection, level: Level) -> None:
    tables = [
        *("layers.places", "layers.staff_only", "layers.restricted_layer", "registry.layer", "registry.published"),
        *("registry.publication", "registry.sync_run", "registry.refused_record", "registry.change_event", "history.feature"),
        *(f"pub_{other}.{name}" for other in SERVED_LEVELS if other is not level for name in ("places", "published", "serial")),
    ]
    for table in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"select * from {table}")
    for name in HIDDEN[level]:
        with pytest.raises(psycopg.errors.UndefinedColumn):
            reader.execute(f"select {name} from pub_{level}.places")
    with pytest.raises((psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)):
        reader.execute(f"select * from pub_{level}.restricted_layer")


@each_level
@pytest.mark.parametrize(
    "statement",
    [
        "delete from pub_{level}.places",
        "update pub_{level}.places set code = 'x'",
        "insert into pub_{level}.places (id, is_demo) values ('x', false)",
        "create table pub_{level}.mine (a int)",
        "create table public.mine (a int)",
        "create temporary table mine (a int)",
        "create function pub_{level}.mine() returns int language sql as 'select 1'",
        "set role gp_owner",
        "copy pub_{level}.places to program 'id'",
        "select pg_read_file('/etc/passwd')",
    ],
)
def test_the_role_can_change_nothing(reader: psycopg.Connection, level: Level, statement: str) -> None:
    reader.execute("set default_transaction_read_only = off")  # a reader may: it is no barrier, the grants are
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement.format(level=level))


@pytest.mark.parametrize("level", [Level.public, Level.registered])
def test_a_condition_of_the_reader_is_not_shown_the_rows_of_other_levels(reader: psycopg.Connection, level: Level) -> None:
    """Without a security barrier PostgreSQL could ask a cheap condition first, and its error would tell of a hidden layer."""
    rows = reader.execute(f"select layer from pub_{level}.published where 1 / (length(layer) - length('staff_only')) < 1")
    assert rows.fetchall() == [("places",)]
    options = reader.execute("select reloptions from pg_class where oid = to_regclass(%s)", [f"pub_{level}.published"])
    assert options.fetchone()[0] == ["security_barrier=true"]


@each_level
def test_the_document_tells_nothing_above_the_level(reader: psycopg.Connection, level: Level) -> None:
    documents = json.dumps([row[0] for row in reader.execute(f"select document from pub_{level}.published")])
    for hidden in [*HIDDEN[level], "secret-source", "hidden.example", "amenity=hospital"]:
        assert hidden not in documents
    layer = next(layer for layer in published.read(reader, level) if layer.id == "places")
    assert [term.code for term in layer.vocabularies["kinds"].terms] == ["hospital", "clinic"]
    assert layer.theme.id == "health"


HIDDEN_NAMES = ["note_registered", "note_staff", "secret"]
ITEMS = "/ogcapi/collections/places/items"


@pytest.mark.parametrize(
    "path",
    [
        "/ogcapi/",
        "/ogcapi/collections",
        "/ogcapi/collections/places",
        "/ogcapi/collections/places/schema",
        "/ogcapi/collections/places/queryables",
        "/ogcapi/collections/places/style",
        "/ogcapi/collections/places/tiles",
        "/ogcapi/collections/places/tiles/WebMercatorQuad",
        "/ogcapi/collections/places/tiles/WebMercatorQuad?f=tilejson",
        "/ogcapi/collections/places/tiles/WebMercatorQuad/0/0/0",
        "/ogcapi/openapi",
        ITEMS,
        f"{ITEMS}?limit=1000",
        f"{ITEMS}/p0001",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_outlet_shows_what_is_hidden_from_the_public(secrets: Client, path: str, accept: str) -> None:
    answer = secrets.get(path, headers={"Accept": accept})
    assert answer.status_code == 200
    text = answer.data.decode("utf-8", errors="replace")
    for hidden in [
        *HIDDEN_NAMES,
        "top-secret",
        "registered people",
        "staff_only",
        "restricted_layer",
        "hidden-id",
        "hidden.example",
    ]:
        assert hidden not in text


@pytest.mark.parametrize("name", HIDDEN_NAMES)
@pytest.mark.parametrize(
    "query",
    [
        "{name}=1",
        "sortby={name}",
        "sortby=-{name}",
        "properties={name}",
        "filter={name}%20IS%20NOT%20NULL",
        "filter={name}%20LIKE%20%27top%25%27",
        "filter=CASEI({name})%3D%27x%27",
        'filter="{name}"=1',
        'filter-lang=cql2-json&filter={{"op":"isNull","args":[{{"property":"{name}"}}]}}',
    ],
)
def test_a_hidden_attribute_is_as_unknown_as_one_that_is_not_there(secrets: Client, name: str, query: str) -> None:
    hidden = secrets.get(f"{ITEMS}?{query.format(name=name)}")
    absent = secrets.get(f"{ITEMS}?{query.format(name='absent')}")
    assert hidden.status_code == absent.status_code == 400
    assert hidden.json["detail"].replace(name, "absent") == absent.json["detail"]


@pytest.mark.parametrize("layer", ["staff_only", "restricted_layer", "absent"])
@pytest.mark.parametrize(
    "part", ["", "/items", "/items/hidden-id", "/schema", "/queryables", "/style", "/tiles", "/tiles/WebMercatorQuad/0/0/0"]
)
def test_a_hidden_collection_is_as_unknown_as_one_that_is_not_there(secrets: Client, layer: str, part: str) -> None:
    answer = secrets.get(f"/ogcapi/collections/{layer}{part}")
    assert answer.status_code == 404
    assert answer.json["detail"] == f"there is no collection '{layer}'"


def test_a_style_by_a_hidden_attribute_loses_its_classes(client: Client, data_db: psycopg.Connection) -> None:
    style = {
        "attribute": "mood",
        "label": "mood",
        "classes": [{"value": "bad", "title": {"uk": "зле", "en": "bad"}, "colour": "#000000"}],
    }
    layer = definition("moods", attribute("mood", "staff"), style=style)
    put(data_db, layer, [{"id": "a", "code": "a", "is_demo": False, "mood": "bad", "geom": "POINT(32 48)"}])
    shown = client.get("/ogcapi/collections/moods/style").text
    assert '"mood"' not in shown and "bad" not in shown
    with psycopg.connect(config.load().dsn("staff")) as conn:
        assert published.read(conn, "staff")[0].definition.style.classes


def test_a_key_that_would_tell_a_hidden_attribute_is_refused(data_db: psycopg.Connection) -> None:
    layer = definition("leaky", attribute("passport", "staff"), key=["code", "passport"])
    with pytest.raises(PublishError, match="passport would be readable in every feature's id"):
        publish(data_db, layer, library(layer))


@pytest.mark.parametrize("name", ["published", "serial"])
def test_a_layer_cant_take_the_name_of_a_view_of_ours(data_db: psycopg.Connection, name: str) -> None:
    layer = definition(name)
    with pytest.raises(PublishError, match="choose another"):
        publish(data_db, layer, library(layer))


def test_lowering_the_ceiling_takes_the_views_back(client: Client, data_db: psycopg.Connection) -> None:
    features = [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}]
    put(data_db, definition("fading"), features)
    put(data_db, definition("fading", publication="staff"), features)
    names = data_db.execute(
        "select relnamespace::regnamespace::text from pg_class where relname = 'fading' and relkind = 'v'"
    ).fetchall()
    assert names == [("pub_staff",)]
    unpublish(data_db, "fading")
    assert not data_db.execute("select 1 from pg_class where relname = 'fading' and relkind = 'v'").fetchall()
    assert not data_db.execute("select 1 from registry.published where layer = 'fading'").fetchall()
    assert data_db.execute("select published from registry.layer where id = 'fading'").fetchone() == (False,)


def test_publishing_unchanged_data_leaves_the_views_alone(data_db: psycopg.Connection) -> None:
    layer = definition("steady")
    features = [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}]

    def state() -> tuple:
        return data_db.execute("select to_regclass('pub_public.steady')::oid, serial from registry.publication").fetchone()

    put(data_db, layer, features)
    before = state()
    put(data_db, layer, features, version=2)
    after = state()
    assert before[0] == after[0] and after[1] == before[1] + 1
