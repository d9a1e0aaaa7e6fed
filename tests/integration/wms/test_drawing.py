"""MapServer draws what the generated mapfile says, as the level's own database role."""

import os
import subprocess
from io import BytesIO

import psycopg
import pytest
import yaml
from PIL import Image
from psycopg.types.json import Jsonb

from geoplatform.layers import published
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.layers.library import load_library
from geoplatform.publishing.drawable import drawables
from geoplatform.publishing.publish import publish
from geoplatform.serving.wms import drawing

WELLS = yaml.safe_load("""
id: wells
title: {uk: "Криниці «перші»", en: 'Wells "first"'}
description: {uk: Опис, en: Description}
theme: environment
geometry: point
publication: public
source: {driver: geojson, location: sample://none.geojson}
key: [code]
attributes:
  - {name: code, title: {uk: Код, en: Code}, publication: public}
  - {name: kind, title: {uk: Вид, en: Kind}, publication: public}
  - {name: depth, type: number, title: {uk: Глибина, en: Depth}, publication: staff}
style:
  colour: "#ff0000"
  outline: "#ff0000"
  size: 20
  attribute: kind
  classes:
    - {value: deep, title: {uk: Глибока, en: Deep}, colour: "#0000ff"}
owner: {uk: Рада, en: Council}
licence: CC0-1.0
attribution: {uk: Рада, en: Council}
update_promise_days: 30
""")


@pytest.fixture
def wells(data_db: psycopg.Connection) -> LayerDefinition:
    """A published layer of two wells: a deep one at the middle of the map, another 200 m east of it."""
    definition = LayerDefinition.model_validate(WELLS)
    data_db.execute("""
        create table layers.wells (fid bigint generated always as identity primary key, id text collate "C" unique not null,
            is_demo boolean not null default false, code text, kind text, depth double precision,
            geom geometry(Point, 4326), geom_3857 geometry(Point, 3857) generated always as (ST_Transform(geom, 3857)) stored,
            valid_from timestamptz not null default now(), version bigint not null default 1)""")
    data_db.execute("""
        insert into layers.wells (id, code, kind, depth, geom) values
            ('a', 'a', 'deep', 9, ST_SetSRID(ST_MakePoint(32.26, 48.51), 4326)),
            ('b', 'b', 'other', 2, ST_Transform(ST_Translate(ST_Transform(
                ST_SetSRID(ST_MakePoint(32.26, 48.51), 4326), 3857), 200, 0), 4326))""")
    data_db.execute(
        "insert into registry.layer (id, definition, definition_hash, version) values ('wells', %s, 'x', 1)", [Jsonb(WELLS)]
    )
    publish(data_db, definition, load_library())
    data_db.commit()
    return definition


def mapserv(environment: dict[str, str], mapfile: str, query: str) -> tuple[str, bytes]:
    """Return content type and body of what MapServer says, started once as a CGI program."""
    done = subprocess.run(
        ["/usr/lib/cgi-bin/mapserv"],
        env={"PATH": os.environ["PATH"], "REQUEST_METHOD": "GET", "QUERY_STRING": f"map={mapfile}&{query}", **environment},
        capture_output=True,
        check=True,
        timeout=30,
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return head.decode().partition("Content-Type: ")[2].splitlines()[0], body


def picture(png: bytes) -> list[list[tuple[int, ...]]]:
    """Return the rows of RGBA pixels of a picture."""
    image = Image.open(BytesIO(png)).convert("RGBA")
    return [[image.getpixel((x, y)) for x in range(image.width)] for y in range(image.height)]


def get_map(services, level: Level, serial: int, bbox: str, srs: str = "EPSG:3857") -> tuple[str, bytes]:
    drawing.prepare(services.config)
    with psycopg.connect(services.config.dsn(level)) as conn:
        drawing.write(services.config, level, "uk", drawables(published.read(conn, level), []), serial)
    path = drawing.directory(services.config) / drawing.name(level, "uk", serial)
    return mapserv(
        drawing.environment(services.config),
        str(path),
        f"SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=wells&STYLES=&SRS={srs}&BBOX={bbox}&WIDTH=256&HEIGHT=256"
        "&FORMAT=image/png&TRANSPARENT=TRUE",
    )


def mercator_bbox(conn: psycopg.Connection, half: float) -> str:
    x, y = conn.execute("select ST_X(geom_3857), ST_Y(geom_3857) from layers.wells where id = 'a'").fetchone()
    return f"{x - half},{y - half},{x + half},{y + half}"


def test_a_feature_is_drawn_in_its_class_colour_where_it_lies(services, data_db, wells):
    media_type, body = get_map(services, Level.public, 1, mercator_bbox(data_db, 256))
    assert media_type == "image/png", body
    rows = picture(body)
    assert rows[128][128] == (0, 0, 255, 255)  # the deep well, class colour
    assert rows[128][228] == (255, 0, 0, 255)  # 200 m east = 100 px: the other one, the layer's colour
    assert rows[20][20][3] == 0


@pytest.mark.parametrize("srid", [4326, 5564, 6385, 9840])
def test_the_same_place_is_hit_in_every_reference_system(services, data_db, wells, srid):
    x, y = data_db.execute(
        "select ST_X(g), ST_Y(g) from (select ST_Transform(geom, %s) g from layers.wells where id = 'a') s", [srid]
    ).fetchone()
    half = 0.002 if srid == 4326 else 200
    media_type, body = get_map(services, Level.public, 1, f"{x - half},{y - half},{x + half},{y + half}", f"EPSG:{srid}")
    assert media_type == "image/png", body
    rows = picture(body)
    assert rows[128][128] == (0, 0, 255, 255)
    assert rows[128][110][3] == 0, "the symbol is not centred on its place"


def test_no_password_is_in_a_mapfile(services, data_db, wells):
    get_map(services, Level.staff, 1, mercator_bbox(data_db, 256))
    for path in drawing.directory(services.config).glob("*.map"):
        text = path.read_text()
        assert "password" not in text
        assert services.config.secret("pg_staff") not in text
        assert path.stat().st_mode & 0o077 == 0
