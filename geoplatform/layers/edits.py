"""Changes that a person makes to single features: checked like a source, applied at once, kept in history with the author."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psycopg.rows
import pyarrow as pa
import shapely
from psycopg import Connection, sql

from geoplatform.layers import apply as applying
from geoplatform.layers import history, runs, staging, tables, versions
from geoplatform.layers.checks import RecordChecker
from geoplatform.layers.definition import PLATFORM, LayerDefinition, Source
from geoplatform.layers.geometry import Bounds
from geoplatform.layers.reasons import Reason, shortened
from geoplatform.layers.sources.base import Batch
from geoplatform.layers.vocabulary import Vocabulary
from geoplatform.layers.writing import MAX_EDITS


class EditError(Exception):
    """An edit can't be made; nothing was changed. The message is one line."""


class NotEditable(EditError):
    """The layer follows a source; edits belong there."""


class Refused(EditError):
    """Features do not pass the checks; `faults` has every reason, by the feature's place in the request, from 0."""

    def __init__(self, faults: Mapping[int, list[Reason]]):
        super().__init__("; ".join(reason.text() for reasons in faults.values() for reason in reasons))
        self.faults = faults


class Conflict(EditError):
    """The feature exists already, or its key would change."""


class Missing(EditError):
    """There is no such feature."""


class Stale(EditError):
    """The feature has changed since the writer read it."""


@dataclass(frozen=True)
class Edit:
    """One change.

    kind: create, replace (all properties), update (the named ones) or delete.
    id: the feature's id; None only for create.
    properties: by attribute name, JSON values; None and absent mean no value (for update: absent means as it was).
    geometry: GeoJSON in EPSG:4326, longitude first; None for no geometry; for update `...` (Ellipsis) leaves it.
    versions: row versions that may be overwritten, None for any (If-Match: *).
    """

    kind: Literal["create", "replace", "update", "delete"]
    id: str | None = None
    properties: Mapping[str, Any] | None = None
    geometry: Any = ...
    versions: frozenset[int] | None = None


@dataclass(frozen=True)
class Outcome:
    """What the edits did: the layer's new version (or the old one when nothing differs) and the ids in the edits' order."""

    version: int
    ids: list[str]
    changed: bool


@dataclass(frozen=True)
class Editor:
    """What edits of one layer need; see `job.Job` for the members of the same name.

    author: who is named in history, e.g. `account:7`.
    publish: called in the transaction after a change.
    hidden: attributes above the author's level: they can't be given, keep their values, and are named in no message.
    """

    definition: LayerDefinition
    vocabularies: Mapping[str, Vocabulary]
    bounds: Bounds | None
    author: str
    publish: Any = None
    hidden: frozenset[str] = frozenset()

    def apply(self, conn: Connection, edits: Sequence[Edit]) -> Outcome:
        """Apply all of `edits` or none.

        conn: to the data database as its owner, in autocommit. Raises EditError and its kinds.
        """
        if not self.definition.kept_here:
            raise NotEditable(f"layer {self.definition.id} follows its source; change the data there")
        if not edits or len(edits) > MAX_EDITS:
            raise EditError(f"one request makes 1 to {MAX_EDITS} changes")
        if not runs.lock(conn, self.definition.id, wait=True):
            raise EditError("the layer is being changed; try again")
        try:
            history.ensure_partition(conn, self.definition.id)
            with conn.transaction():
                return self._apply(conn, edits)
        finally:
            staging.drop(conn)
            runs.unlock(conn, self.definition.id)

    def _apply(self, conn: Connection, edits: Sequence[Edit]) -> Outcome:
        ids: list[str] = []
        deleted: list[str] = []
        records: list[tuple[int, dict[str, Any], bytes | None]] = []
        for position, edit in enumerate(edits):
            row = None
            if edit.kind != "create":
                row = self._row(conn, edit)
                ids.append(row["id"])
            if edit.kind == "delete":
                deleted.append(row["id"])
                continue
            properties = self._properties(position, edit, row)
            records.append((position, properties, self._geometry(position, edit, row)))
        staged = self._stage(conn, edits, records)
        self._check_ids(conn, edits, records, staged, ids)
        created = iter(
            feature for (position, _, _), feature in zip(records, staged, strict=True) if edits[position].kind == "create"
        )
        order = iter(ids)
        result = [next(created) if edit.kind == "create" else next(order) for edit in edits]
        if len(set(result)) != len(result):
            raise Conflict("one feature is named twice in the request")
        version = versions.following(conn, self.definition.id)
        outcome = applying.apply_edits(conn, self.definition, version, self.author, deleted)
        if not outcome.touched:
            return Outcome(version - 1, result, False)
        versions.register_edits(conn, self.definition, version, outcome, self.author)
        if self.publish is not None:
            self.publish(conn, self.definition)
        return Outcome(version, result, True)

    def _row(self, conn: Connection, edit: Edit) -> dict[str, Any]:
        """Return the feature as it is, locked against other writers; raises Missing, Stale."""
        cursor = conn.cursor(row_factory=psycopg.rows.dict_row)
        geometry = sql.SQL("null::bytea" if self.definition.geometry == "none" else "ST_AsBinary(geom)")
        names = sql.SQL(", ").join(sql.Identifier(attribute.name) for attribute in self.definition.attributes)
        row = cursor.execute(
            sql.SQL("select id, version, {} as geom, {} from {} where id = %s for update").format(
                geometry, names, tables.table(self.definition.id)
            ),
            [edit.id],
        ).fetchone()
        if row is None:
            raise Missing(f"there is no feature {edit.id!r} in {self.definition.id}")
        if edit.versions is not None and row["version"] not in edit.versions:
            raise Stale(f"feature {edit.id} has changed since you read it; read it again and repeat your change")
        return row

    def _properties(self, position: int, edit: Edit, row: dict[str, Any] | None) -> dict[str, Any]:
        known = {attribute.name for attribute in self.definition.attributes}
        given = dict(edit.properties or {})
        given.pop("is_demo", None)  # it is answered with every feature, and nobody's to set
        unknown = sorted(set(given) - known | set(given) & self.hidden)
        if unknown:
            allowed = ", ".join(sorted(known - self.hidden))
            raise Refused({position: [Reason("unknown_property", shortened(name), detail=allowed) for name in unknown]})
        if edit.kind == "update":
            return {name: row[name] for name in known} | {name: merged(row[name], value) for name, value in given.items()}
        if edit.kind == "replace":
            return given | {name: row[name] for name in self.hidden}
        key = self.definition.key
        if len(key) == 1 and not given.get(key[0]) and self.definition.attribute(key[0]).type == "text":
            given[key[0]] = uuid.uuid4().hex[:20]  # the server names what the client does not
        return given

    def _geometry(self, position: int, edit: Edit, row: dict[str, Any] | None) -> bytes | None:
        if edit.geometry is ...:
            return bytes(row["geom"]) if edit.kind == "update" and row["geom"] is not None else None
        if edit.geometry is None:
            return None
        geometry = edit.geometry
        if edit.kind == "update" and row["geom"] is not None:
            geometry = merged(json.loads(shapely.to_geojson(shapely.from_wkb(bytes(row["geom"])))), geometry)
        try:
            return shapely.to_wkb(shapely.from_geojson(json.dumps(geometry)))
        except (shapely.errors.GEOSException, TypeError, ValueError) as error:
            raise Refused({position: [Reason("geometry_unreadable", detail=shortened(error, 200))]}) from None

    def _stage(
        self, conn: Connection, edits: Sequence[Edit], records: list[tuple[int, dict[str, Any], bytes | None]]
    ) -> list[str]:
        """Check the records and put them into staging; return their ids. Raises Refused."""
        bare = self.definition.model_copy(
            update={"attributes": [a.model_copy(update={"source": None}) for a in self.definition.attributes]}
        )
        source = Source(driver=PLATFORM, location="platform")
        checker = RecordChecker(bare, source, self.vocabularies, self.bounds, allow_demo=False)
        ids: list[str] = []
        faults: dict[int, list[Reason]] = {}
        with staging.Staging(conn, self.definition, checker.columns) as copy:
            for position, properties, wkb in records:
                # one record a batch: values of one attribute may be of different JSON types
                checked = checker.check(_batch(properties, wkb))
                if checked.refused:
                    faults[position] = self._told(checked.refused[0].reasons)
                    continue
                ids.append(checked.good["id"][0].as_py())
                copy.write(checked.good, [])
        if faults:
            raise Refused(faults)
        return ids

    def _told(self, reasons: list[Reason]) -> list[Reason]:
        """Return the reasons as the author may read them."""
        shown = [reason for reason in reasons if reason.attribute not in self.hidden]
        return shown if len(shown) == len(reasons) else [*shown, Reason("hidden_value")]

    def _check_ids(
        self,
        conn: Connection,
        edits: Sequence[Edit],
        records: list[tuple[int, dict[str, Any], bytes | None]],
        staged: list[str],
        ids: list[str],
    ) -> None:
        """Raise Conflict when a created feature exists or an existing one would get another key."""
        for (position, _, _), feature in zip(records, staged, strict=True):
            edit = edits[position]
            if edit.kind != "create" and feature != edit.id:
                raise Conflict(f"the key is the feature's address and stays: {edit.id!r} can't become {feature!r}")
        created = [feature for (position, _, _), feature in zip(records, staged, strict=True) if edits[position].kind == "create"]
        found = conn.execute(
            sql.SQL("select id from {} where id = any(%s) limit 1").format(tables.table(self.definition.id)), [created]
        ).fetchone()
        if found is not None:
            raise Conflict(f"there is a feature {found[0]!r} already; replace it instead")


def merged(target: Any, patch: Any) -> Any:
    """Return `target` changed by `patch` as a JSON Merge Patch says (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _batch(properties: Mapping[str, Any], wkb: bytes | None) -> Batch:
    geometry = np.empty(1, dtype=object)
    geometry[0] = wkb
    return Batch({name: _array(value) for name, value in properties.items()}, geometry, first=1)


def _array(value: Any) -> pa.Array:
    """Return one JSON or database value as the casts read it from a source."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return pa.array([";".join(value)])
    if isinstance(value, dict | list):
        return pa.array([json.dumps(value, ensure_ascii=False)])
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return pa.array([str(value)])
    return pa.array([value])
