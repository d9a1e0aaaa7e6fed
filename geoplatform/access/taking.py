"""Whole layers and rasters that are taken away: noted in the audit log where not everybody may have the same."""

from __future__ import annotations

from psycopg import Connection, sql

from geoplatform import database
from geoplatform.access import audit, grants
from geoplatform.access.principal import ANONYMOUS, Principal
from geoplatform.layers.definition import Level


def note(principal: Principal, layer: str, form: str) -> bool:
    """Write to the audit log that `principal` takes the layer or raster away whole as `form`, unless it is open to everybody.

    Return whether it was written. Raises psycopg.Error when it can't be: then nothing is to be given.
    """
    if _is_open(principal, layer):
        return False
    with database.pool(str(principal.level)).connection() as conn:
        audit.note_download(conn, principal, layer, form)
    return True


def _is_open(principal: Principal, layer: str) -> bool:
    """Return whether everybody may download what `principal` sees of it: all attributes, as exact places."""
    if principal.anonymous:
        return True
    with database.pool(str(Level.public)).connection() as conn:
        everybodys = _shown(conn, Level.public, layer)
        permitted = grants.read(conn, Level.public).allows(ANONYMOUS, layer, "download")
    with database.pool(str(principal.level)).connection() as conn:
        theirs = _shown(conn, principal.level, layer)
    return permitted and everybodys is not None and everybodys == theirs


def _shown(conn: Connection, level: Level, layer: str) -> tuple[object, ...] | None:
    """Return what the level sees of it: attributes and how its places are coarser, of a raster its images; None for nothing."""
    schema = f"pub_{level}"
    row = conn.execute(
        sql.SQL(
            "select array(select a ->> 'name' from jsonb_array_elements(document -> 'definition' -> 'attributes') a order by 1),"
            " document -> 'definition' -> 'coarser' from {} where layer = %s"
        ).format(sql.Identifier(schema, "published")),
        [layer],
    ).fetchone()
    if row is None:
        row = conn.execute(
            sql.SQL("select images from {} where id = %s").format(sql.Identifier(schema, "rasters")), [layer]
        ).fetchone()
    return row
