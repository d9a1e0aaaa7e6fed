"""What is published, as this process knows it: one snapshot for each level, renewed when the publication's serial changes."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from psycopg import sql

from geoplatform import database
from geoplatform.access import Principal, grants
from geoplatform.layers import catalogued, published
from geoplatform.layers.catalogued import Note, Resource
from geoplatform.layers.definition import Attribute, Level
from geoplatform.layers.published import PublishedDefinition, PublishedLayer
from geoplatform.layers.rasters import published as rasters
from geoplatform.layers.rasters.published import PublishedRaster

#: The serial is asked for at most this often, so a change is seen within about a second.
CHECK_SECONDS = 1.0
#: What was last known to be right longer ago is not answered from, also while it is being asked for.
STALE_SECONDS = 2.0
_NEVER = float("-inf")


class Changed(Exception):
    """What is published has changed under a request; look again."""


class ServedLayer:
    """A published layer with what every request about it needs, worked out once."""

    def __init__(self, layer: PublishedLayer):
        self.layer = layer
        self.id = layer.id
        self.version = layer.version
        self.definition: PublishedDefinition = layer.definition
        self.has_geometry = layer.definition.geometry != "none"
        self.view = layer.view.as_string(None)
        #: whether past states are shown (a level that sees clusters sees none), the view of all states, its column of their range
        self.has_states = layer.has_states
        self.states_view = layer.states_view.as_string(None)
        self.valid = sql.Identifier(published.STATES_RANGE).as_string(None)
        document = layer.model_dump_json(by_alias=True, include={"definition", "vocabularies", "theme"}).encode()
        #: changes with the description
        self.described = hashlib.sha256(document).hexdigest()[:10]
        #: changes with the data and with the description; the heart of every ETag but those of single features
        self.tag = f"{layer.version}-{self.described}"
        self.attributes: dict[str, Attribute] = {attribute.name: attribute for attribute in layer.definition.attributes}
        #: what may be filtered and sorted by: name -> (SQL of the column, kind)
        self.columns: dict[str, tuple[str, str]] = {"id": ("id", "text"), "is_demo": ("is_demo", "boolean")}
        for name, attribute in self.attributes.items():
            self.columns[name] = (sql.Identifier(name).as_string(None), kind(attribute))

    def covers(self, other: ServedLayer) -> bool:
        """Return whether this, the same layer as it is published later, shows all that `other` shows, as exactly."""
        same = self.definition.coarser == other.definition.coarser
        return self.id == other.id and same and other.attributes.keys() <= self.attributes.keys()

    @cached_property
    def property_names(self) -> list[str]:
        """The members of a feature's `properties`, in order."""
        return ["is_demo", *self.attributes]

    def __deepcopy__(self, memo: dict[int, Any]) -> ServedLayer:
        # pygeoapi copies its configuration, in which this object stands; it never changes, so one is enough
        return self


def kind(attribute: Attribute) -> str:
    """Return how the attribute's column is compared: its type, or `multiple` for a list of texts."""
    return "multiple" if attribute.multiple else attribute.type


@dataclass
class Publication:
    """One level's snapshot, or the part of it that a principal may see.

    rasters: by id, each with its images; no layer has a raster's id. permissions: who may do what inside the level.
    notes: what people wrote about layers and rasters in GeoNode, resources: what else is in its catalogue, by id; both of the
    whole level, also in a part.
    documents: what was built from the snapshot (pygeoapi's answers, the API object), kept as long as the snapshot.
    seen: tells apart the parts of one snapshot.
    """

    level: Level
    serial: int
    layers: dict[str, ServedLayer]
    permissions: grants.Permissions = field(default_factory=grants.Permissions)
    seen: str = ""
    rasters: dict[str, PublishedRaster] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    documents: dict[Any, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _parts: dict[Any, Publication] = field(default_factory=dict)
    _snapshot: Publication | None = None

    @property
    def whole(self) -> Publication:
        """The level's whole snapshot, of which this is a part; for what is made for a level and not for a principal."""
        return self._snapshot or self

    @cached_property
    def tag(self) -> str:
        """Changes with anything that is published."""
        return f"{self.level}-{self.serial}{self.seen}"

    def visible_to(self, principal: Principal) -> Publication:
        """Return the part that `principal` may view: this object itself when that is everything.

        Principals who see the same layers share one part, and so the documents built from it.
        """
        part = self._parts.get(principal)
        if part is None:
            visible = self.permissions.visible(principal, [*self.layers, *self.rasters])
            if len(visible) == len(self.layers) + len(self.rasters):
                part = self
            else:
                part = self._parts.get(visible) or self._part(visible)
            while len(self._parts) >= MOST_PARTS:
                self._parts.pop(next(iter(self._parts)), None)
            self._parts[principal] = self._parts[visible] = part
        return part

    def _part(self, visible: frozenset[str]) -> Publication:
        seen = hashlib.sha256("\0".join(sorted(visible)).encode()).hexdigest()[:10]
        layers = {name: layer for name, layer in self.layers.items() if name in visible}
        pictures = {name: raster for name, raster in self.rasters.items() if name in visible}
        others = {"notes": self.notes, "resources": self.resources}
        return Publication(self.level, self.serial, layers, self.permissions, f"-{seen}", pictures, **others, _snapshot=self)


#: So many principals' parts are remembered of one snapshot.
MOST_PARTS = 2_000


class _Keeper:
    """Keeps the newest snapshot of one level."""

    def __init__(self, level: Level):
        self.level = level
        self.lock = threading.Lock()
        self.current: Publication | None = None
        self.checked = _NEVER

    def get(self) -> Publication:
        current = self.current
        if current is not None and time.monotonic() - self.checked < CHECK_SECONDS:
            return current
        # while one thread asks, the others go on with what they have, unless it is known to be wrong or may be old
        if not self.lock.acquire(blocking=current is None or time.monotonic() - self.checked > STALE_SECONDS):
            return current
        try:
            return self._renewed()
        finally:
            self.lock.release()

    def _renewed(self) -> Publication:
        current = self.current
        if current is not None and time.monotonic() - self.checked < CHECK_SECONDS:
            return current
        with database.pool(self.level).connection() as conn:
            serial = published.serial(conn, self.level)
            if current is None or serial != current.serial:
                with conn.transaction():
                    conn.execute("set transaction isolation level repeatable read, read only")
                    serial = published.serial(conn, self.level)
                    layers = {layer.id: ServedLayer(layer) for layer in published.read(conn, self.level)}
                    pictures = {raster.id: raster for raster in rasters.read(conn, self.level)}
                    permissions = grants.read(conn, self.level)
                    others = {"notes": catalogued.notes(conn, self.level), "resources": catalogued.resources(conn, self.level)}
                current = Publication(self.level, serial, layers, permissions, rasters=pictures, **others)
                self.current = current
        self.checked = time.monotonic()
        return current


_keepers = {level: _Keeper(level) for level in Level if level is not Level.restricted}


def current(level: Level) -> Publication:
    """Return what is published at `level` and who may see it; asks the database for the serial at most once a second."""
    return _keepers[level].get()


def expire(level: Level) -> None:
    """Have the next request at `level` ask for the serial, however lately it was asked for."""
    keeper = _keepers[level]
    with keeper.lock:  # who is asking now may have asked before the change
        keeper.checked = _NEVER


def forget() -> None:
    """Drop every snapshot; for a process that turns to another database."""
    for level in _keepers:
        _keepers[level] = _Keeper(level)
