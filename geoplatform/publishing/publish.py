"""Publishing a layer to the levels that its ceiling reaches, and taking it back: views, documents and the serial, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from geoplatform.access import audit, ceilings
from geoplatform.layers.definition import SERVED_LEVELS, LayerDefinition, Level
from geoplatform.layers.published import trimmed
from geoplatform.publishing import rasters, views

if TYPE_CHECKING:
    from geoplatform.layers.library import Library

#: Every process that serves listens here or compares the serial.
CHANNEL = "geoplatform_publication"

#: Views of each level's schema that are not layers, and the collection of the catalogue's records.
RESERVED = frozenset(
    {"published", "serial", "changes", "permissions", "rasters", "catalogue"}
    | {"search_document", "search_word", "search_layer", "search_title", "walk_network", "walk_edge"}
)


class PublishError(Exception):
    """The layer can't be published; the message is one line that says why and what to do."""


def publish(conn: Connection, definition: LayerDefinition, library: Library, *, actor: str = "system") -> list[str]:
    """Publish `definition` to every level that it may reach now and take it from the others; return what waits for approvals.

    It reaches the levels of its ceiling, held back by the two-person rule and narrowed by the permissions
    (`geoplatform.access.ceilings`). actor: who is named in the audit log.

    Runs in the caller's transaction as gp_owner, after the layer's table and its row of registry.layer are there, so that
    data, views and documents switch at one commit. Raises PublishError.
    """
    if definition.id in RESERVED:
        raise PublishError(f"layers/{definition.id}.yaml: id: '{definition.id}' is a name of the platform's own; choose another")
    if conn.execute("select from registry.raster where id = %s", [definition.id]).fetchone():
        raise PublishError(f"layers/{definition.id}.yaml: id: there is a raster of this name; choose another")
    missing = sorted({a.vocabulary for a in definition.attributes if a.vocabulary} - set(library.vocabularies))
    if missing:
        raise PublishError(f"layers/{definition.id}.yaml: attributes: there is no vocabulary {', '.join(missing)}")
    # one at a time: a change of permissions must not pass a synchronisation that publishes with the old ones
    conn.execute("select from registry.layer where id = %s for update", [definition.id])
    settled = ceilings.settle(conn, definition, actor)
    definition = settled.definition
    _refuse_leaking_key(definition)
    before = _state(conn, definition.id)
    views.create(conn, definition)
    reached = [level for level in SERVED_LEVELS if definition.publication.visible_to(level)]
    conn.execute(
        "delete from registry.published where layer = %s and not level = any(%s)", [definition.id, [str(v) for v in reached]]
    )
    for level in reached:
        _write_document(conn, definition, library, level)
    conn.execute("update registry.layer set published = %s where id = %s", [bool(reached), definition.id])
    _audit(conn, definition.id, before, _state(conn, definition.id), actor)
    _announce(conn)
    return [held.text() for held in settled.held]


def unpublish(conn: Connection, layer_id: str, *, actor: str = "system") -> None:
    """Take the layer out of every outlet, in the caller's transaction as gp_owner; its table and history stay."""
    before = _state(conn, layer_id)
    views.drop(conn, layer_id)
    conn.execute("delete from registry.published where layer = %s", [layer_id])
    conn.execute("update registry.layer set published = false where id = %s", [layer_id])
    _audit(conn, layer_id, before, {}, actor)
    _announce(conn)


def republish(conn: Connection, layer_id: str, library: Library, *, actor: str) -> list[str]:
    """Publish again, from the definition that the registry holds, a layer or raster whose permissions or approvals changed.

    A layer that was taken out, or that was never synchronised, is left alone. Raises PublishError.
    """
    row = conn.execute("select definition, withdrawn from registry.layer where id = %s for update", [layer_id]).fetchone()
    if row is None:
        return rasters.publish(conn, layer_id, actor=actor)
    if row[1]:
        return []
    return publish(conn, LayerDefinition.model_validate(row[0]), library, actor=actor)


def announce(conn: Connection) -> None:
    """Tell every serving process that something about what is published has changed, at the caller's commit."""
    _announce(conn)


def _write_document(conn: Connection, definition: LayerDefinition, library: Library, level: Level) -> None:
    document = trimmed(definition, library.vocabularies, library.themes, level)
    coarser = definition.coarser(level)
    counts: tuple[int | None, int | None] = None, None
    if definition.clustered(level):
        counts = conn.execute(
            sql.SQL("select count(*), count(*) filter (where is_demo) from {}").format(
                sql.Identifier(f"pub_{level}", definition.id)
            )
        ).fetchone()
    conn.execute(
        "insert into registry.published (layer, level, document, step_degrees, step_mercator, feature_count, demo_count)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict (layer, level) do update set document = excluded.document,"
        " step_degrees = excluded.step_degrees, step_mercator = excluded.step_mercator,"
        " feature_count = excluded.feature_count, demo_count = excluded.demo_count",
        [
            definition.id,
            str(level),
            Jsonb(document.model_dump(mode="json", by_alias=True, exclude_defaults=True)),
            coarser.step_degrees if coarser else None,
            coarser.step_mercator if coarser else None,
            *counts,
        ],
    )


def _state(conn: Connection, layer_id: str) -> dict[str, tuple]:
    """Return level -> how exact places are, of the levels that the layer is published at."""
    rows = conn.execute("select level, step_degrees, step_mercator from registry.published where layer = %s", [layer_id])
    return {level: tuple(steps) for level, *steps in rows}


def _audit(conn: Connection, layer_id: str, before: dict[str, tuple], after: dict[str, tuple], actor: str) -> None:
    if before.keys() != after.keys():
        action = "published" if after.keys() > before.keys() else "unpublished"
        audit.note(conn, actor, action, layer_id, before=sorted(before), after=sorted(after))
    if changed := sorted(level for level in before.keys() & after.keys() if before[level] != after[level]):
        audit.note(conn, actor, "geometry", layer_id, levels=changed)


def _refuse_leaking_key(definition: LayerDefinition) -> None:
    """Raise PublishError when the features' ids, made of the key, would tell an attribute to those who may not see it."""
    # clusters have ids of their own
    reached = [v for v in SERVED_LEVELS if definition.publication.visible_to(v) and not definition.clustered(v)]
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
