"""Layers for the serving plane's tests: definitions, tables as the engine makes them, publication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from geoplatform.layers import tables
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.library import Library
from geoplatform.layers.vocabulary import Theme, Vocabulary
from geoplatform.publishing.publish import publish


def text(value: str) -> dict[str, str]:
    """Return a text in both languages, the Ukrainian one told apart."""
    return {"uk": f"{value} українською", "en": value}


def attribute(name: str, publication: str = "public", **more: Any) -> dict[str, Any]:
    """Return an attribute as YAML has it."""
    return {"name": name, "title": text(name), "publication": publication, **more}


def definition(layer_id: str, *attributes: dict[str, Any], **more: Any) -> LayerDefinition:
    """Return a definition with a public attribute `code` as key and the given attributes besides."""
    return LayerDefinition.model_validate(
        {
            "id": layer_id,
            "title": text(layer_id),
            "description": text(f"about {layer_id}"),
            "theme": "health",
            "geometry": "point",
            "source": {"driver": "geojson", "location": "https://hidden.example/secret-source.geojson"},
            "key": ["code"],
            "attributes": [attribute("code"), *attributes],
            "publication": "public",
            "owner": text("owner"),
            "licence": "CC-BY-4.0",
            "attribution": text("source"),
            "update_promise_days": 30,
            **more,
        }
    )


KINDS = Vocabulary.model_validate(
    {
        "id": "kinds",
        "title": text("kinds"),
        "terms": [
            {"code": "hospital", "title": text("Hospital"), "matches": ["amenity=hospital"]},
            {"code": "clinic", "title": text("Clinic")},
        ],
    }
)


def library(*definitions: LayerDefinition) -> Library:
    """Return a library with these definitions, the vocabulary `kinds` and the theme `health`."""
    return Library(
        root=Path("layers"),
        layers={item.id: item for item in definitions},
        vocabularies={"kinds": KINDS},
        themes=[Theme.model_validate({"id": "health", "title": text("Health")})],
    )


#: A layer with every kind of attribute at every level.
PLACES = definition(
    "places",
    attribute("name", role="name"),
    attribute("kind", role="category", vocabulary="kinds"),
    attribute("beds", type="integer"),
    attribute("rating", type="number", unit="%"),
    attribute("open", type="boolean"),
    attribute("founded", type="date"),
    attribute("seen", type="datetime"),
    attribute("features", multiple=True),
    attribute("extra", type="json"),
    attribute("note_registered", "registered"),
    attribute("note_staff", "staff", type="integer"),
    attribute("secret", "restricted", role="phone"),
    style={
        "colour": "#1d70b8",
        "icon": "place",
        "label": "name",
        "attribute": "kind",
        "classes": [
            {"value": "hospital", "title": text("Hospital"), "colour": "#a3356f", "icon": "hospital"},
            {"value": "clinic", "title": text("Clinic"), "colour": "#0072b2", "icon": "clinic"},
        ],
    },
)

NAMES = ["Кам'янка", "Ґанок", "Їжак", "Інгул", "Яблуня", "Абетка", "Єлисавет", "Єва"]


def place(number: int, **changes: Any) -> dict[str, Any]:
    """Return the place `number`, on a grid of steps of 0.002 degrees about the city's centre."""
    return {
        "id": f"p{number:04d}",
        "is_demo": number % 5 == 0,
        "code": f"p{number:04d}",
        "name": NAMES[number % len(NAMES)],
        "kind": ("hospital", "clinic")[number % 2],
        "beds": number,
        "rating": number / 10,
        "open": number % 2 == 0,
        "founded": f"20{number % 25:02d}-01-15",
        "seen": "2026-01-31T12:00:00+02:00",
        "features": ["ramp", "lift"] if number % 3 == 0 else ["ramp"],
        "extra": Jsonb({"a": number}),
        "note_registered": "for registered people",
        "note_staff": number,
        "secret": f"top-secret-{number}",
        "geom": f"POINT({32.20 + number % 20 * 0.002} {48.48 + number // 20 * 0.002})",
        **changes,
    }


def put(conn: psycopg.Connection, layer: LayerDefinition, features: list[dict[str, Any]], version: int = 1) -> None:
    """Make the layer's table hold exactly these features, and publish it; one commit."""
    with conn.transaction():
        if not tables.compare(conn, layer).exists:
            tables.create(conn, layer)
            tables.create_indexes(conn, layer)
        name = tables.table(layer.id)
        conn.execute(sql.SQL("delete from {}").format(name))
        for feature in features:
            _insert(conn, name, {**feature, "valid_from": "2026-01-01T00:00:00Z", "version": version})
        _register(conn, layer, version)
        publish(conn, layer, library(layer))
    conn.commit()


def _insert(conn: psycopg.Connection, name: sql.Identifier, values: dict[str, Any]) -> None:
    places = {column: sql.SQL("%s") for column in values}
    given = list(values.values())
    if "geom" in values:
        places["geom"] = sql.SQL("ST_GeomFromText(%s, 4326)")
    columns = sql.SQL(", ").join(map(sql.Identifier, places))
    statement = sql.SQL("insert into {} ({}) values ({})").format(name, columns, sql.SQL(", ").join(places.values()))
    conn.execute(statement, given)


def _register(conn: psycopg.Connection, layer: LayerDefinition, version: int) -> None:
    conn.execute(
        "insert into registry.layer (id, definition, definition_hash) values (%s, %s, 'x') on conflict (id) do nothing",
        [layer.id, layer.canonical_json()],
    )
    extent = sql.SQL("(select ST_Envelope(ST_Extent(geom)::geometry) from {})").format(tables.table(layer.id))
    if layer.geometry == "none":
        extent = sql.SQL("null::geometry")
    conn.execute(
        sql.SQL(
            "update registry.layer set version = %s, feature_count = (select count(*) from {table}),"
            " demo_count = (select count(*) from {table} where is_demo), source_kind = 'sample', changed_at = now(),"
            " bbox = (select case when ST_GeometryType(e) = 'ST_Polygon' then ST_SetSRID(e, 4326) end from (select {extent} e) x)"
            " where id = %s"
        ).format(table=tables.table(layer.id), extent=extent),
        [version, layer.id],
    )
