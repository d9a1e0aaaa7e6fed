"""The audit log: who published, raised, narrowed, approved or opened what. Only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from geoplatform.access.principal import Principal

#: What is recorded, with the meaning that the documentation and the staff hub give it.
ACTIONS = (
    "published", "unpublished", "raised", "narrowed", "permissions", "geometry",
    "approved", "approval withdrawn", "token made", "token revoked", "downloaded", "states", "banner", "remark",
    "image", "removed", "indicator", "style",
)  # fmt: skip


class Entry(NamedTuple):
    """One line of the log. actor: `account:<id>`, `cli:<user>`, `hub:<username>`, `schedule`, `system` or `geonode`."""

    id: int
    at: datetime
    actor: str
    action: str
    layer: str | None
    detail: dict[str, Any]


def note(conn: Connection, actor: str, action: str, layer: str | None = None, **detail: Any) -> None:
    """Add a line, in the caller's transaction as gp_owner: what is undone leaves none."""
    if action not in ACTIONS:
        raise ValueError(f"'{action}' is no action of the audit log")
    conn.execute(
        "insert into access.audit (actor, action, layer, detail) values (%s, %s, %s, %s)", [actor, action, layer, Jsonb(detail)]
    )


def note_download(conn: Connection, principal: Principal, layer: str, form: str) -> None:
    """Add that `principal` downloads `layer`, which is not public; conn: of the principal's level, in autocommit."""
    with conn.transaction():
        # the level's role reads by default; this function is all that it may write through
        conn.execute("set transaction read write")
        conn.execute("select access.note_download(%s, %s, %s, %s)", [principal.account, principal.token, layer, form])


def read(conn: Connection, *, layer: str | None = None, limit: int = 100) -> list[Entry]:
    """Return the newest entries, of `layer` if one is named, newest first. conn: of the owner role."""
    with conn.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            "select id, at, actor, action, layer, detail from access.audit"
            " where %(layer)s::text is null or layer = %(layer)s order by id desc limit %(limit)s",
            {"layer": layer, "limit": limit},
        ).fetchall()
