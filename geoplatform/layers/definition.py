"""What a layer is: the one model that YAML files, uploads, the registry and every outlet share. Imports nothing of ours."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: Columns that every layer table and view has; no attribute may take their names.
SYSTEM_COLUMNS = ("fid", "id", "is_demo", "geom", "geom_3857", "valid_from", "valid_to", "version", "layer_version")
#: The last of them is in no table but in files made for editing: the layer's version on which a row is based.
BASED_ON = SYSTEM_COLUMNS[-1]
#: The driver of layers whose features are kept here; only these can be edited, since a source would undo the edit.
PLATFORM = "platform"

LayerId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
AttributeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,58}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Level(StrEnum):
    """Who may see something, widest first. `restricted` is in no view at all."""

    public = "public"
    registered = "registered"
    staff = "staff"
    restricted = "restricted"

    @property
    def rank(self) -> int:
        """0 for public up to 3 for restricted."""
        return list(Level).index(self)

    def visible_to(self, level: Level) -> bool:
        """Return whether a principal of `level` may see what is published at this level."""
        return self is not Level.restricted and self.rank <= level.rank


#: The levels that have views and a database role, widest first.
SERVED_LEVELS = (Level.public, Level.registered, Level.staff)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(Model):
    """A text in both languages."""

    uk: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the English text for `en` and its variants, the Ukrainian for anything else."""
        return self.en if language.startswith("en") else self.uk


class Source(Model):
    """Where the features come from.

    driver: a name known to `geoplatform.layers.sources`.
    location: http(s) address, `data://path` below GEOPLATFORM_DATA, `sample://path` below layers/sample, a file path, or a
        PostgreSQL connection name for `postgis`.
    crs: overrides or supplies the source's CRS, e.g. `EPSG:5564`; coordinates are read in the order that the CRS's
        authority defines unless `axis_order` is `xy`.
    layer: sub-layer, table, feature type or collection inside the source.
    query: the driver's own selection (Overpass QL, tag filters for PBF, CQL2 for OGC API, SQL where for PostGIS).
    options: driver-specific: x, y, delimiter, encoding, sheet, headers...
    as_point: turn lines and areas into a point on their surface.
    demo: every feature of this source is demonstration data unless its `is_demo` says otherwise.
    refresh: how often to ask, an ISO 8601 duration of days, hours or minutes (P1D, PT6H); None means only by hand.
    """

    driver: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    location: str = Field(min_length=1)
    crs: str | None = Field(default=None, pattern=r"^[A-Z]+:[0-9A-Za-z]+$")
    axis_order: Literal["authority", "xy"] = "authority"
    layer: str | None = None
    query: str | None = None
    options: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    as_point: bool = False
    demo: bool = False
    refresh: str | None = Field(default=None, pattern=r"^P(\d+D|T\d+[HM])$")


class Role(StrEnum):
    """What an attribute means to a reader, so that cards, lists, search and schema.org need no layer-specific code."""

    name = "name"
    name_en = "name_en"
    old_name = "old_name"
    category = "category"
    address = "address"
    street = "street"
    house = "house"
    settlement = "settlement"
    phone = "phone"
    email = "email"
    website = "website"
    opening_hours = "opening_hours"
    accessibility = "accessibility"
    capacity = "capacity"
    state = "state"
    operator = "operator"
    description = "description"
    date = "date"
    code = "code"
    source = "source"
    checked_on = "checked_on"


class Attribute(Model):
    """One column of the layer.

    source: the source's column; `name` when not given. Several names are tried in order, the first that has a value wins.
    publication: widest level that may see it; an attribute that is not named in the definition is not loaded at all.
    vocabulary: id of a file in layers/vocabularies; values outside it are refused unless
        `vocabulary_other` names the term to use.
    """

    name: AttributeName
    type: Literal["text", "integer", "number", "boolean", "date", "datetime", "json"] = "text"
    title: Text
    description: Text | None = None
    publication: Level = Level.restricted
    source: str | list[str] | None = None
    role: Role | None = None
    required: bool = False
    vocabulary: str | None = None
    vocabulary_other: str | None = None
    multiple: bool = False
    unit: str | None = None
    max_length: int = Field(default=10_000, ge=1, le=100_000)

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in SYSTEM_COLUMNS:
            raise ValueError(f"'{value}' is a column of every layer; choose another name")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Attribute:
        if self.multiple and self.type != "text":
            raise ValueError("only a text attribute can be multiple (values separated by ';')")
        if self.vocabulary_other and not self.vocabulary:
            raise ValueError("vocabulary_other needs a vocabulary")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The source's columns to read, in order of preference."""
        if self.source is None:
            return (self.name,)
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


#: An area is filled at this share of its style's opacity, so that the map below can be read; its outline is not.
AREA_FAINTNESS = 0.35


class StyleClass(Model):
    """One class of a style: features whose attribute equals `value`, or lies in [from, to)."""

    value: str | None = None
    from_: float | None = Field(default=None, alias="from")
    to: float | None = None
    title: Text
    colour: Colour
    icon: str | None = None


class Style(Model):
    """A small symbology block; MapLibre style, MapServer classes, SLD and the legend are generated from it.

    size: point diameter in px; width: line or outline width in px; label: the attribute written beside a feature.
    """

    colour: Colour = "#1d70b8"
    outline: Colour = "#ffffff"
    opacity: float = Field(default=1.0, ge=0, le=1)
    size: float = Field(default=10, gt=0, le=64)
    width: float = Field(default=1.5, ge=0, le=32)
    dash: list[float] | None = None
    icon: str | None = None
    label: str | None = None
    label_min_zoom: float = Field(default=14, ge=0, le=24)
    attribute: str | None = None
    classes: list[StyleClass] = Field(default_factory=list)


class Zoom(Model):
    """Web Mercator zoom levels between which the layer is drawn."""

    min: float = Field(default=0, ge=0, le=24)
    max: float = Field(default=24, ge=0, le=24)

    @model_validator(mode="after")
    def _ordered(self) -> Zoom:
        if self.min > self.max:
            raise ValueError("zoom.min is above zoom.max")
        return self


#: Units of EPSG:3857 in a metre on the ground at 48.5° N; within 8 % of it anywhere in Ukraine.
MERCATOR_UNITS_PER_METRE = 1.509


class Coarser(Model):
    """How a level sees places less exactly than they are stored.

    grid_metres: every coordinate is moved to the nearest node of a grid of this width; decimals: coordinates in degrees keep so
        many decimals (3 is about 100 m). One of the two.
    cluster: show one point a node, with the number of features there, instead of the features; min_count: leave out nodes with
        fewer.
    """

    grid_metres: float | None = Field(default=None, ge=1, le=100_000)
    decimals: int | None = Field(default=None, ge=0, le=6)
    cluster: bool = False
    min_count: int = Field(default=1, ge=1, le=10_000)

    @model_validator(mode="after")
    def _consistent(self) -> Coarser:
        if (self.grid_metres is None) == (self.decimals is None):
            raise ValueError("give either grid_metres or decimals")
        if self.min_count > 1 and not self.cluster:
            raise ValueError("min_count needs cluster: true")
        return self

    @property
    def step_degrees(self) -> float | None:
        """The grid's width in degrees, or None when it is one of metres."""
        return None if self.decimals is None else 10.0**-self.decimals

    @property
    def step_mercator(self) -> float | None:
        """The grid's width in units of EPSG:3857, or None when it is one of degrees."""
        return None if self.grid_metres is None else self.grid_metres * MERCATOR_UNITS_PER_METRE


#: What the features of a layer are in the gazetteer, see LayerDefinition.
Gazetteer = Literal["street", "rename", "address", "settlement", "district", "hromada", "raion"]
#: The roles without which a gazetteer's layer says nothing.
_GAZETTEER_ROLES = {
    "rename": (Role.old_name, Role.name),
    "address": (Role.street, Role.house),
    "settlement": (Role.name, Role.code),
}


#: What a level that sees clusters learns of each: how many features it stands for.
CLUSTER_COUNT = Attribute(
    name="count",
    type="integer",
    title=Text(uk="Кількість об’єктів", en="Number of features"),
    publication=Level.public,
    required=True,
)


class LayerDefinition(Model):
    """A layer as a municipality describes it.

    key: the attributes that together identify a feature for good; their values make the feature's id.
    bounds: which area of layers/municipality.yaml features must lie in.
    loss_limit: the share of features (0..1) that may vanish in one sync without a confirmation.
    critical: serves vulnerable groups (facilities of health, social care, shelter...); this is not
        "critical infrastructure" (law 1882-IX).
    life_depends: a life may depend on it; never carries demonstration data.
    secondary: its rows tell more of features of other layers; searches and lists, where those stand already, leave them out
        unless the layer itself is chosen.
    publication: the ceiling of the whole layer.
    publication_geometry: levels that see places less exactly than they are stored.
    gazetteer: what the features are to people who name places, None for what is no name of a place: `street` (its lines),
        `rename` (rows of a street's former name, role old_name, and the name that followed, role name), `address` (roles street
        and house), `settlement`, `district`, `hromada`, `raion`.
    """

    id: LayerId
    title: Text
    description: Text
    theme: str
    geometry: Literal["point", "multipoint", "line", "polygon", "none"]
    source: Source
    sample: Source | None = None
    key: list[AttributeName] = Field(min_length=1)
    attributes: list[Attribute] = Field(min_length=1)
    publication: Level = Level.restricted
    publication_geometry: dict[Literal["public", "registered", "staff"], Coarser] = Field(default_factory=dict)
    style: Style = Field(default_factory=Style)
    zoom: Zoom = Field(default_factory=Zoom)
    bounds: Literal["community", "region", "none"] = "community"
    owner: Text
    licence: str = Field(min_length=1)
    attribution: Text
    update_promise_days: int = Field(ge=1, le=3660)
    loss_limit: float = Field(default=0.2, ge=0, le=1)
    critical: bool = False
    life_depends: bool = False
    secondary: bool = False
    serves: list[str] = Field(default_factory=list)
    keywords: list[Text] = Field(default_factory=list)
    order: int = 100
    gazetteer: Gazetteer | None = None

    @model_validator(mode="after")
    def _consistent(self) -> LayerDefinition:
        names = [attribute.name for attribute in self.attributes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"attribute named twice: {', '.join(twice)}")
        unknown = [name for name in self.key if name not in names]
        if unknown:
            raise ValueError(f"key names no attribute: {', '.join(unknown)}")
        if self.key and any(self.attribute(name).type == "json" for name in self.key):
            raise ValueError("a json attribute can't be part of the key")
        for used, where in ((self.style.attribute, "style.attribute"), (self.style.label, "style.label")):
            if used is not None and used not in names:
                raise ValueError(f"{where} names no attribute: {used}")
        if self.style.classes and self.style.attribute is None:
            raise ValueError("style.classes needs style.attribute")
        roles = [a.role for a in self.attributes if a.role is not None and a.role is not Role.accessibility]
        doubled = sorted({role for role in roles if roles.count(role) > 1})
        if doubled:
            raise ValueError(f"role given to two attributes: {', '.join(doubled)}")
        lacking = [role for role in _GAZETTEER_ROLES.get(self.gazetteer or "", (Role.name,)) if role not in roles]
        if self.gazetteer and lacking:
            raise ValueError(f"gazetteer: {self.gazetteer} needs an attribute with the role {', '.join(lacking)}")
        if self.life_depends and any(s is not None and s.demo for s in (self.source, self.sample)):
            raise ValueError("a life may depend on this layer: it can't have demonstration data")
        for level, coarser in self.publication_geometry.items():
            if self.geometry == "none":
                raise ValueError("publication_geometry needs a geometry")
            if coarser.cluster and self.geometry != "point":
                raise ValueError(f"publication_geometry.{level}.cluster: only points can be clustered")
        return self

    @property
    def kept_here(self) -> bool:
        """Whether the features are made and changed in the platform itself, and no source would undo an edit."""
        return self.source.driver == PLATFORM

    def attribute(self, name: str) -> Attribute:
        """Return the attribute called `name`; raises KeyError."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise KeyError(name)

    def with_role(self, role: Role) -> Attribute | None:
        """Return the first attribute that has `role`, or None."""
        return next((attribute for attribute in self.attributes if attribute.role is role), None)

    def visible_attributes(self, level: Level) -> list[Attribute]:
        """Return the attributes that a principal of `level` may see; empty when the layer itself is above the level."""
        if not self.publication.visible_to(level):
            return []
        if self.clustered(level):
            return [CLUSTER_COUNT]
        return [attribute for attribute in self.attributes if attribute.publication.visible_to(level)]

    def coarser(self, level: Level) -> Coarser | None:
        """Return how `level` sees places less exactly, or None when it sees them as they are."""
        return self.publication_geometry.get(str(level))

    def clustered(self, level: Level) -> bool:
        """Return whether `level` sees clusters instead of features."""
        coarser = self.coarser(level)
        return coarser is not None and coarser.cluster

    def canonical_json(self) -> str:
        """Return the definition as JSON with sorted keys, the form that is hashed and stored."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a layer file, for editors."""
    schema = LayerDefinition.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "geoplatform layer definition"
    return schema


_ID_UNSAFE = re.compile(r"[\s/?#%\\\x00-\x1f]")


def unsafe_in_id(value: str) -> bool:
    """Return whether `value` holds a character that can't stand in one segment of a URL path (RFC 3986, 3.3)."""
    return bool(_ID_UNSAFE.search(value)) or not value
