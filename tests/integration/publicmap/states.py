"""Past states of features, for tests that look back."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb


def was(conn: psycopg.Connection, layer: str, values: dict[str, Any], since: str, until: str) -> None:
    """Write a closed state of a feature, `values` as `put` takes them."""
    system = {"id", "geom", "is_demo"}
    attributes = {name: value.obj if isinstance(value, Jsonb) else value for name, value in values.items() if name not in system}
    conn.execute(
        "insert into history.feature (layer, id, attributes, geom, is_demo, valid_from, valid_to, version)"
        " values (%s, %s, %s, ST_GeomFromText(%s, 4326), %s, %s, %s, 2)",
        [layer, values["id"], Jsonb(attributes), values["geom"], values["is_demo"], since, until],
    )


def rename(conn: psycopg.Connection, layer: str, feature: str, name: str) -> int:
    """Give a feature another name now, as an edit does: its state before becomes history. Returns the layer's new version."""
    with conn.transaction():
        version = conn.execute(
            "update registry.layer set version = version + 1, changed_at = now() where id = %s returning version", [layer]
        ).fetchone()[0]
        conn.execute(
            "insert into history.feature (layer, id, attributes, geom, is_demo, valid_from, valid_to, version)"
            " select %s, id, to_jsonb(l) - array['fid', 'geom', 'geom_3857', 'version', 'valid_from'], geom, is_demo,"
            f' valid_from, now(), %s from layers."{layer}" l where id = %s',
            [layer, version, feature],
        )
        conn.execute(
            f'update layers."{layer}" set name = %s, valid_from = now(), version = %s where id = %s', [name, version, feature]
        )
        conn.execute(
            "insert into registry.change_event (layer, version, added, changed, removed) values (%s, %s, 0, 1, 0)",
            [layer, version],
        )
        conn.execute("update registry.publication set serial = serial + 1")
    return version
