"""What a principal may do with a layer: the definition's ceiling and the permissions decide together, the narrower wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from psycopg import Connection, sql

from geoplatform.access.principal import Principal
from geoplatform.layers.definition import Level

Operation = Literal["view", "download", "edit"]


@dataclass(frozen=True)
class Permissions:
    """One level's permissions as they were read: layer -> operation -> who.

    A layer that is not in here is as wide as its definition for viewing and downloading; editing always needs a permission.
    """

    by_layer: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def allows(self, principal: Principal, layer: str, operation: Operation) -> bool:
        """Return whether `principal` may do `operation` on `layer`, which is published at the principal's level.

        The ceiling is kept by the level's views: what is not published at the level can't be asked for.
        """
        if principal.layers is not None and layer not in principal.layers:
            return False
        if operation == "edit" and principal.level is not Level.staff:
            return False
        rows = self.by_layer.get(layer)
        if rows is None:
            return operation != "edit"
        return not principal.names.isdisjoint(rows.get(operation, frozenset()))

    def visible(self, principal: Principal, layers: Iterable[str]) -> frozenset[str]:
        """Return those of `layers` that `principal` may view."""
        return frozenset(layer for layer in layers if self.allows(principal, layer, "view"))


def read(conn: Connection, level: Level) -> Permissions:
    """Return the permissions of the layers published at `level`; `conn` belongs to that level's role."""
    rows = conn.execute(
        sql.SQL("select layer, operation, array_agg(who) from {} group by layer, operation").format(
            sql.Identifier(f"pub_{level}", "permissions")
        )
    )
    found: dict[str, dict[str, frozenset[str]]] = {}
    for layer, operation, who in rows:
        found.setdefault(layer, {})[operation] = frozenset(who)
    return Permissions(found)
