"""Databases brought back to their template between tests: what a test changed is undone, which costs a tenth of a new copy.

Nothing is assumed about the test. Its changes are found in the database itself: rows by the transaction that wrote them,
missing rows by the tables' counts, tables and views by the catalogue. Where anything else was changed (a column, a function,
a right), or the database is not the one that was left here, it is dropped and copied anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from geoplatform.ops import databases
from geoplatform.ops.cluster import Cluster

_OURS = "not in ('pg_catalog', 'information_schema', 'pg_toast')"
_TABLES = f"""
    select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind = 'r' and nspname {_OURS}
"""
_SEQUENCES = "select format('%I.%I', schemaname, sequencename), start_value, last_value from pg_sequences"
_RELATIONS = f"""
    select c.oid, format('%I.%I', n.nspname, c.relname), relkind::text from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname {_OURS}
    order by strpos('vmfprS', relkind::text)
"""
_KINDS = {"v": "view", "m": "materialized view", "f": "foreign table", "p": "table", "r": "table", "S": "sequence"}
#: The rest of the catalogue, which has to be the same to the row. Of pg_class only what is said of a relation, not PostgreSQL's
#: notes on it ("had children", "had triggers", where its file is): those stay behind when a partition or a row comes and goes.
_CATALOGUES = (
    "pg_attrdef", "pg_attribute", "pg_cast", "pg_collation", "pg_constraint", "pg_default_acl", "pg_depend", "pg_description",
    "pg_event_trigger", "pg_extension", "pg_index", "pg_inherits", "pg_language", "pg_largeobject_metadata",
    "pg_operator", "pg_policy", "pg_proc", "pg_rewrite", "pg_sequence", "pg_statistic_ext", "pg_trigger", "pg_ts_config",
    "pg_ts_dict", "pg_type",
)  # fmt: skip
_STRUCTURE = " union all ".join(
    [
        "select 'pg_class', count(*), md5(string_agg(row(oid, relname, relnamespace, relowner, relacl, reloptions,"
        " relrowsecurity, relforcerowsecurity, relispartition)::text, ',' order by oid)) from pg_class",
        "select 'settings', count(*), '' from pg_db_role_setting where setdatabase = (select oid from pg_database"
        " where datname = current_database())",
        *(
            f"select '{name}', count(*), (count(*) filter (where xmin::text::bigint >= %(since)s))::text from {name}"
            for name in _CATALOGUES
        ),
        # the schemas of temporary tables stay when those are gone
        "select 'pg_namespace', count(*), (count(*) filter (where xmin::text::bigint >= %(since)s))::text from pg_namespace"
        " where nspname !~ '^pg_(toast_)?temp_'",
    ]
)


@dataclass
class _Known:
    """A database as it was copied from its template.

    oid: tells whether it is still the same database. since: the first transaction that may belong to a test.
    relations, structure, counts, sequences: what there was. contents: rows of tables that were changed once, as COPY gives them.
    """

    oid: int
    since: int
    relations: set[int]
    structure: list[tuple]
    counts: dict[str, int]
    sequences: dict[str, tuple[int, int | None]]
    contents: dict[str, bytes] = field(default_factory=dict)


class Renewal:
    """The databases of one cluster that tests use one after the other."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, _Known] = {}

    def renew(self, name: str, template: str) -> None:
        """Make the database `name` what `template` is; whoever is connected to it is thrown out."""
        with psycopg.connect(self._cluster.dsn(), autocommit=True) as superuser:
            known = self._known.pop(name, None)
            found = superuser.execute("select oid from pg_database where datname = %s", (name,)).fetchone()
            if known is None or found != (known.oid,) or not self._undo(superuser, name, template, known):
                superuser.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
                databases.create_database(superuser, name, template)
                known = self._look(name)
        self._known[name] = known

    def forget(self, name: str) -> None:
        """Copy the database `name` anew the next time: its template was changed."""
        self._known.pop(name, None)

    def _look(self, name: str) -> _Known:
        """Return what there is in the database, which was copied this moment."""
        with psycopg.connect(self._cluster.dsn(name), autocommit=True) as conn:
            oid = conn.execute("select oid from pg_database where datname = current_database()").fetchone()[0]
            since = _next_transaction(conn)
            relations = {row[0] for row in conn.execute(_RELATIONS).fetchall()}
            counts = {table: count for table, count, _ in _rows(conn, since)}
            return _Known(oid, since, relations, _structure(conn, since), counts, _sequences(conn))

    def _undo(self, superuser: psycopg.Connection, name: str, template: str, known: _Known) -> bool:
        """Undo what was changed since; return False when that can't be done by rows and whole tables."""
        superuser.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])
        with psycopg.connect(self._cluster.dsn(name)) as conn:
            conn.execute("set client_min_messages = warning")
            conn.execute("set session_replication_role = replica")  # no trigger and no foreign key hinders the undoing
            for oid, relation, kind in conn.execute(_RELATIONS).fetchall():
                if oid not in known.relations:
                    conn.execute(f"drop {_KINDS[kind]} if exists {relation} cascade")
            if _structure(conn, known.since) != known.structure:
                return False
            changed = [table for table, count, new in _rows(conn, known.since) if new or count != known.counts[table]]
            if unknown := [table for table in changed if known.counts[table] and table not in known.contents]:
                known.contents |= self._read(template, unknown)
            for table in changed:
                conn.execute(f"delete from {table}")
                if known.counts[table]:
                    with conn.cursor().copy(f"copy {table} from stdin (format binary)") as copy:
                        copy.write(known.contents[table])
            for sequence, (start, last) in _sequences(conn).items():
                if last != known.sequences[sequence][1]:
                    before = known.sequences[sequence][1]
                    conn.execute("select setval(%s, %s, %s)", [sequence, start if before is None else before, before is not None])
            conn.commit()
            known.since = _next_transaction(conn)
        return True

    def _read(self, template: str, tables: list[str]) -> dict[str, bytes]:
        """Return the rows of the template's tables."""
        contents = {}
        with psycopg.connect(self._cluster.dsn(template)) as conn:
            for table in tables:
                with conn.cursor().copy(f"copy {table} to stdout (format binary)") as copy:
                    contents[table] = b"".join(bytes(part) for part in copy)
        return contents


def _next_transaction(conn: psycopg.Connection) -> int:
    return conn.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()[0]


def _structure(conn: psycopg.Connection, since: int) -> list[tuple]:
    return conn.execute(_STRUCTURE, {"since": since}).fetchall()


def _sequences(conn: psycopg.Connection) -> dict[str, tuple[int, int | None]]:
    return {name: (start, last) for name, start, last in conn.execute(_SEQUENCES).fetchall()}


def _rows(conn: psycopg.Connection, since: int) -> list[tuple[str, int, int]]:
    """Return name, number of rows and number of rows written since, of each table."""
    tables = [name for (name,) in conn.execute(_TABLES).fetchall()]
    return conn.execute(
        " union all ".join(
            f"select {sql.Literal(name).as_string(None)}, count(*), count(*) filter (where xmin::text::bigint >= {since})"
            f" from {name}"
            for name in tables
        )
    ).fetchall()
