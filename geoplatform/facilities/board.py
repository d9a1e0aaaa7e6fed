"""How staff tell the state of many facilities at once and take it back: one transaction, no lost update, an audit line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg.rows
from psycopg import Connection, sql

from geoplatform import database
from geoplatform.access import Principal, audit, grants
from geoplatform.facilities.critical import Facility
from geoplatform.facilities.statements import LAYER, row_id
from geoplatform.layers import described, edits, tables
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.layers.edits import Edit, Editor
from geoplatform.publishing import pipeline

#: What takes a statement away: the state is not known from now on.
UNKNOWN = "unknown"
#: Milliseconds that a writer waits for another one of the same layer.
_PATIENCE = 10_000
#: Facilities that a line of the audit log names; the history of the layer has all of them.
_NAMED = 50


class Concurrent(Exception):
    """Somebody else has changed one of the facilities since the page was made; nothing was written."""


class NotSet(Exception):
    """Nothing could be written; the message is one line of the engine's."""


@dataclass(frozen=True)
class Change:
    """What is said of every chosen facility; `state` is a code of `facility_state` or UNKNOWN. Times are aware."""

    state: str
    known_at: datetime
    since: datetime | None = None
    known_until: datetime | None = None
    note: str | None = None
    note_en: str | None = None
    source: str | None = None
    said_by: str | None = None


@dataclass(frozen=True)
class Done:
    """What was written: the layer's new version, how many facilities, and how many were left since others had changed them."""

    version: int
    count: int
    left: int = 0


@dataclass(frozen=True)
class Past:
    """One of the last changes: who made it, when, how many facilities it touched."""

    version: int
    at: datetime
    author: str
    count: int


def principal_of(account: int) -> Principal | None:
    """Return the principal of the control plane's account `account`; None for one that the data database does not know yet."""
    with database.pool("public").connection() as conn:
        row = conn.execute("select level, groups from access.principal_of_account(%s)", [account]).fetchone()
    return Principal(Level(row[0]), account, frozenset(row[1])) if row else None


def may_edit(principal: Principal | None) -> bool:
    """Return whether `principal` may say what state facilities are in: the permission to edit the layer's data."""
    if principal is None or principal.level is not Level.staff:
        return False
    with database.pool("staff").connection() as conn:
        return grants.read(conn, Level.staff).allows(principal, LAYER, "edit")


def set_states(conn: Connection, author: str, chosen: Sequence[tuple[Facility, int | None]], change: Change) -> Done:
    """Say `change` of every facility in `chosen`, all or none.

    chosen: each with the version of the statement that the writer saw, None when there was none. conn: of the owner role, in
    autocommit. author: who is named in history and audit, e.g. `account:7`. Raises Concurrent, NotSet, psycopg.Error.
    """
    wanted = [_edit(facility, version, change) for facility, version in chosen]
    told = [edit for edit in wanted if edit is not None]
    if not told:
        return Done(0, 0)
    refs = [row_id(facility.ref) for facility, _ in chosen]
    return _apply(conn, author, told, {"state": change.state, "facilities": refs[:_NAMED], "count": len(told)})


def undo(conn: Connection, author: str, version: int) -> Done:
    """Bring back what was said before the change `version`, wherever nobody has said anything since.

    conn: of the owner role, in autocommit. Raises Concurrent, NotSet, psycopg.Error.
    """
    table = tables.table(LAYER)
    cursor = conn.cursor(row_factory=psycopg.rows.dict_row)
    present = {row["id"]: row["version"] for row in cursor.execute(sql.SQL("select id, version from {}").format(table))}
    past = {
        row["id"]: row
        for row in cursor.execute(
            "select distinct on (id) id, attributes, ST_AsGeoJSON(geom, 9)::jsonb as geom from history.feature"
            " where layer = %s and version = %s order by id, valid_from desc",
            [LAYER, version],
        )
    }
    row = conn.execute(
        "select added + changed + removed from registry.change_event where layer = %s and version = %s", [LAYER, version]
    ).fetchone()
    if row is None:
        raise NotSet(f"there is no change {version}")
    names = {attribute.name for attribute in _definition(conn).attributes}
    wanted: list[Edit] = []
    for feature, before in past.items():
        properties = {name: value for name, value in before["attributes"].items() if name in names}
        if feature not in present:
            wanted.append(Edit("create", properties=properties, geometry=before["geom"]))
        elif present[feature] == version:
            wanted.append(Edit("replace", feature, properties, before["geom"], frozenset({version})))
    for feature, written in present.items():
        if written == version and feature not in past:
            wanted.append(Edit("delete", feature, versions=frozenset({version})))
    left = row[0] - len(wanted)
    if not wanted:
        return Done(0, 0, left)
    done = _apply(conn, author, wanted, {"undone": version, "count": len(wanted)})
    return Done(done.version, done.count, left)


def recent(conn: Connection, limit: int = 5) -> list[Past]:
    """Return the last changes, newest first. conn: of the owner role."""
    rows = conn.execute(
        "select version, at, author, added + changed + removed from registry.change_event"
        " where layer = %s and added + changed + removed > 0 order by version desc limit %s",
        [LAYER, limit],
    )
    return [Past(*row) for row in rows]


def _edit(facility: Facility, version: int | None, change: Change) -> Edit | None:
    if change.state == UNKNOWN:
        return None if version is None else Edit("delete", row_id(facility.ref), versions=frozenset({version}))
    properties: dict[str, Any] = {
        "layer": facility.layer.id,
        "feature": facility.id,
        "name": facility.name or facility.name_en,
        "address": facility.address,
        "state": change.state,
        "known_at": change.known_at.isoformat(),
        "since": change.since.isoformat() if change.since else None,
        "known_until": change.known_until.isoformat() if change.known_until else None,
        "note": change.note,
        "note_en": change.note_en,
        "source": change.source,
        "said_by": change.said_by,
    }
    geometry = {"type": "Point", "coordinates": list(facility.point)} if facility.point else None
    if version is None:
        return Edit("create", properties=properties, geometry=geometry)
    return Edit("replace", row_id(facility.ref), properties, geometry, frozenset({version}))


def _apply(conn: Connection, author: str, wanted: Sequence[Edit], noted: dict[str, Any]) -> Done:
    library = described.library()
    definition = _definition(conn)
    publish = pipeline.publisher(library, author)

    def publish_and_note(inner: Connection, layer: LayerDefinition) -> Any:
        audit.note(inner, author, "states", LAYER, **noted)
        return publish(inner, layer)

    editor = Editor(definition, library.vocabularies_of(definition), library.bounds_of(definition), author, publish_and_note)
    conn.execute(f"set lock_timeout = {_PATIENCE}")
    try:
        outcome = editor.apply(conn, wanted)
    except (edits.Stale, edits.Conflict, edits.Missing) as error:
        raise Concurrent(str(error)) from error
    except edits.EditError as error:
        raise NotSet(str(error)) from error
    finally:
        if not conn.closed:
            conn.execute("reset lock_timeout")
    return Done(outcome.version, len(wanted) if outcome.changed else 0)


def _definition(conn: Connection) -> LayerDefinition:
    row = conn.execute("select definition from registry.layer where id = %s", [LAYER]).fetchone()
    if row is None:
        raise NotSet("the layer of states is not there; run: geoplatform layers sync facility_states")
    return LayerDefinition.model_validate(row[0])
