"""What one level may know about the published layers; read by the serving plane and the public map. No Django."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection, sql
from psycopg.rows import dict_row
from pydantic import Field

from geoplatform.layers.definition import (
    CLUSTER_COUNT,
    Attribute,
    AttributeName,
    Coarser,
    Gazetteer,
    LayerId,
    Level,
    Model,
    Role,
    Style,
    Text,
    Zoom,
)
from geoplatform.layers.vocabulary import Theme, Vocabulary

#: The column of the states' views that holds since and until when each was true; no attribute's name holds a dot.
STATES_RANGE = "valid.range"
#: SQL of the number that stands for a feature among the states of one moment, which have no `fid`: the same in tiles and lists,
#: and small enough (53 bits) for JavaScript.
STATE_NUMBER = "(hashtextextended(id, 0) & 9007199254740991)"


class PublishedDefinition(Model):
    """A layer's definition as far as one level may see it: no source, no sample, no attribute above the level.

    kept_here: whether its features are kept in the platform and may be edited here, or follow a source.
    coarser: how the level's places are less exact than those that are stored, None when they are not.
    """

    id: LayerId
    title: Text
    description: Text
    theme: str
    geometry: Literal["point", "multipoint", "line", "polygon", "none"]
    key: list[AttributeName]
    attributes: list[Attribute]
    publication: Level
    coarser: Coarser | None = None
    style: Style
    zoom: Zoom
    owner: Text
    licence: str
    attribution: Text
    update_promise_days: int
    critical: bool
    life_depends: bool
    secondary: bool = False
    serves: list[str]
    keywords: list[Text]
    order: int
    gazetteer: Gazetteer | None = None
    kept_here: bool = False

    def attribute(self, name: str) -> Attribute:
        """Return the attribute called `name`; raises KeyError."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise KeyError(name)

    def with_role(self, role: Role) -> Attribute | None:
        """Return the first attribute that has `role`, or None."""
        return next((attribute for attribute in self.attributes if attribute.role is role), None)


class PublishedDocument(Model):
    """What `registry.published.document` holds."""

    definition: PublishedDefinition
    vocabularies: dict[str, Vocabulary] = Field(default_factory=dict)
    theme: Theme | None = None


class PublishedLayer(PublishedDocument):
    """A layer as one level sees it now.

    version: number of the last applied change, part of every cached address.
    bbox: west, south, east, north in degrees (WGS 84), or None when the layer is empty or has no geometry.
    source_kind: `none` while no data was ever loaded, else `source` or `sample`.
    source_date: as of when the source's data are; checked_at: when the source last answered soundly;
    changed_at: when the content last changed.
    """

    level: Level
    version: int
    feature_count: int
    demo_count: int
    bbox: tuple[float, float, float, float] | None
    source_kind: Literal["none", "source", "sample"]
    source_date: datetime | None
    checked_at: datetime | None
    changed_at: datetime | None

    @property
    def id(self) -> str:
        """The layer's id."""
        return self.definition.id

    @property
    def view(self) -> sql.Composable:
        """The view that this level's role reads the features from, quoted for SQL."""
        return sql.Identifier(f"pub_{self.level}", self.id)

    @property
    def edition(self) -> tuple[object, ...]:
        """What tells this content of the layer from any other one, for those who remember something of it."""
        return (self.version,)

    @property
    def has_states(self) -> bool:
        """Whether the level sees past states; of a layer of which it sees clusters there are none."""
        return self.definition.coarser is None or not self.definition.coarser.cluster

    @property
    def states_view(self) -> sql.Identifier:
        """The view that this level's role reads the layer's states from, past and present, quoted for SQL."""
        return sql.Identifier(f"pub_{self.level}", f"{self.id}.states")


def trimmed(definition: Any, vocabularies: dict[str, Vocabulary], themes: list[Theme], level: Level) -> PublishedDocument:
    """Return the document of `definition` (a LayerDefinition) for `level`: nothing in it tells of what is above the level.

    Sources and the sources' column names are left out.
    """
    attributes = definition.visible_attributes(level)
    names = {attribute.name for attribute in attributes}
    style = style_without(definition.style, names)
    if definition.clustered(level):
        style = style.model_copy(update={"label": CLUSTER_COUNT.name})
    kept = {name: getattr(definition, name) for name in PublishedDefinition.model_fields if name != "coarser"}
    kept |= {
        "coarser": definition.coarser(level),
        "key": [name for name in definition.key if name in names],
        "attributes": [a.model_copy(update={"source": None, "vocabulary_other": None}) for a in attributes],
        "style": style,
    }
    used = {attribute.vocabulary for attribute in attributes if attribute.vocabulary}
    return PublishedDocument(
        definition=PublishedDefinition.model_construct(**kept),
        vocabularies={name: _without_matches(vocabularies[name]) for name in sorted(used)},
        theme=next((theme for theme in themes if theme.id == definition.theme), None),
    )


def style_without(style: Style, names: Collection[str]) -> Style:
    """Return `style` as those see it who know of the attributes `names` only: one that hangs on another loses its classes."""
    if style.attribute is not None and style.attribute not in names:
        style = style.model_copy(update={"attribute": None, "classes": []})
    if style.label is not None and style.label not in names:
        style = style.model_copy(update={"label": None})
    return style


def _without_matches(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary without the words of sources, which only the sync engine needs."""
    return vocabulary.model_copy(update={"terms": [t.model_copy(update={"matches": []}) for t in vocabulary.terms]})


def read(conn: Connection, level: Level | str) -> list[PublishedLayer]:
    """Return the layers published at `level`, in the order of their definitions. `conn` belongs to the level's role."""
    level = _served(level)
    query = sql.SQL(
        "select document, version, feature_count, demo_count, bbox, source_kind, source_date, checked_at, changed_at from {}"
    ).format(sql.Identifier(f"pub_{level}", "published"))
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    layers = [PublishedLayer.model_validate({**row.pop("document"), **row, "level": level}) for row in rows]
    return sorted(layers, key=lambda layer: (layer.definition.order, layer.id))


def serial(conn: Connection, level: Level | str) -> int:
    """Return the number that goes up with each change of what is published. `conn` belongs to the level's role."""
    query = sql.SQL("select serial from {}").format(sql.Identifier(f"pub_{_served(level)}", "serial"))
    return conn.execute(query).fetchone()[0]


def _served(level: Level | str) -> Level:
    level = Level(level)
    if level is Level.restricted:
        raise ValueError("restricted layers are in no view")
    return level
