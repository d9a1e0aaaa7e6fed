"""Earlier versions of a layer: what differs between two of them, and going back to one by a new version.

A version's state is the one at the moment of its commit; history says what was true then. Going back never rewrites the past: the
states that end go into history, with the author, and the version counts on. A layer that follows a source stays as it was
restored until the source itself changes; the next synchronisation of other bytes brings the source's state again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers import apply as applying
from geoplatform.layers import history, runs, staging, tables, versions
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.geometry import POSTGIS_TYPES
from geoplatform.layers.job import Publish
from geoplatform.layers.staging import KEPT, STAGING


class RestoreError(Exception):
    """The layer can't be brought back or compared; nothing was changed. The message is one line."""


@dataclass(frozen=True)
class Version:
    """One change of a layer: its number, when it was committed, what it did and who made it."""

    version: int
    at: datetime
    added: int
    changed: int
    removed: int
    author: str
    run: int | None


@dataclass(frozen=True)
class Difference:
    """How one feature differs between two moments.

    attributes: name -> (earlier, later), only those that differ; for an added or removed feature all of it.
    earlier, later: the geometries as GeoJSON in EPSG:4326, None where there is none; moved: whether they differ.
    """

    id: str
    kind: Literal["added", "changed", "removed"]
    attributes: dict[str, tuple[Any, Any]]
    moved: bool
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None


@dataclass(frozen=True)
class Restored:
    """What going back did; `version` is the new one, or the present one when nothing differed."""

    version: int
    added: int
    changed: int
    removed: int

    @property
    def touched(self) -> bool:
        """Whether anything differed."""
        return bool(self.added or self.changed or self.removed)


def listed(conn: Connection, layer: str, limit: int = 50, before: int | None = None) -> list[Version]:
    """Return the layer's versions, newest first. before: only those of a smaller number, for the next page."""
    rows = conn.execute(
        "select version, at, added, changed, removed, author, run from registry.change_event"
        " where layer = %s and (%s::bigint is null or version < %s) order by version desc limit %s",
        (layer, before, before, limit),
    )
    return [Version(*row) for row in rows]


def moment_of(conn: Connection, layer: str, version: int) -> datetime:
    """Return when `version` was committed; raises RestoreError when the layer never had it."""
    row = conn.execute("select at from registry.change_event where layer = %s and version = %s", (layer, version)).fetchone()
    if row is None:
        raise RestoreError(f"layer {layer} has no version {version}")
    return row[0]


def compare(
    conn: Connection, layer: str, earlier: datetime, later: datetime, limit: int = 100, after: str | None = None
) -> list[Difference]:
    """Return the features that differ between two moments, in the order of their ids, up to `limit`.

    after: the last id of the page before. Attributes are as the layer had them at each moment.
    Raises RestoreError when the layer has no table.
    """
    if not _exists(conn, layer):
        raise RestoreError(f"there is no layer {layer}")
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_difference(conn, layer, after), _values(earlier, later, limit, after)).fetchall()
    return [_shown(row) for row in rows]


def count(conn: Connection, layer: str, earlier: datetime, later: datetime) -> dict[str, int]:
    """Return how many features were added, changed and removed between two moments. Raises RestoreError."""
    if not _exists(conn, layer):
        raise RestoreError(f"there is no layer {layer}")
    query = sql.SQL("select kind, count(*) from ({}) d group by kind").format(_difference(conn, layer, None, everything=True))
    found = dict(conn.execute(query, _values(earlier, later, 0, None)).fetchall())
    return {kind: found.get(kind, 0) for kind in ("added", "changed", "removed")}


def restore(
    conn: Connection,
    definition: LayerDefinition,
    moment: datetime,
    author: str,
    publish: Publish | None = None,
    *,
    allow_demo: bool = False,
) -> Restored:
    """Bring the layer back to what it held at `moment`, as a new version.

    conn: to the data database as its owner, in autocommit. author: who is named in history, e.g. `account:7`.
    publish: called in the transaction after a change. allow_demo: take demonstration records back too.
    Attributes that the layer did not have then are empty; values that are of another type now are left out.
    Raises RestoreError, ApplyError from `publish`, psycopg.Error; nothing is changed then.
    """
    layer = definition.id
    if not runs.lock(conn, layer, wait=True):
        raise RestoreError(f"layer {layer} is being changed; try again")
    try:
        if not _exists(conn, layer):
            raise RestoreError(f"there is no layer {layer}")
        if tables.compare(conn, definition):
            raise RestoreError(f"layer {layer} has another shape than its definition says; synchronise it first")
        history.ensure_partition(conn, layer)
        with conn.transaction():
            _stage(conn, definition, moment, allow_demo and not definition.life_depends)
            version = versions.following(conn, layer)
            outcome = applying.apply(conn, definition, version, author, None)
            if not outcome.touched:
                return Restored(version - 1, 0, 0, 0)
            _register(conn, definition, version, outcome, author)
            if publish is not None:
                publish(conn, definition)
            return Restored(version, outcome.added, outcome.changed, outcome.removed)
    except psycopg.errors.InvalidParameterValue as error:
        raise RestoreError(f"layer {layer} held other geometries then: {str(error).splitlines()[0]}") from None
    finally:
        if not conn.closed:
            staging.drop(conn)
            runs.unlock(conn, layer)


def _stage(conn: Connection, definition: LayerDefinition, moment: datetime, allow_demo: bool) -> None:
    """Put the state at `moment` into the staging table, in today's types."""
    staging.drop(conn)
    conn.execute(sql.SQL('create table {} (id text collate "C")').format(KEPT))
    columns = [
        sql.SQL("{} as {}").format(history.value(a, sql.SQL("s.attributes")), sql.Identifier(a.name))
        for a in definition.attributes
    ]
    if definition.geometry != "none":
        kind = POSTGIS_TYPES[definition.geometry]
        columns.append(sql.SQL(f"s.geom::geometry({kind},4326) as geom"))
    conn.execute(
        sql.SQL(
            'create table {} as select row_number() over () as position, s.id collate "C" as id, s.is_demo, {} from ({}) s'
            " where not s.is_demo or %(demo)s"
        ).format(STAGING, sql.SQL(", ").join(columns), history.as_of(conn, definition.id)),
        {"moment": moment, "demo": allow_demo},
    )


def _register(conn: Connection, definition: LayerDefinition, version: int, outcome: applying.Applied, author: str) -> None:
    """Bring the registry to the new version; where the source stands is not touched."""
    conn.execute("update registry.layer set version = %s, changed_at = now() where id = %s", [version, definition.id])
    applying.summarise(conn, definition)
    box = applying.change_bbox(conn, definition, version)
    versions.record_event(conn, definition.id, version, box, (outcome.added, outcome.changed, outcome.removed), author)


def _exists(conn: Connection, layer: str) -> bool:
    return conn.execute("select to_regclass(%s)", (f'layers."{layer}"',)).fetchone()[0] is not None


def _difference(conn: Connection, layer: str, after: str | None, *, everything: bool = False) -> sql.Composed:
    columns = sql.SQL("kind") if everything else sql.SQL(
        "id, kind, old, new, moved, ST_AsGeoJSON(old_geom, 7)::json as earlier, ST_AsGeoJSON(new_geom, 7)::json as later"
    )  # fmt: skip
    page = sql.SQL("") if everything else sql.SQL(" order by id limit %(limit)s")
    beyond = sql.SQL("") if after is None else sql.SQL(" and id > %(after)s")
    return sql.SQL(
        'select {columns} from (select coalesce(a.id, b.id) collate "C" as id,'
        " case when a.id is null then 'added' when b.id is null then 'removed' else 'changed' end as kind,"
        " a.attributes as old, b.attributes as new, a.geom as old_geom, b.geom as new_geom,"
        # binary: `=` of geometries compares boxes
        " ST_AsBinary(a.geom) is distinct from ST_AsBinary(b.geom) as moved"
        " from ({earlier}) a full join ({later}) b on a.id = b.id) d"
        # an attribute that is null differs in nothing from one that the layer does not have
        " where (kind <> 'changed' or moved or jsonb_strip_nulls(old) <> jsonb_strip_nulls(new)){beyond}{page}"
    ).format(
        columns=columns,
        earlier=history.as_of(conn, layer, "earlier"),
        later=history.as_of(conn, layer, "later"),
        beyond=beyond,
        page=page,
    )


def _values(earlier: datetime, later: datetime, limit: int, after: str | None) -> dict[str, Any]:
    return {"earlier": earlier, "later": later, "limit": limit, "after": after}


def _shown(row: dict[str, Any]) -> Difference:
    old, new = row["old"] or {}, row["new"] or {}
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return Difference(
        row["id"],
        row["kind"],
        {name: (old.get(name), new.get(name)) for name in names},
        row["moved"],
        row["earlier"],
        row["later"],
    )
