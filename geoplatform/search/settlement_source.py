"""Settlements: the point of one layer and the line of the codifier in another are one document, joined by their KATOTTG code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from psycopg import Connection

from geoplatform.layers.definition import Role
from geoplatform.search.document import Document, Words
from geoplatform.search.grouped_source import GroupedSource, Members
from geoplatform.search.layer_documents import Form, feature_document
from geoplatform.search.layer_source import LayerNow

#: Categories of the codifier that are settlements; its other units are found too, as other places.
SETTLEMENTS = frozenset({"city", "special_city", "urban_settlement", "settlement", "village"})
_IMPORTANCE = {"special_city": 1.0, "city": 1.0, "urban_settlement": 0.8, "settlement": 0.8, "village": 0.6}


class SettlementSource(GroupedSource):
    """Settlements from all layers that the definitions call so (gazetteer: settlement)."""

    def __init__(self, layers: list[LayerNow]):
        super().__init__("settlements", layers)

    def members(self, conn: Connection, form: Form, ids: list[str] | None) -> dict[str, list[str]]:
        """See GroupedSource.members."""
        code = form.definition.with_role(Role.code)
        if code is None:
            return {}
        return {row["id"]: [row[code.name]] for row in self.read(conn, form, ids) if row[code.name]}

    def documents(self, conn: Connection, together: dict[str, Form], members: Members) -> Iterator[Document]:
        """See GroupedSource.documents."""
        found: dict[str, list[tuple[Form, dict]]] = defaultdict(list)
        for layer, form in together.items():
            keys = members.get(layer, {})
            for row in self.read(conn, form, keys):
                for key in keys[row["id"]]:
                    found[key].append((form, row))
        units = self._units(conn, together)
        for key in sorted(found):
            form, row = min(found[key], key=lambda item: (item[1]["geometry"] is None, item[0].definition.id))
            document = feature_document(form, row)
            if document is not None:
                yield _settlement(document, form, row, units)

    def _units(self, conn: Connection, together: dict[str, Form]) -> dict[str, str]:
        """Return the names of districts and communities by code, as these levels see them."""
        found = {}
        for form in together.values():
            code, name = form.definition.with_role(Role.code), form.definition.with_role(Role.name)
            if code and name:
                found |= {row[code.name]: row[name.name] for row in self.read(conn, form, None)}
        return found


def _settlement(document: Document, form: Form, row: dict, units: dict[str, str]) -> Document:
    role = form.definition.with_role(Role.category)
    category = row.get(role.name) if role else None
    within = []
    for name, title in (("hromada", "громада"), ("raion", "район")):
        unit = units.get(row.get(name) or "")
        if unit and unit != document.title.uk:
            within.append(f"{unit} {title}" if not unit.lower().endswith(title) else unit)
    said = form.said(row, role)
    return replace(
        document,
        kind="settlement" if category is None or category in SETTLEMENTS else "feature",
        subtitle=Words(", ".join([said.uk, *within]), ", ".join([said.en, *within])),
        data={"code": row.get(form.definition.with_role(Role.code).name), "category": category},
        importance=_IMPORTANCE.get(category or "", 0.5),
    )
