"""Reads GeoNode's accounts, groups and permissions from its tables, in the words of the data database. No Django."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import Connection

from geoplatform.access.names import REGISTERED_GROUP, STAFF_GROUP
from geoplatform.layers.definition import Level

#: Administrators, whom no permission of GeoNode's names: a group of our own, which none of GeoNode's has as its id.
ADMINISTRATORS = 0
ANONYMOUS_GROUP = "anonymous"
#: What a permission says of everybody, or of everybody who has an account.
EVERYBODY = ("anyone", "registered")

_ANONYMOUS_USER = "AnonymousUser"
_ACCOUNTS = """
select p.id, p.is_superuser, coalesce(array_agg(g.id) filter (where g.id is not null), '{}'),
       coalesce(bool_or(g.name = %(staff)s), false)
  from people_profile p
  left join people_profile_groups m on m.profile_id = p.id
  left join auth_group g on g.id = m.group_id and g.name <> all (%(everybody)s)
 where p.is_active and p.username <> %(anonymous)s
 group by p.id
"""
_GRANTS = """
with thing as ({things}),
kind as (
    select p.id, p.codename from auth_permission p join django_content_type c on c.id = p.content_type_id
     where (c.app_label, c.model) in (('base', 'resourcebase'), ('layers', 'dataset')) and p.codename = any (%(codenames)s))
select t.name, k.codename, 'user', u.username, u.id
  from guardian_userobjectpermission o join kind k on k.id = o.permission_id join thing t on t.id::text = o.object_pk
  join people_profile u on u.id = o.user_id
union all
select t.name, k.codename, 'group', g.name, g.id
  from guardian_groupobjectpermission o join kind k on k.id = o.permission_id join thing t on t.id::text = o.object_pk
  join auth_group g on g.id = o.group_id
union all
select t.name, k.codename, 'user', 'owner', t.owner_id from thing t cross join (select distinct codename from kind) k
"""


@dataclass(frozen=True)
class Account:
    """An active account: its level and the ids of its groups."""

    level: Level
    groups: frozenset[int]


def accounts(control: Connection) -> dict[int, Account]:
    """Return the active accounts. Staff are administrators and members of the staff group, as in `hub.accounts.level_of`."""
    everybody = [ANONYMOUS_GROUP, REGISTERED_GROUP]
    rows = control.execute(_ACCOUNTS, {"staff": STAFF_GROUP, "everybody": everybody, "anonymous": _ANONYMOUS_USER}).fetchall()
    return {
        number: Account(
            Level.staff if is_administrator or is_staff else Level.registered,
            frozenset([*groups, *([ADMINISTRATORS] if is_administrator else [])]),
        )
        for number, is_administrator, groups, is_staff in rows
    }


def operations(
    control: Connection, things: str, values: Mapping[str, object], codenames: Mapping[str, str], known: Mapping[int, Account]
) -> dict[str, dict[str, set[str]]]:
    """Return name -> operation -> who may do it (`who` of access.permission), of everything that `things` selects.

    things: a query for id, name and owner_id, with its `values`; codenames: GeoNode's permission -> operation. The owner may do
    everything; accounts that are not `known` may do nothing. Administrators are not named (`shortest`).
    """
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {operation: set() for operation in codenames.values()})
    rows = control.execute(_GRANTS.format(things=things), {**values, "codenames": list(codenames)}).fetchall()
    for thing, codename, kind, name, number in rows:
        who = _who(kind, name, number, known)
        if who is not None:
            found[thing][codenames[codename]].add(who)
    return found


def shortest(names: set[str]) -> set[str]:
    """Return the names without those that a wider one says already; administrators are always among them."""
    for everybody in EVERYBODY:
        if everybody in names:
            return {everybody}
    return {*names, f"group:{ADMINISTRATORS}"}


def widest(viewers: Iterable[str], known: Mapping[int, Account], staff: int | None) -> Level:
    """Return the widest level at which somebody of `viewers` is; never `restricted`, since administrators always may.

    staff: the staff group's id.
    """
    levels = [Level.staff]
    for who in viewers:
        kind, _, number = who.partition(":")
        if who == "anyone":
            levels.append(Level.public)
        elif who == "registered" or (kind == "group" and int(number) not in (staff, ADMINISTRATORS)):
            levels.append(Level.registered)
        elif kind == "account":
            levels.append(known[int(number)].level)
    return min(levels, key=lambda level: level.rank)


def staff_group(control: Connection) -> int | None:
    """Return the id of the staff group."""
    row = control.execute("select id from auth_group where name = %s", [STAFF_GROUP]).fetchone()
    return row[0] if row else None


def _who(kind: str, name: str, number: int, known: Mapping[int, Account]) -> str | None:
    if name == (_ANONYMOUS_USER if kind == "user" else ANONYMOUS_GROUP):
        return "anyone"
    if kind == "group":
        return "registered" if name == REGISTERED_GROUP else f"group:{number}"
    return f"account:{number}" if number in known else None
