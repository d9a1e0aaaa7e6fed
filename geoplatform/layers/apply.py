"""Applies staged records to a layer's table: the difference by key, the past into history, one change event.

Everything here runs in one transaction of the caller's, so that a reader sees the old state or the new one.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection, sql

from geoplatform.layers import history, tables
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.staging import KEPT, STAGING

DIFFERENCE = sql.Identifier("pg_temp", "geoplatform_difference")


@dataclass
class Applied:
    """What one apply did. `reshaped`: features that lost values because a column was dropped or retyped."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    kept: int = 0
    before: int = 0
    reshaped: int = 0

    @property
    def touched(self) -> bool:
        """Whether any feature is another than before."""
        return bool(self.added or self.changed or self.removed)


class TooMuchLost(Exception):
    """More features would vanish than the layer's loss_limit lets go without a confirmation."""

    def __init__(self, outcome: Applied):
        self.outcome = outcome
        super().__init__()


def apply(conn: Connection, definition: LayerDefinition, version: int, author: str, loss_limit: float | None) -> Applied:
    """Make the layer's table hold what is staged; returns the counts.

    version: the number that changed rows get. loss_limit: share of features that may vanish, None for any.
    Raises TooMuchLost; the caller's transaction must then be rolled back.
    """
    conn.execute("set local jit = off")  # compiling costs more than these plain joins take
    conn.execute("set local work_mem = '64MB'")
    conn.execute("set local maintenance_work_mem = '128MB'")
    conn.execute("set local enable_mergejoin = off")  # would sort both sides by id; hashing one is faster
    shape = tables.compare(conn, definition)
    if not shape.exists:
        tables.create(conn, definition)
        outcome = Applied(added=_insert_all(conn, definition, version))
        tables.create_indexes(conn, definition)
        return outcome
    outcome = Applied(before=_one(conn, sql.SQL("select count(*) from {}").format(tables.table(definition.id))))
    if outcome.before == 0:
        if shape:
            reshape(conn, definition, shape, version, author)
        outcome.added = _insert_all(conn, definition, version)
        return outcome
    if shape:
        outcome.reshaped = reshape(conn, definition, shape, version, author)
    _find_difference(conn, definition, outcome)
    if loss_limit is not None and outcome.removed > loss_limit * outcome.before:
        raise TooMuchLost(outcome)
    _write_difference(conn, definition, version, author, outcome)
    return outcome


def apply_edits(conn: Connection, definition: LayerDefinition, version: int, author: str, deleted: list[str]) -> Applied:
    """Put what is staged in place and take the features `deleted` (ids) away; all other features stay as they are.

    version: the number that changed rows get.
    """
    outcome = Applied()
    conn.execute(
        sql.SQL(
            "create temp table geoplatform_difference on commit drop as"
            " select l.fid, s.ctid as staged, case when l.fid is null then 'added' else 'changed' end as kind"
            " from {} s left join {} l on l.id = s.id where l.fid is null or {}"
            " union all select l.fid, null, 'removed' from {} l where l.id = any(%s)"
        ).format(STAGING, tables.table(definition.id), differs(definition), tables.table(definition.id)),
        (deleted,),
    )
    _count_difference(conn, outcome)
    _write_difference(conn, definition, version, author, outcome)
    return outcome


def keep_absent(conn: Connection, definition: LayerDefinition, available: set[str]) -> None:
    """Give staged features the values that the layer has now in attributes for which the source has no column.

    available: names of the source's columns.
    """
    absent = [a.name for a in definition.attributes if available.isdisjoint(a.source_columns)]
    if not absent or tables.compare(conn, definition):
        return
    assignments = sql.SQL(", ").join(sql.SQL("{0} = l.{0}").format(sql.Identifier(name)) for name in absent)
    conn.execute(
        sql.SQL("update {} s set {} from {} l where l.id = s.id").format(STAGING, assignments, tables.table(definition.id))
    )


def establish(conn: Connection, definition: LayerDefinition, version: int, author: str) -> Applied:
    """Make the layer's table be as the definition says, without touching its features."""
    shape = tables.compare(conn, definition)
    if not shape.exists:
        tables.create(conn, definition)
        tables.create_indexes(conn, definition)
        return Applied()
    return Applied(reshaped=reshape(conn, definition, shape, version, author) if shape else 0)


def change_bbox(conn: Connection, definition: LayerDefinition, version: int, *, all_new: bool = False) -> list[float] | None:
    """Return west, south, east, north of the places, old and new, that `version` changed; None without geometry.

    all_new: nothing was there before, so that the bbox which `summarise` wrote is the answer.
    """
    if definition.geometry == "none":
        return None
    if all_new:
        query = "select ST_XMin(bbox), ST_YMin(bbox), ST_XMax(bbox), ST_YMax(bbox) from registry.layer where id = %s"
        row = conn.execute(query, (definition.id,)).fetchone()
        return None if row[0] is None else list(row)
    row = conn.execute(
        sql.SQL(
            "select ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) from (select ST_Extent(geom) b from ("
            " select geom from {} where version = %(version)s union all"
            " select geom from history.feature where layer = %(layer)s and version = %(version)s) g) e"
        ).format(tables.table(definition.id)),
        {"layer": definition.id, "version": version},
    ).fetchone()
    return None if row is None or row[0] is None else list(row)


def summarise(conn: Connection, definition: LayerDefinition) -> None:
    """Write the layer's counts and bbox into the registry."""
    extent = sql.SQL("null::box2d") if definition.geometry == "none" else sql.SQL("ST_Extent(geom)")
    conn.execute(
        sql.SQL(
            "update registry.layer set feature_count = n, demo_count = demo,"
            " bbox = ST_MakeEnvelope(ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b), 4326)"
            " from (select count(*) n, count(*) filter (where is_demo) demo, {} b from {}) t where id = %s"
        ).format(extent, tables.table(definition.id)),
        (definition.id,),
    )


def _columns(definition: LayerDefinition) -> list[str]:
    names = ["is_demo", *(attribute.name for attribute in definition.attributes)]
    return names if definition.geometry == "none" else [*names, "geom"]


def differs(definition: LayerDefinition) -> sql.Composed:
    """Return the condition that a staged record `s` is another than the feature `l`."""
    return sql.SQL(" or ").join(
        sql.SQL("l.{0} is distinct from s.{0}").format(sql.Identifier(column)) for column in _columns(definition)
    )


def _names(columns: list[str], prefix: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(prefix, c) if prefix else sql.Identifier(c) for c in columns)


def _one(conn: Connection, query: sql.Composable, values: tuple = ()) -> int:
    return conn.execute(query, values).fetchone()[0]


def _insert_all(conn: Connection, definition: LayerDefinition, version: int) -> int:
    columns = _names(["id", *_columns(definition)])
    return conn.execute(
        sql.SQL("insert into {} ({}, valid_from, version) select {}, now(), %s from {}").format(
            tables.table(definition.id), columns, columns, STAGING
        ),
        (version,),
    ).rowcount


def reshape(conn: Connection, definition: LayerDefinition, shape: tables.Difference, version: int, author: str) -> int:
    """Reshape the table, keeping the past of every feature that loses a value; returns how many do."""
    count = 0
    if shape.lost:
        holds = sql.SQL(" or ").join(sql.SQL("l.{} is not null").format(sql.Identifier(column)) for column in shape.lost)
        losing = sql.SQL("select fid from {} l where {}").format(tables.table(definition.id), holds)
        history.close(conn, definition.id, losing, version, author)
        count = conn.execute(
            sql.SQL("update {} l set valid_from = now(), version = %s where {}").format(tables.table(definition.id), holds),
            (version,),
        ).rowcount
    tables.drop_views(conn, definition.id)
    tables.reshape(conn, definition, shape)
    return count


def _find_difference(conn: Connection, definition: LayerDefinition, outcome: Applied) -> None:
    """Put (fid, ctid of staging, kind) of everything that differs into a temporary table, and count it into `outcome`.

    What is gone from the source only because its record was refused is kept.
    """
    conn.execute(
        sql.SQL(
            "create temp table geoplatform_difference on commit drop as"
            " select l.fid, s.ctid as staged, case when l.fid is null then 'added' when s.id is null then 'removed'"
            " else 'changed' end as kind"
            " from {} l full join {} s on s.id = l.id"
            " where l.fid is null or s.id is null or {}"
        ).format(tables.table(definition.id), STAGING, differs(definition))
    )
    outcome.kept = conn.execute(
        sql.SQL(
            "delete from {} d using {} l where d.kind = 'removed' and l.fid = d.fid and exists"
            " (select from {} k where k.id = l.id)"
        ).format(DIFFERENCE, tables.table(definition.id), KEPT)
    ).rowcount
    _count_difference(conn, outcome)


def _count_difference(conn: Connection, outcome: Applied) -> None:
    counts = dict(conn.execute(sql.SQL("select kind, count(*) from {} group by kind").format(DIFFERENCE)).fetchall())
    outcome.added, outcome.changed, outcome.removed = (counts.get(kind, 0) for kind in ("added", "changed", "removed"))


def _write_difference(conn: Connection, definition: LayerDefinition, version: int, author: str, outcome: Applied) -> None:
    if not outcome.touched:
        return
    # Without it the planner takes the few differences for many and reads the whole table again.
    conn.execute(sql.SQL("analyze {}").format(DIFFERENCE))
    name, columns = tables.table(definition.id), _columns(definition)
    history.close(
        conn,
        definition.id,
        sql.SQL("select fid from {} where kind in ('changed', 'removed')").format(DIFFERENCE),
        version,
        author,
    )
    assignments = sql.SQL(", ").join(sql.SQL("{0} = s.{0}").format(sql.Identifier(column)) for column in columns)
    if outcome.removed:
        conn.execute(sql.SQL("delete from {} l using {} d where d.kind = 'removed' and l.fid = d.fid").format(name, DIFFERENCE))
    if outcome.changed:
        conn.execute(
            sql.SQL(
                "update {} l set {}, valid_from = now(), version = %s from {} d join {} s on s.ctid = d.staged"
                " where d.kind = 'changed' and l.fid = d.fid"
            ).format(name, assignments, DIFFERENCE, STAGING),
            (version,),
        )
    if outcome.added:
        conn.execute(
            sql.SQL(
                "insert into {} (id, {}, valid_from, version) select s.id, {}, now(), %s from {} d join {} s on s.ctid = d.staged"
                " where d.kind = 'added'"
            ).format(name, _names(columns), _names(columns, "s"), DIFFERENCE, STAGING),
            (version,),
        )
