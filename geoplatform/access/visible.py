"""What of a layer a level may see now, as its views show it: the definition after the two-person rule and the permissions."""

from __future__ import annotations

from psycopg import Connection

from geoplatform.layers.definition import LayerDefinition, Level


def as_published(conn: Connection, definition: LayerDefinition, level: Level) -> LayerDefinition:
    """Return `definition` in which everything that `level` may not see now is restricted.

    A definition may ask for more than is open: what waits for approvals is not there yet. conn: of the owner role.
    For showing and checking only; what is published is made of the definition itself.
    """
    row = conn.execute(
        "select array(select a ->> 'name' from jsonb_array_elements(document -> 'definition' -> 'attributes') a)"
        " from registry.published where layer = %s and level = %s",
        [definition.id, str(level)],
    ).fetchone()
    names = set(row[0]) if row else set()
    attributes = [a if a.name in names else a.model_copy(update={"publication": Level.restricted}) for a in definition.attributes]
    publication = definition.publication if row else Level.restricted
    return definition.model_copy(update={"attributes": attributes, "publication": publication})
