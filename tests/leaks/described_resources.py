"""GeoNode's resources for tests of the serving plane: as the projection carries them over, without GeoNode."""

from __future__ import annotations

import uuid

import psycopg
from psycopg.types.json import Jsonb

from geoplatform.layers.catalogued import Resource

_NAMESPACE = uuid.UUID("f2b3f6c2-1d0f-4c58-9d0f-57a1b4c8e001")


def uuid_of(name: str) -> str:
    """Return the id of the resource that tests call `name`."""
    return str(uuid.uuid5(_NAMESPACE, name))


def put_resource(
    conn: psycopg.Connection, name: str, level: str, view_by: list[str], download_by: list[str] | None = None, **changes
) -> str:
    """Enter a resource, by default a document whose texts all hold `name`; returns its id.

    changes: other members of Resource; of its note those that are given.
    """
    words = {"uk": f"Назва {name}", "en": f"Title {name}"}
    number = uuid.UUID(uuid_of(name)).int % 100_000
    told = {
        "id": uuid_of(name), "number": number, "kind": "document", "title": words, "description": words,
        "page": f"/catalogue/#/document/{number}", "file": f"/documents/{number}/download", "media_type": "application/pdf",
        "public": level == "public",
    }  # fmt: skip
    changes["note"] = {"purpose": f"purpose {name}", "keywords": [f"word {name}"], **changes.get("note", {})}
    document = Resource.model_validate({**told, **changes}).model_dump(mode="json", exclude_defaults=True)
    conn.execute(
        "insert into registry.catalogue_resource (id, level, view_by, download_by, document) values (%s, %s, %s, %s, %s)"
        " on conflict (id) do update set level = excluded.level, view_by = excluded.view_by,"
        " download_by = excluded.download_by, document = excluded.document",
        [uuid_of(name), level, view_by, view_by if download_by is None else download_by, Jsonb(document)],
    )
    return uuid_of(name)


def put_note(conn: psycopg.Connection, layer: str, **note) -> None:
    """Enter what people wrote of a layer or raster; note: members of Note."""
    conn.execute(
        "insert into registry.catalogue_note (layer, document) values (%s, %s)"
        " on conflict (layer) do update set document = excluded.document",
        [layer, Jsonb(note)],
    )
