"""External base maps (WMS, WMTS, XYZ) that an installation offers from its own cache: the model of mapconfigs/*.yaml."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from geoplatform.config import PROJECT
from geoplatform.layers.definition import LayerId, Model, Text, Zoom

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]

#: The parts of an address that stand for zoom, column and row, as XYZ and as WMTS write them.
_PLACES = (("{z}", "{x}", "{y}"), ("{TileMatrix}", "{TileCol}", "{TileRow}"))


class BaseMap(Model):
    """An external map, public for everybody.

    url: of a WMS without a query, or the template of tiles on WebMercatorQuad ({z}/{x}/{y}, or WMTS's {TileMatrix}...).
    layers: those of a WMS. bbox: west, south, east, north in degrees; outside of it nothing is asked for.
    timeout_seconds: how long the source may take for an answer; keep_days: when a stored tile is asked for again.
    """

    id: LayerId
    title: Text
    attribution: Text
    licence: str = Field(min_length=1)
    type: Literal["wms", "wmts", "xyz"]
    url: str
    layers: list[str] = Field(default_factory=list)
    format: Literal["png", "jpeg"] = "png"
    zoom: Zoom = Field(default_factory=lambda: Zoom(min=0, max=19))
    bbox: tuple[Longitude, Latitude, Longitude, Latitude] | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    keep_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is not an http or https address")
        if parts.username or parts.password:
            raise ValueError("holds a user or password; use an address that needs none")
        if "%" in value or any(character.isspace() for character in value):
            raise ValueError("holds blanks or percent signs")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> BaseMap:
        if self.type == "wms":
            if not self.layers:
                raise ValueError("layers: name the layers of the WMS")
        elif self.tile_places is None:
            raise ValueError("url: needs {z}, {x} and {y}, or {TileMatrix}, {TileCol} and {TileRow}")
        if self.bbox and not (self.bbox[0] < self.bbox[2] and self.bbox[1] < self.bbox[3]):
            raise ValueError("bbox: is west, south, east, north")
        return self

    @property
    def tile_places(self) -> tuple[str, str, str] | None:
        """The parts of `url` that stand for zoom, column and row, or None when they are not there."""
        return next((places for places in _PLACES if all(part in self.url for part in places)), None)

    @property
    def edition(self) -> str:
        """Changes with the description, so that tiles of another source are never mixed in."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:10]


class BaseMapError(Exception):
    """A description can't be used; one line: file, place, reason."""


def directory() -> Path:
    """Return the directory of the descriptions, `mapconfigs` or what GEOPLATFORM_MAPCONFIGS names."""
    return Path(os.environ.get("GEOPLATFORM_MAPCONFIGS") or PROJECT / "mapconfigs")


def read(root: Path) -> tuple[dict[str, BaseMap], list[BaseMapError]]:
    """Return the sound descriptions by id, and the faults of the others."""
    found, faults = {}, []
    for path in sorted(root.glob("*.yaml")):
        try:
            base = BaseMap.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
            if base.id != path.stem:
                raise BaseMapError(f"{path.name}: id: '{base.id}' differs from the file's name")
            found[base.id] = base
        except BaseMapError as error:
            faults.append(error)
        except ValidationError as error:
            first = error.errors()[0]
            faults.append(BaseMapError(f"{path.name}: {'.'.join(map(str, first['loc'])) or 'document'}: {first['msg']}"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            faults.append(BaseMapError(f"{path.name}: can't be read as YAML: {' '.join(str(error).split())[:200]}"))
    return found, faults
