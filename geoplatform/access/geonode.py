"""Carries GeoNode's accounts, groups and permissions over to where the serving plane reads them; the only reader of them.

GeoNode's screens decide who may view, download and edit a layer below its ceiling; here their decisions become rows of
access.account, access.permission and access.narrowing. What changes takes effect in one transaction for each layer, views
included, and raises the publication's serial, so that every process sees it within two seconds. What the catalogue says of
layers, and what else it holds, comes along (`geonode_records`). Imports no Django: it reads GeoNode's tables in a small process
of its own (`geoplatform.access.projector`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection

from geoplatform import config, database
from geoplatform.access import audit, ceilings, geonode_records, granted
from geoplatform.access.granted import ANONYMOUS_GROUP, Account
from geoplatform.access.names import REGISTERED_GROUP, STORES, WORKSPACE
from geoplatform.config import CONTROL_DATABASE
from geoplatform.layers import described
from geoplatform.layers.definition import Level
from geoplatform.publishing import publish as publishing

logger = logging.getLogger(__name__)

ACTOR = "geonode"
#: Without a sign of change everything is compared this often all the same (seconds).
FULL_SECONDS = 60
#: Sparse field of a record in which the ceiling stands that its permissions were set for.
CEILING_FIELD = "geoplatform_ceiling"

#: Milliseconds that one layer may keep the others waiting.
_PATIENCE = 3000
_LOCK = 0x67656F61  # "geoa": the advisory lock that keeps two projections apart
_REGISTERED = "select id from registry.layer union all select id from registry.raster"
_OPERATIONS = {"view_resourcebase": "view", "download_resourcebase": "download", "change_dataset_data": "edit"}

#: Changes with anything that the projection reads, and costs some milliseconds.
_FINGERPRINT = """
select concat_ws(' ',
    (select concat_ws(',', count(*), max(id), sum(id)) from guardian_userobjectpermission),
    (select concat_ws(',', count(*), max(id), sum(id)) from guardian_groupobjectpermission),
    (select concat_ws(',', count(*), max(id), sum(id)) from people_profile_groups),
    (select concat_ws(',', count(*), sum(hashtext(concat_ws(':', id, is_active, is_superuser))::bigint)) from people_profile),
    (select concat_ws(',', count(*), sum(hashtext(concat_ws(':', d.resourcebase_ptr_id, d.name, r.owner_id))::bigint))
       from layers_dataset d join base_resourcebase r on r.id = d.resourcebase_ptr_id
      where d.workspace = %(workspace)s and d.store = any (%(stores)s)))
"""
#: Layers and rasters, which permissions are asked for.
_LAYERS = """
select d.resourcebase_ptr_id as id, d.name, r.owner_id
  from layers_dataset d join base_resourcebase r on r.id = d.resourcebase_ptr_id
 where d.workspace = %(workspace)s and d.store = any (%(stores)s)
"""


@dataclass
class Projected:
    """What one projection did.

    accounts: how many were written; layers: whose permissions changed; published: those among them that were published anew;
    records: how many notes on layers and other resources of the catalogue changed.
    """

    accounts: int = 0
    records: int = 0
    layers: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


def project(*, whole: bool = False) -> Projected:
    """Bring the data database to GeoNode's accounts and permissions. Cheap when nothing has changed; safe to kill and to repeat.

    A layer whose row or views somebody holds is left to the next time, so that it keeps no other one waiting.
    whole: compare everything even without a sign of change; done every FULL_SECONDS anyway. Raises psycopg.Error.
    """
    done, complete = Projected(), True
    with database.pool("owner").connection() as conn, _control() as control:
        if not conn.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()[0]:
            return done
        try:
            fingerprint = _fingerprint(conn, control)  # first: what changes from here on gives another one the next time
            if not whole and not _is_due(conn, fingerprint):
                return done
            accounts = granted.accounts(control)
            wanted = _permissions(control, accounts)
            done.accounts = _write_accounts(conn, accounts)
            for layer in _changed(conn, wanted):
                try:
                    _write_layer(conn, control, layer, wanted[layer], accounts, done)
                except psycopg.errors.LockNotAvailable:
                    logger.warning("%s is being changed; its permissions follow", layer)
                    complete = False
            done.records = geonode_records.project(conn, control, accounts)
            if not complete:
                return done
            conn.execute(
                "insert into access.projection (fingerprint, compared_at) values (%s, now())"
                " on conflict (only_row) do update set fingerprint = excluded.fingerprint, compared_at = excluded.compared_at",
                [fingerprint],
            )
        finally:
            conn.execute("select pg_advisory_unlock(%s)", [_LOCK])
    return done


def remembered(layer: str, ceiling: Level) -> dict[str, dict] | None:
    """Return the permissions that the layer had when it was last in the catalogue, as GeoNode sets them; None if there are none.

    A record that comes back must not be wider than staff had left it; permissions set for another ceiling are not remembered.
    """
    with database.pool("owner").connection() as conn:
        known = conn.execute("select ceiling from access.narrowing where layer = %s", [layer]).fetchone()
        rows = conn.execute("select operation, who from access.permission where layer = %s", [layer]).fetchall()
    if known is None or known[0] != ceiling or not rows:
        return None
    codenames = {operation: codename for codename, operation in _OPERATIONS.items()}
    users, groups = defaultdict(list), defaultdict(list)
    with _control() as control:
        for operation, who in rows:
            kind, _, number = who.partition(":")
            if who in ("anyone", "registered"):
                groups[ANONYMOUS_GROUP if who == "anyone" else REGISTERED_GROUP].append(codenames[operation])
                continue
            table, column, into = ("people_profile", "username", users) if kind == "account" else ("auth_group", "name", groups)
            row = control.execute(f"select {column} from {table} where id = %s", [number]).fetchone()  # noqa: S608 - two constants
            if row:
                into[row[0]].append(codenames[operation])
    return {"users": dict(users), "groups": dict(groups)}


def _control() -> Connection:
    """Return a connection to GeoNode's database; it needs no Django, so that the projection has a small process of its own."""
    dsn = config.load().dsn("owner", CONTROL_DATABASE)
    return psycopg.connect(dsn, autocommit=True, application_name="geoplatform-access")


def _fingerprint(conn: Connection, control: Connection) -> str:
    accounts = control.execute(_FINGERPRINT, {"workspace": WORKSPACE, "stores": list(STORES)}).fetchone()[0]
    records = control.execute(geonode_records.FINGERPRINT).fetchone()[0]
    total = "select concat_ws(',', count(*), sum(hashtext(id)::bigint))"
    data = conn.execute(f"{total} from ({_REGISTERED}) r").fetchone()[0]
    return f"{accounts} {records} {data}"


def _is_due(conn: Connection, fingerprint: str) -> bool:
    row = conn.execute(
        "select fingerprint <> %s or compared_at < now() - make_interval(secs => %s) from access.projection",
        [fingerprint, FULL_SECONDS],
    ).fetchone()
    return row is None or row[0]


def _permissions(control: Connection, accounts: Mapping[int, Account]) -> dict[str, frozenset[tuple[str, str]]]:
    """Return layer -> {(operation, who)}, without what a wider one says already; administrators may do everything."""
    values = {"workspace": WORKSPACE, "stores": list(STORES)}
    found = granted.operations(control, _LAYERS, values, _OPERATIONS, accounts)
    return {
        layer: frozenset((operation, who) for operation, names in operations.items() for who in granted.shortest(names))
        for layer, operations in found.items()
    }


def _write_accounts(conn: Connection, accounts: Mapping[int, Account]) -> int:
    """Bring access.account to `accounts`; return how many rows changed. Tokens and cookies of who is gone open nothing."""
    known = {number: Account(Level(level), frozenset(groups)) for number, level, groups in conn.execute("table access.account")}
    changed = [(number, account) for number, account in accounts.items() if known.get(number) != account]
    gone = list(known.keys() - accounts.keys())
    if not changed and not gone:
        return 0
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("delete from access.account where id = any (%s)", [gone])
        cursor.executemany(
            "insert into access.account (id, level, groups) values (%s, %s, %s)"
            " on conflict (id) do update set level = excluded.level, groups = excluded.groups",
            [(number, account.level, sorted(account.groups)) for number, account in changed],
        )
    return len(changed) + len(gone)


def _changed(conn: Connection, wanted: Mapping[str, frozenset[tuple[str, str]]]) -> list[str]:
    """Return the registered layers of `wanted` whose rows differ; those that left the catalogue keep theirs (`remembered`)."""
    known: dict[str, set[tuple[str, str]]] = {
        layer: set() for (layer,) in conn.execute("select layer from access.narrowing").fetchall()
    }
    for layer, operation, who in conn.execute("select layer, operation, who from access.permission"):
        known.setdefault(layer, set()).add((operation, who))
    registered = {layer for (layer,) in conn.execute(_REGISTERED)}
    return sorted(layer for layer, rows in wanted.items() if layer in registered and known.get(layer) != rows)


def _write_layer(
    conn: Connection,
    control: Connection,
    layer: str,
    rows: frozenset[tuple[str, str]],
    accounts: Mapping[int, Account],
    done: Projected,
) -> None:
    viewers = {who for operation, who in rows if operation == "view"}
    level, set_for = granted.widest(viewers, accounts, granted.staff_group(control)), _ceiling_of_record(control, layer)
    with conn.transaction():
        conn.execute(f"set local lock_timeout = {_PATIENCE}")
        # the layer's row first, as a synchronisation does: whoever publishes second sees what the first one wrote
        tables = ("registry.layer", "registry.raster")
        found = [conn.execute(f"select from {table} where id = %s for update", [layer]).fetchone() for table in tables]
        if all(row is None for row in found):
            return
        before = conn.execute("select level from access.narrowing where layer = %s", [layer]).fetchone()
        conn.execute("delete from access.permission where layer = %s", [layer])
        with conn.cursor() as cursor:
            cursor.executemany(
                "insert into access.permission (layer, operation, who) values (%s, %s, %s)",
                [(layer, operation, who) for operation, who in sorted(rows)],
            )
        conn.execute(
            "insert into access.narrowing (layer, level, ceiling) values (%s, %s, %s)"
            " on conflict (layer) do update set level = excluded.level, ceiling = excluded.ceiling",
            [layer, level, set_for],
        )
        if before is not None:
            audit.note(conn, ACTOR, "permissions", layer, **_by_operation(rows))
        ceiling = ceilings.ceiling(conn, layer)
        if max(ceiling.rank, Level(before[0] if before else Level.public).rank) == max(ceiling.rank, level.rank):
            publishing.announce(conn)
            done.layers.append(layer)
            return
        try:
            with conn.transaction():
                publishing.republish(conn, layer, described.library(), actor=ACTOR)
        except publishing.PublishError as error:
            # narrower must never wait for a definition to be mended
            logger.error("%s is taken out, since it can't be published with its new permissions: %s", layer, error)
            publishing.unpublish(conn, layer, actor=ACTOR)
    done.layers.append(layer)
    done.published.append(layer)


def _by_operation(rows: frozenset[tuple[str, str]]) -> dict[str, list[str]]:
    return {operation: sorted(who for kind, who in rows if kind == operation) for operation in _OPERATIONS.values()}


def _ceiling_of_record(control: Connection, layer: str) -> str | None:
    row = control.execute(
        "select s.value from metadata_sparsefield s join layers_dataset d on d.resourcebase_ptr_id = s.resource_id"
        " where s.name = %s and d.name = %s and d.workspace = %s",
        [CEILING_FIELD, layer, WORKSPACE],
    ).fetchone()
    return row[0] if row else None
