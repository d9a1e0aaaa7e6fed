"""What staff see of refused records: what they may see of the layer's features, no value and no place above that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from geoplatform.access import ceilings
from geoplatform.layers.checks import DEMO_COLUMN
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.layers.reasons import Reason

#: Stands for what is not told.
_HIDDEN = "…"


@dataclass(frozen=True)
class Sight:
    """What of a layer's refused records is told; of nothing else than what is named here.

    shown: whether they are shown at all. columns: of the records, as the source and the layer call them. attributes: those whose
    values reasons may tell. exact: places, too.
    """

    shown: bool = False
    columns: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    exact: bool = False

    def record(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return a refused record, as `runs.refused_records` gives it, with what may be seen of it."""
        seen = self.columns | {"geometry"} if self.exact else self.columns
        record = {name: value for name, value in item["record"].items() if name in seen}
        return {**item, "reasons": self.texts(item["reasons"]), "record": record}

    def texts(self, reasons: Iterable[str]) -> list[str]:
        """Return the reasons of a record; of one that may tell what is hidden only what it is about."""
        return [self._text(text) for text in reasons]

    def reason(self, counted: Mapping[str, Any], language: str) -> str:
        """Return the sentence of a counted reason (`report.ReasonCount`), which tells the value of the first such record."""
        attribute = counted["attribute"]
        if attribute in self.attributes or (self.exact and not attribute):
            return counted[language]
        return Reason(counted["code"], attribute, _HIDDEN, _HIDDEN).text(language)

    def _text(self, text: str) -> str:
        attribute = text.partition(": ")[0]
        if attribute in self.attributes:
            return text
        if attribute.isidentifier():  # a sentence without an attribute begins with several words
            return f"{attribute}: {_HIDDEN}"
        return text if self.exact else _HIDDEN


def of(conn: Connection, definition: LayerDefinition | None) -> Sight:
    """Return what staff see of the refused records of a layer, of one that is no longer described nothing.

    conn: of the owner role.
    """
    if definition is None:
        return Sight()
    now = ceilings.held(conn, definition)
    if not now.publication.visible_to(Level.staff):
        return Sight()
    seen = {attribute.name for attribute in now.visible_attributes(Level.staff)}
    columns, hidden = {DEMO_COLUMN}, set()
    for attribute in now.attributes:
        (columns if attribute.name in seen else hidden).update((attribute.name, *attribute.source_columns))
    return Sight(True, frozenset(columns - hidden), frozenset(seen), now.coarser(Level.staff) is None)
