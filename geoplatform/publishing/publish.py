"""Publishing a layer to the levels that its ceiling reaches, and taking it back: views, documents and the serial, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import Connection
from psycopg.types.json import Jsonb

from geoplatform.layers.definition import SERVED_LEVELS, LayerDefinition
from geoplatform.layers.published import trimmed
from geoplatform.publishing import views

if TYPE_CHECKING:
    from geoplatform.layers.library import Library

#: Every process that serves listens here or compares the serial.
CHANNEL = "geoplatform_publication"

#: Views of each level's schema that are not layers.
RESERVED = frozenset({"published", "serial", "changes"})


class PublishError(Exception):
    """The layer can't be published; the message is one line that says why and what to do."""


def publish(conn: Connection, definition: LayerDefinition, library: Library) -> None:
    """Publish `definition` to every level that its ceiling reaches and take it from the others.

    Runs in the caller's transaction as gp_owner, after the layer's table and its row of registry.layer are there, so that
    data, views and documents switch at one commit. Raises PublishError.
    """
    if definition.id in RESERVED:
        raise PublishError(f"layers/{definition.id}.yaml: id: '{definition.id}' is a name of the platform's own; choose another")
    missing = sorted({a.vocabulary for a in definition.attributes if a.vocabulary} - set(library.vocabularies))
    if missing:
        raise PublishError(f"layers/{definition.id}.yaml: attributes: there is no vocabulary {', '.join(missing)}")
    _refuse_leaking_key(definition)
    views.create(conn, definition)
    reached = [level for level in SERVED_LEVELS if definition.publication.visible_to(level)]
    conn.execute(
        "delete from registry.published where layer = %s and not level = any(%s)", [definition.id, [str(v) for v in reached]]
    )
    for level in reached:
        document = trimmed(definition, library.vocabularies, library.themes, level)
        conn.execute(
            "insert into registry.published (layer, level, document) values (%s, %s, %s)"
            " on conflict (layer, level) do update set document = excluded.document",
            [definition.id, str(level), Jsonb(document.model_dump(mode="json", by_alias=True, exclude_defaults=True))],
        )
    conn.execute("update registry.layer set published = %s where id = %s", [bool(reached), definition.id])
    _announce(conn)


def unpublish(conn: Connection, layer_id: str) -> None:
    """Take the layer out of every outlet, in the caller's transaction as gp_owner; its table and history stay."""
    views.drop(conn, layer_id)
    conn.execute("delete from registry.published where layer = %s", [layer_id])
    conn.execute("update registry.layer set published = false where id = %s", [layer_id])
    _announce(conn)


def _refuse_leaking_key(definition: LayerDefinition) -> None:
    """Raise PublishError when the features' ids, made of the key, would tell an attribute to those who may not see it."""
    reached = [level for level in SERVED_LEVELS if definition.publication.visible_to(level)]
    if not reached:
        return
    hidden = [name for name in definition.key if not definition.attribute(name).publication.visible_to(reached[0])]
    if hidden:
        raise PublishError(
            f"layers/{definition.id}.yaml: key: {', '.join(hidden)} would be readable in every feature's id;"
            f" give it publication: {reached[0]} or choose another key"
        )


def _announce(conn: Connection) -> None:
    """Raise the serial and tell the processes that listen; both take effect at the caller's commit."""
    serial = conn.execute("update registry.publication set serial = serial + 1 returning serial").fetchone()[0]
    conn.execute("select pg_notify(%s, %s)", [CHANNEL, str(serial)])
