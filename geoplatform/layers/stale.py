"""A file that comes back after others have changed the layer: what they changed since is not overwritten unknowingly.

A GeoPackage made for somebody who may edit says in each row, in the column `definition.BASED_ON`, on which version of the layer
it is based. What somebody else changed, added or removed later stays as it is; the file's older row is refused with its id and
what to do. What the same person brought in since is theirs to overwrite: one file may be uploaded again and again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from psycopg import Connection, sql

from geoplatform.layers import casting, tables
from geoplatform.layers.apply import differs
from geoplatform.layers.checks import RefusedRecord
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.reasons import Reason
from geoplatform.layers.staging import KEPT, STAGING

#: Features that a warning names at most.
_NAMED = 20

_BASES = sql.Identifier("pg_temp", "geoplatform_bases")

#: Ids of staged rows that someone else than `author` has changed, or removed, after the version that the row is based on.
_STALE = """
with based as (
    select s.ctid as place, s.id, coalesce(b.version, %(newest)s) as version, b.version is not null as downloaded
      from {staging} s left join {bases} b on b.position = s.position),
stale as (
    select b.place, l.fid is null as gone
      from based b left join {layer} l on l.id = b.id
     where (exists (select from history.feature h
                     where h.layer = %(layer)s and h.id = b.id and h.version > b.version and h.author <> %(author)s)
            and (l.fid is not null or b.downloaded))
        or exists (select from registry.change_event e
                    where e.layer = %(layer)s and e.version = l.version and e.version > b.version and e.author <> %(author)s))
delete from {staging} s using stale
 where s.ctid = stale.place
   and (stale.gone or exists (select from {layer} l where l.id = s.id and ({differs})))
returning s.position, s.id, stale.gone
"""
#: Features that the file does not hold, since someone else added or changed them after it was made.
_NOT_KNOWN = """
insert into {kept}
select l.id from {layer} l join registry.change_event e on e.layer = %(layer)s and e.version = l.version
 where l.version > %(newest)s and e.author <> %(author)s and not exists (select from {staging} s where s.id = l.id)
   and not exists (select from {kept} k where k.id = l.id)
returning id
"""


class Bases:
    """The versions that a file's rows are based on, gathered while it is read."""

    def __init__(self) -> None:
        self._positions: list[np.ndarray] = []
        self._versions: list[np.ndarray] = []

    def gather(self, column: pa.Array, first: int) -> None:
        """Remember a batch's column of versions; first: the number of its first record. What is no version counts as none."""
        texts = casting.as_text(column).to_pylist()
        numbers = [int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else -1 for text in texts]
        versions = np.array(numbers, dtype=np.int64)
        known = versions >= 0
        self._positions.append(np.arange(first, first + len(versions))[known])
        self._versions.append(versions[known])

    def rows(self) -> list[tuple[int, int]]:
        """Return (position, version) of every row that says one."""
        if not self._positions:
            return []
        return list(zip(np.concatenate(self._positions).tolist(), np.concatenate(self._versions).tolist(), strict=True))


def take_out(
    conn: Connection, definition: LayerDefinition, bases: Bases, author: str, *, replaces: bool
) -> tuple[list[RefusedRecord], list[str]]:
    """Take out of staging what is older than the layer; return the refused records and lines for the report.

    conn: in the caller's transaction. author: who brings the file. replaces: whether what the file does not hold
    would be removed. A file whose rows say nothing, as one that was made elsewhere, is left as it is.
    """
    rows = bases.rows()
    if not rows or not tables.compare(conn, definition).exists:
        return [], []
    conn.execute("create temp table geoplatform_bases (position bigint, version bigint) on commit drop")
    with conn.cursor() as cursor, cursor.copy(sql.SQL("copy {} from stdin").format(_BASES)) as copy:
        for row in rows:
            copy.write_row(row)
    values = {"layer": definition.id, "author": author, "newest": max(version for _, version in rows)}
    names = {
        "staging": STAGING,
        "kept": KEPT,
        "bases": _BASES,
        "layer": tables.table(definition.id),
        "differs": differs(definition),
    }
    taken = conn.execute(sql.SQL(_STALE).format(**names), values).fetchall()
    conn.execute(sql.SQL("insert into {} select unnest(%s::text[])").format(KEPT), ([feature for _, feature, _ in taken],))
    refused = [
        RefusedRecord(position, feature, [Reason("stale_removed" if gone else "stale", value=feature)], {})
        for position, feature, gone in sorted(taken)
    ]
    if not replaces:
        return refused, []
    unknown = sorted(feature for (feature,) in conn.execute(sql.SQL(_NOT_KNOWN).format(**names), values))
    return refused, [_told(unknown)] if unknown else []


def _told(features: Sequence[str]) -> str:
    named = ", ".join(features[:_NAMED]) + (", …" if len(features) > _NAMED else "")
    return f"{len(features)} features that others added or changed since the file was made stay: {named}"
