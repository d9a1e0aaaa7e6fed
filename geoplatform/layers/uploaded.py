"""Layers that staff made by uploading a file: their definitions, of the same model as the library's, are kept in the database."""

from __future__ import annotations

import json
from dataclasses import replace

import yaml
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from geoplatform.layers import history, runs, tables
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.library import Library


def definitions(conn: Connection) -> dict[str, LayerDefinition]:
    """Return the definitions of uploaded layers by id."""
    rows = conn.execute("select id, document from registry.uploaded_definition order by id").fetchall()
    return {layer: LayerDefinition.model_validate(document) for layer, document in rows}


def definition(conn: Connection, layer: str) -> LayerDefinition | None:
    """Return the definition of the uploaded layer, or None when no such layer was uploaded."""
    row = conn.execute("select document from registry.uploaded_definition where id = %s", (layer,)).fetchone()
    return LayerDefinition.model_validate(row[0]) if row else None


def joined(library: Library, conn: Connection) -> Library:
    """Return the library with the uploaded layers in it; a file that describes the same id goes first."""
    return replace(library, layers={**definitions(conn), **library.layers})


def store(conn: Connection, definition: LayerDefinition, author: str, file_name: str = "") -> None:
    """Keep `definition`, in the caller's transaction. author: e.g. `account:7`."""
    conn.execute(
        "insert into registry.uploaded_definition (id, document, file_name, created_by, changed_by)"
        " values (%(id)s, %(document)s, %(file)s, %(author)s, %(author)s)"
        " on conflict (id) do update set document = excluded.document, changed_by = excluded.changed_by, changed_at = now()"
        " where registry.uploaded_definition.document <> excluded.document",
        {
            "id": definition.id,
            "document": Jsonb(json.loads(definition.canonical_json())),
            "file": file_name,
            "author": author,
        },
    )


def remove(conn: Connection, layer: str, author: str) -> bool:
    """Take an uploaded layer away: its features end in history, its table, definition and registry row go.

    conn: in the caller's transaction, holding the layer's lock, after unpublishing. author: whom history names.
    Returns whether there was such a layer. What history holds stays, and a later layer of this id counts its versions on.
    """
    if conn.execute("delete from registry.uploaded_definition where id = %s", (layer,)).rowcount == 0:
        return False
    version = conn.execute("select version + 1 from registry.layer where id = %s", (layer,)).fetchone()
    if version is not None:
        removed = _end_features(conn, layer, version[0], author)
        conn.execute(
            "insert into registry.change_event (layer, version, added, changed, removed, author, bbox)"
            " select id, %s, 0, 0, %s, %s, bbox from registry.layer where id = %s",
            (version[0], removed, author, layer),
        )
    tables.drop_views(conn, layer)
    conn.execute(_drop_table(layer))
    conn.execute("delete from registry.layer where id = %s", (layer,))
    return True


def lock(conn: Connection, layer: str) -> bool:
    """Take the lock under which a layer is changed, without waiting; returns whether it was free."""
    return runs.lock(conn, layer, wait=False)


def as_yaml(definition: LayerDefinition) -> str:
    """Return `definition` as a layer file; put into the library's folder, it describes the layer from there on."""
    document = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _end_features(conn: Connection, layer: str, version: int, author: str) -> int:
    history.ensure_partition(conn, layer)
    return history.close(conn, layer, sql.SQL("select fid from {}").format(tables.table(layer)), version, author)


def _drop_table(layer: str) -> sql.Composed:
    return sql.SQL("drop table if exists {}").format(tables.table(layer))
